import { createHash } from "node:crypto";
import { readdirSync, readSync } from "node:fs";
import { tmpdir } from "node:os";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AsideFileWriter, closeAside, readContent, sha256Of } from "#kaimen/keys/aside-file.ts";
import type { AsideFile } from "#kaimen/protocol/method-spec.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

/** Longer than what is written at a time, and no multiple of a cipher's block. */
const content = Buffer.from(Array.from({ length: 1_300_007 }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
let file: AsideFile;

beforeAll(async () => {
  const writer = await AsideFileWriter.create();
  const piece = Buffer.alloc(65_521);
  for (let at = 0; at < content.length; at += piece.length) {
    const length = content.copy(piece, 0, at);
    await writer.write(piece.subarray(0, length));
    piece.fill(0); // As a socket's memory is used again.
  }
  file = await writer.finish();
});
afterAll(() => closeAside(file));

describe("a file that was put aside", () => {
  test("has its length and its hash", () => {
    expect(file.length).toBe(content.length);
    expect(Buffer.from(sha256Of(file)).toString("hex")).toBe(createHash("sha256").update(content).digest("hex"));
    expect(Buffer.from(sha256Of(content)).toString("hex")).toBe(createHash("sha256").update(content).digest("hex"));
  });

  test("is read from anywhere to anywhere as what is in memory is", () => {
    const place = fc.integer({ min: 0, max: content.length + 40 });
    fc.assert(
      fc.property(place, fc.integer({ min: 0, max: 70_000 }), (start, length) => {
        expect(
          Buffer.compare(
            readContent(file, Math.min(start, content.length), start + length),
            readContent(content, Math.min(start, content.length), start + length),
          ),
        ).toBe(0);
      }),
    );
    expect(Buffer.compare(readContent(file, 0, Infinity), content)).toBe(0);
  });

  test("has no name, and nothing of it is in the clear", () => {
    expect(readdirSync(tmpdir()).filter((name) => /^kaimen-[0-9a-f]{8}-[0-9a-f]{4}-/.test(name))).toEqual([]);
    const raw = Buffer.alloc(1_024);
    readSync(file.descriptor, raw, 0, raw.length, 0);
    expect(raw.indexOf(content.subarray(0, 16))).toBe(-1);
    expect(raw.equals(content.subarray(0, raw.length))).toBe(false);
  });
});

import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseMasterKey, readOrCreateMasterKey } from "#kaimen/keys/master-key.ts";

const bytes = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 8));

describe("a master key is", () => {
  test.each([
    ["64 hexadecimal digits", bytes.toString("hex"), bytes],
    ["64 hexadecimal digits in upper case", bytes.toString("hex").toUpperCase(), bytes],
    ["44 characters of base64", bytes.toString("base64"), bytes],
    ["either with white space around it", ` ${bytes.toString("base64")}\n`, bytes],
  ])("%s", (_name, text, expected) => {
    expect(Buffer.from(parseMasterKey(text) ?? []).equals(expected)).toBe(true);
  });

  test.each([
    ["nothing", ""],
    ["63 digits", bytes.toString("hex").slice(1)],
    ["65 digits", `${bytes.toString("hex")}0`],
    ["a digit that is none", bytes.toString("hex").replace(/.$/, "g")],
    ["31 bytes of base64", bytes.subarray(1).toString("base64")],
    ["33 bytes of base64", Buffer.concat([bytes, Buffer.of(0)]).toString("base64")],
    ["base64 without its padding", bytes.toString("base64").replace("=", "")],
    ["base64url", bytes.toString("base64").replace(/^./, "-")],
    ["two keys", `${bytes.toString("hex")} ${bytes.toString("hex")}`],
  ])("not %s", (_name, text) => {
    expect(parseMasterKey(text)).toBe(undefined);
  });
});

describe("the sandbox's master key", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kaimen-master-key-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("is made once, in a file that only its owner reads, and read again after that", async () => {
    const path = join(folder, "made");
    const made = await readOrCreateMasterKey(path);
    expect(made.length).toBe(32);
    expect(await readOrCreateMasterKey(path)).toEqual(made);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(parseMasterKey(await readFile(path, "utf8"))).toEqual(made);
  });

  test("is another for another file", async () => {
    expect(await readOrCreateMasterKey(join(folder, "one"))).not.toEqual(
      await readOrCreateMasterKey(join(folder, "two")),
    );
  });

  test.each([
    ["empty", ""],
    ["broken", "not a key\n"],
  ])("is not replaced when its file is %s: what it sealed would be lost", async (name, content) => {
    const path = join(folder, name);
    await writeFile(path, content);
    await expect(readOrCreateMasterKey(path)).rejects.toThrow(`${path} holds no master key`);
    expect(await readFile(path, "utf8")).toBe(content);
  });

  test("is not made where its file cannot be read", async () => {
    await expect(readOrCreateMasterKey(folder)).rejects.toThrow("EISDIR");
  });

  test("is not made in a folder that does not exist", async () => {
    await expect(readOrCreateMasterKey(join(folder, "missing", "key"))).rejects.toThrow("ENOENT");
  });
});

import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { chainLink, chainStart, merkleRoot } from "#kaimen/ledger/merkle.ts";

const seed = process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) };
const sha256 = (...parts: Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();
const leaf = (text: string): Buffer => sha256(Buffer.of(0), Buffer.from(text));
const node = (left: Buffer, right: Buffer): Buffer => sha256(Buffer.of(1), left, right);
const rootOf = (...texts: string[]): Buffer => merkleRoot(texts.map((text) => Buffer.from(text)));

test("a root is that of RFC 6962's trees of one to five leaves", () => {
  const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map(leaf) as [Buffer, Buffer, Buffer, Buffer, Buffer];
  expect(rootOf("a")).toEqual(a);
  expect(rootOf("a", "b")).toEqual(node(a, b));
  expect(rootOf("a", "b", "c")).toEqual(node(node(a, b), c));
  expect(rootOf("a", "b", "c", "d")).toEqual(node(node(a, b), node(c, d)));
  expect(rootOf("a", "b", "c", "d", "e")).toEqual(node(node(node(a, b), node(c, d)), e));
});

test("another root belongs to lines that were changed, removed, added or put in another order", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 40 }),
      fc.nat(),
      fc.string(),
      (lines, at, other) => {
        const index = at % lines.length;
        const root = rootOf(...lines).toString("hex");
        fc.pre(!lines.includes(other));
        expect(rootOf(...lines.with(index, other)).toString("hex")).not.toBe(root);
        expect(rootOf(...lines.toSpliced(index, 1)).toString("hex")).not.toBe(root);
        expect(rootOf(...lines.toSpliced(index, 0, other)).toString("hex")).not.toBe(root);
        expect(rootOf(...lines.toReversed()).toString("hex")).not.toBe(root);
      },
    ),
    seed,
  );
});

test("a chain's link depends on every root before it, in their order", () => {
  const [x, y] = [leaf("x"), leaf("y")];
  const chain = (...roots: Buffer[]): string =>
    Buffer.from(roots.reduce<Uint8Array>(chainLink, chainStart)).toString("hex");
  expect(new Set([chain(), chain(x), chain(y), chain(x, y), chain(y, x), chain(x, x)]).size).toBe(6);
});

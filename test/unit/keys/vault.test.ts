import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMasterKey } from "#kaimen/keys/master-key.ts";
import { createVault, seal, unseal, uuidOf, wrappingKey } from "#kaimen/keys/vault.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

const fill = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const vault = createVault({ sealing: fill(1), lookup: fill(2) });
const context = "person.credentials_no";
const shut = /not a sealed value|unable to authenticate/;

describe("a sealed value", () => {
  test("opens to the same bytes in its own context, whatever both are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: "binary" }), (plain, where) => {
        expect(vault.open(vault.seal(plain, where), where).equals(plain)).toBe(true);
      }),
    );
  });

  test("of a text opens to its UTF-8 bytes", () => {
    expect(vault.open(vault.seal("刘䶮", context), context).toString()).toBe("刘䶮");
  });

  test("is a version byte, a nonce, the ciphertext and a tag: 29 bytes more than the plain one", () => {
    expect([...vault.seal("", context)].length).toBe(29);
    expect(vault.seal("abc", context)[0]).toBe(1);
  });

  test("is sealed differently each time", () => {
    const seen = new Set(Array.from({ length: 1_000 }, () => Buffer.from(vault.seal("x", context)).toString("hex")));
    expect(seen.size).toBe(1_000);
  });

  test("does not hold the plain text", () => {
    expect(Buffer.from(vault.seal("110101199003070000", context)).includes("19900307")).toBe(false);
  });

  test.each(["", "person", "person.credentials_no ", "person_name.name"])(
    "does not open in the context %j",
    (other) => {
      expect(() => vault.open(vault.seal("x", context), other)).toThrow(shut);
    },
  );

  test("does not open with another key, nor with the lookup key", () => {
    const sealed = vault.seal("x", context);
    expect(() => createVault({ sealing: fill(3), lookup: fill(2) }).open(sealed, context)).toThrow(shut);
    expect(() => createVault({ sealing: fill(2), lookup: fill(1) }).open(sealed, context)).toThrow(shut);
  });

  test("does not open when any one bit of it is altered", () => {
    const sealed = vault.seal("110101199003070000", context);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const altered = Uint8Array.from(sealed);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => vault.open(altered, context), `bit ${bit}`).toThrow(shut);
    }
  });

  test("does not open when it is cut to any length, or longer by a byte", () => {
    const sealed = vault.seal("110101", context);
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => vault.open(sealed.subarray(0, length), context), `${length} bytes`).toThrow(shut);
      expect(() => vault.open(sealed.subarray(sealed.length - length), context), `the last ${length} bytes`).toThrow(
        shut,
      );
    }
    expect(() => vault.open(Buffer.concat([sealed, Buffer.of(0)]), context)).toThrow(shut);
  });
});

describe("a lookup id", () => {
  test("is a fixed uuid of the key, the context and the text", () => {
    expect(vault.lookupId("person", "0\x00110101199003070000")).toMatch(
      /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    );
    expect(vault.lookupId("person", "a")).toBe("35d65cde-52b9-167f-c8b9-40fa2d741ac4");
  });

  test("is the same for equal texts, in any vault of the same lookup key", () => {
    const other = createVault({ sealing: fill(9), lookup: fill(2) });
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(other.lookupId("person", text)).toBe(vault.lookupId("person", text));
      }),
    );
  });

  test.each([
    ["another text", vault.lookupId("person", "b")],
    ["another context", vault.lookupId("name", "a")],
    ["a boundary elsewhere", vault.lookupId("perso", "na")],
    ["another lookup key", createVault({ sealing: fill(1), lookup: fill(3) }).lookupId("person", "a")],
  ])("differs for %s", (_name, id) => {
    expect(id).not.toBe(vault.lookupId("person", "a"));
  });

  test("does not collide over 20,000 texts", () => {
    expect(new Set(Array.from({ length: 20_000 }, (_, index) => vault.lookupId("person", String(index)))).size).toBe(
      20_000,
    );
  });
});

test("the wrapping key is 32 bytes, derived from the master key and not equal to it", () => {
  const master = parseMasterKey("07".repeat(32));
  const other = parseMasterKey("08".repeat(32));
  if (master === undefined || other === undefined) throw new Error("no master key");
  const wrapping = wrappingKey(master);
  expect(wrapping.length).toBe(32);
  expect(wrappingKey(master)).toEqual(wrapping);
  expect(Buffer.from(wrapping).equals(master)).toBe(false);
  expect(wrappingKey(other)).not.toEqual(wrapping);
});

test("what one key sealed, the same key unseals", () => {
  const key = randomBytes(32);
  expect(unseal(key, seal(key, "x", "a"), "a").toString()).toBe("x");
});

test("a uuid is the first 128 bits of a digest, wherever the digest lies in its buffer", () => {
  const buffer = Uint8Array.from({ length: 40 }, (_, index) => index);
  expect(uuidOf(buffer.subarray(4, 36))).toBe("04050607-0809-0a0b-0c0d-0e0f10111213");
});

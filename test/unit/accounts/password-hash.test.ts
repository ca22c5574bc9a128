import { randomBytes, scryptSync } from "node:crypto";
import { describe, expect, it, test } from "vitest";
import { comparePassword, decoyHash, hashPassword } from "#kaimen/accounts/password-hash.ts";

const lane = { name: "192.0.2.1", known: false };

/** As a password of that cost is stored. */
function storedAt(password: string, { N = 16_384, r = 8, p = 1 } = {}): string {
  const salt = randomBytes(16);
  const key = scryptSync(password.normalize("NFKC"), salt, 32, { N, r, p, maxmem: 256 * 1_048_576 });
  return `scrypt$${N}$${r}$${p}$${salt.toString("base64")}$${key.toString("base64")}`;
}

describe("a password", () => {
  it("is stored as scrypt at one of OWASP's least costs, with that cost, a salt of 16 bytes and a key of 32", async () => {
    const hash = await hashPassword("开门见山不绕弯子");
    const [scheme, n, r, p, salt = "", key = ""] = hash.split("$");
    expect([scheme, n, r, p]).toEqual(["scrypt", "16384", "8", "5"]);
    expect(Buffer.from(salt, "base64").length).toBe(16);
    const expected = scryptSync("开门见山不绕弯子", Buffer.from(salt, "base64"), 32, {
      N: 16_384,
      r: 8,
      p: 5,
    });
    expect(key).toBe(expected.toString("base64"));
    expect(await comparePassword(lane, "开门见山不绕弯子", hash)).toEqual({ matches: true });
  });

  it("matches itself however it is composed, and no other", async () => {
    const hash = storedAt("Kaimen ①2");
    const tries: [string, boolean][] = [
      ["Kaimen 12", true],
      ["kaimen ①2", false],
      ["", false],
    ];
    for (const [password, expected] of tries)
      expect((await comparePassword(lane, password, hash))?.matches, password).toBe(expected);
  });

  it("is compared by its whole key: one that differs in any byte is another", async () => {
    const hash = storedAt("open sesame");
    const key = Buffer.from(hash.split("$").at(-1) ?? "", "base64");
    for (const at of [0, 3, 4, 16, 31]) {
      const other = Buffer.from(key);
      other[at] = (other[at] ?? 0) ^ 1;
      const stored = [...hash.split("$").slice(0, -1), other.toString("base64")].join("$");
      expect((await comparePassword(lane, "open sesame", stored))?.matches, `byte ${at}`).toBe(false);
    }
  });

  it("stored at a lower cost matches still, and is hashed anew at today's", async () => {
    const compared = await comparePassword(lane, "open sesame", storedAt("open sesame"));
    expect(compared?.matches).toBe(true);
    expect(compared?.raised).toMatch(/^scrypt\$16384\$8\$5\$/);
    expect(await comparePassword(lane, "open sesame", compared?.raised ?? "")).toEqual({ matches: true });
    expect(await comparePassword(lane, "another", storedAt("open sesame"))).toEqual({ matches: false });
  });

  it("stored at a higher cost is left as it is", async () => {
    expect(await comparePassword(lane, "open sesame", storedAt("open sesame", { N: 131_072, r: 9 }))).toEqual({
      matches: true,
    });
  });

  it("of 257 characters is not hashed", async () => {
    await expect(hashPassword("a".repeat(257))).rejects.toThrow("256");
  });
});

/** Processor time of one comparison in ms, of all of this process's threads. */
async function costOf(compare: () => Promise<unknown> | undefined): Promise<number> {
  const before = process.cpuUsage();
  await compare();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

test("a wrong password costs the same for an unknown login, and no less for a hash of lower cost", async () => {
  const decoy = decoyHash();
  const old = storedAt("open sesame");
  const wrong = { unknown: [] as number[], old: [] as number[] };
  for (let round = 0; round < 2; round += 1) {
    wrong.unknown.push(await costOf(() => comparePassword(lane, "guess", decoy)));
    wrong.old.push(await costOf(() => comparePassword(lane, "guess", old)));
  }
  const ratio = Math.min(...wrong.old) / Math.min(...wrong.unknown);
  expect(ratio).toBeGreaterThan(0.5);
  expect(ratio).toBeLessThan(2);
});

const key = randomBytes(32).toString("base64");
test.each([
  ["", /unknown password hash/],
  ["scrypt", /unknown password hash/],
  [`bcrypt$16384$8$1$AAAA$${key}`, /unknown password hash/],
  ["scrypt$16384$8$1$AAAA$AAAA", /unknown password hash/],
  [`scrypt$16384$8$1$AAAA$${key}$`, /unknown password hash/],
  [`scrypt$16384$8$1$$${key}`, /unknown password hash/],
  [`scrypt$16383$8$1$AAAA$${key}`, /unknown password cost/],
  [`scrypt$2097152$8$1$AAAA$${key}`, /unknown password cost/],
  [`scrypt$16384$0$1$AAAA$${key}`, /unknown password cost/],
  [`scrypt$16384$8$17$AAAA$${key}`, /unknown password cost/],
  [`scrypt$$8$1$AAAA$${key}`, /unknown password cost/],
])("the stored form %j is an error and no mismatch", (stored, expected) => {
  expect(() => comparePassword(lane, "guess", stored)).toThrow(expected);
});

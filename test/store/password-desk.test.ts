import { randomBytes, scryptSync } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AccountKind, openPasswordDesk, type PasswordDesk } from "#kaimen/accounts/password-desk.ts";
import type { PasswordHash } from "#kaimen/accounts/password-hash.ts";
import { systemClock } from "#kaimen/clock.ts";
import { addUser, openSession, userAccounts } from "#kaimen/consent/users.ts";
import { createVault } from "#kaimen/keys/vault.ts";
import { createLog } from "#kaimen/log.ts";
import { addMerchantLogin, merchantAccounts } from "#kaimen/merchants/merchant-logins.ts";
import { addMerchant } from "#kaimen/merchants/merchants.ts";
import { addOperator, operatorAccounts } from "#kaimen/merchants/operators.ts";
import type { Store } from "#kaimen/store/store.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";

const timeout = 120_000; // Hashes take seconds where others hash, too.
const password = "open sesame, please";
const login = "owner@example.com";
const address = "192.0.2.1";

/** As the first versions stored it. */
function cheapHash(): PasswordHash {
  const salt = randomBytes(16);
  const key = scryptSync(password, salt, 32, { N: 16_384, r: 8, p: 1 });
  return `scrypt$16384$8$1$${salt.toString("base64")}$${key.toString("base64")}` as PasswordHash; // Of the very form.
}

describeOnBothEngines("a password stored at a lower cost", (engine) => {
  let store: Store;
  let close: () => Promise<void>;
  let desk: PasswordDesk;
  const outcomes: string[] = [];
  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
    const vault = createVault({ sealing: randomBytes(32), lookup: randomBytes(32) });
    desk = openPasswordDesk({
      store,
      clock: systemClock,
      vault,
      log: createLog("silent"),
      note: (kind, outcome) => outcomes.push(`${kind} ${outcome}`),
    });
    const now = systemClock.now();
    const passwordHash = cheapHash();
    await addMerchant(store, { merchantId: "2088000000000099", name: "Merchant" }, now);
    await addMerchantLogin(store, { merchantId: "2088000000000099", login, passwordHash }, now);
    await addOperator(store, { login, passwordHash }, now);
    await addUser(
      store,
      {
        userId: "2088000000000001",
        login,
        passwordHash,
        person: { bucket: 1, personId: "00000000-0000-0000-0000-000000000001" },
      },
      now,
    );
  }, timeout);
  afterAll(() => close());

  const kinds: [string, AccountKind<unknown>, unknown][] = [
    ["user", userAccounts, { userId: "2088000000000001" }],
    ["merchant", merchantAccounts, { merchantId: "2088000000000099", login }],
    ["operator", operatorAccounts, { login }],
  ];
  const storedOf = async (kind: AccountKind<unknown>): Promise<string> =>
    (await kind.find(store, login))?.passwordHash ?? "";

  it.each(kinds)("lets the %s in, and is raised to today's cost by it", { timeout }, async (_, kind, account) => {
    expect(await desk.check(kind, { login, password, address })).toEqual({ account });
    const raised = await storedOf(kind);
    expect(raised).toMatch(/^scrypt\$16384\$8\$5\$/);
    await kind.raise(store, login, {
      from: cheapHash(),
      to: "of a password that was changed meanwhile" as PasswordHash,
    });
    expect(await storedOf(kind)).toBe(raised);
  });

  it(
    "of an operator is known afterwards at that address without a hash, until it is changed or removed",
    { timeout },
    async () => {
      outcomes.length = 0;
      const check = (from = address) => desk.check(operatorAccounts, { login, password, address: from });
      expect(await Promise.all(Array.from({ length: 30 }, () => check()))).toEqual(
        Array.from({ length: 30 }, () => ({ account: { login } })),
      );
      expect(outcomes).toEqual([]);
      await check("192.0.2.2");
      expect(outcomes).toEqual(["operator right"]);
      await store.query("update operator set password_hash = $1 where login = $2", [
        (await storedOf(operatorAccounts)).replace(/.{8}$/, "AAAAAAA="),
        login,
      ]);
      expect(await check()).toEqual({ refused: "wrong" });
      await store.query("delete from operator where login = $1", [login]);
      expect(await check("192.0.2.2")).toEqual({ refused: "wrong" });
    },
  );

  it("opens no session for somebody who has been erased meanwhile", { timeout }, async () => {
    expect(await openSession(store, "2088000000009999", systemClock)).toBeUndefined();
    expect(await store.query("select from user_session where user_id = '2088000000009999'")).toEqual([]);
  });

  it("of an operator who sends it many times at once is hashed once", { timeout }, async () => {
    await addOperator(store, { login: "another", passwordHash: cheapHash() }, systemClock.now());
    outcomes.length = 0;
    const answers = await Promise.all(
      Array.from({ length: 30 }, () =>
        desk.check(operatorAccounts, { login: "another", password, address: "192.0.2.3" }),
      ),
    );
    expect(answers).toEqual(answers.map(() => ({ account: { login: "another" } })));
    expect(outcomes).toEqual(["operator right"]);
  });

  it.each([
    ["a control character", "owner\u0000", password],
    ["half a character", "owner\ud800", password],
    ["65 characters", "o".repeat(65), password],
    ["a password of 257 characters", login, "a".repeat(257)],
  ])("is asked for with %s: wrong, and nothing is counted or hashed", async (_, wrongLogin, wrongPassword) => {
    outcomes.length = 0;
    expect(await desk.check(userAccounts, { login: wrongLogin, password: wrongPassword, address })).toEqual({
      refused: "wrong",
    });
    expect(outcomes).toEqual([]);
  });
});

import { randomBytes, scryptSync } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type AccountKind,
  addAccount,
  changeAccount,
  findLiveAccount,
  raisePasswordHash,
  removeAccount,
} from "#kaimen/accounts/account.ts";
import { openPasswordDesk, type PasswordDesk } from "#kaimen/accounts/password-desk.ts";
import type { PasswordHash } from "#kaimen/accounts/password-hash.ts";
import { openSession } from "#kaimen/accounts/sessions.ts";
import { dayUs, later, systemClock } from "#kaimen/clock.ts";
import { addUser } from "#kaimen/consent/users.ts";
import { createVault } from "#kaimen/keys/vault.ts";
import { createLog } from "#kaimen/log.ts";
import { addMerchant } from "#kaimen/merchants/merchants.ts";
import type { Store } from "#kaimen/store/store.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";

const timeout = 120_000; // Hashes take seconds where others hash, too.
const password = "open sesame, please";
const login = "owner@example.com";
const address = "192.0.2.1";
const merchantId = "2088000000000099";

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
  const failed: Parameters<Parameters<typeof openPasswordDesk>[0]["record"]>[0][] = [];
  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
    const vault = createVault({ sealing: randomBytes(32), lookup: randomBytes(32) });
    desk = openPasswordDesk({
      store,
      clock: systemClock,
      vault,
      log: createLog("silent"),
      note: (kind, outcome) => outcomes.push(`${kind} ${outcome}`),
      record: async (attempt) => void failed.push(attempt),
    });
    const now = systemClock.now();
    const passwordHash = cheapHash();
    await addMerchant(store, { merchantId, name: "Merchant" }, now);
    await addAccount(store, { kind: "merchant", login, subject: merchantId, passwordHash }, now);
    await addAccount(store, { kind: "operator", login, role: "auditor", passwordHash }, now);
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

  const kinds: [AccountKind, object][] = [
    ["user", { subject: "2088000000000001", role: undefined }],
    ["merchant", { subject: merchantId, role: undefined }],
    ["operator", { subject: undefined, role: "auditor" }],
  ];
  const storedOf = async (kind: AccountKind): Promise<string> =>
    (await findLiveAccount(store, kind, login))?.passwordHash ?? "";

  it.each(kinds)("lets the %s in, and is raised to today's cost by it", { timeout }, async (kind, account) => {
    const answer = await desk.check(kind, { login, password, address });
    expect(answer).toMatchObject({ account: { kind, login, hasTotp: false, mustChangePassword: false, ...account } });
    const raised = await storedOf(kind);
    expect(raised).toMatch(/^scrypt\$16384\$8\$5\$/);
    const changedMeanwhile = { from: cheapHash(), to: "of a password that was changed" as PasswordHash };
    await raisePasswordHash(store, { kind, login }, changedMeanwhile);
    expect(await storedOf(kind)).toBe(raised);
    expect((await findLiveAccount(store, kind, login))?.account.lastSignInAt).toBeGreaterThan(0);
  });

  it(
    "of one kind of account opens no other: a login is one account's among those of its kind",
    { timeout },
    async () => {
      await changeAccount(store, { kind: "user", login }, { passwordHash: cheapHash() });
      await removeAccount(store, { kind: "merchant", login });
      expect(await desk.check("merchant", { login, password, address })).toEqual({ refused: "wrong" });
      expect(await desk.check("user", { login, password, address })).toMatchObject({ account: { kind: "user" } });
    },
  );

  it(
    "is put on record when it was wrong, with the login of an account and not one that somebody made up",
    { timeout },
    async () => {
      failed.length = 0;
      await desk.check("operator", { login, password: "not the password", address: "192.0.2.7" });
      await desk.check("operator", { login: "nobody", password, address: "192.0.2.8" });
      expect(failed.map(({ account, ...rest }) => ({ ...rest, login: account?.login }))).toEqual([
        { kind: "operator", login, address: "192.0.2.7" },
        { kind: "operator", login: undefined, address: "192.0.2.8" },
      ]);
    },
  );

  it(
    "opens nothing for an account that is disabled, nor for the staff of a suspended merchant",
    { timeout },
    async () => {
      const now = systemClock.now();
      await addAccount(
        store,
        { kind: "merchant", login: "staff", subject: merchantId, passwordHash: cheapHash() },
        now,
      );
      const check = (kind: AccountKind, who: string, from: string) =>
        desk.check(kind, { login: who, password, address: from });
      await store.query("update merchant set suspended_at = now()");
      expect(await check("merchant", "staff", "192.0.2.9")).toEqual({ refused: "wrong" });
      await store.query("update merchant set suspended_at = null");
      expect(await check("merchant", "staff", "192.0.2.9")).toMatchObject({ account: { login: "staff" } });
      await changeAccount(store, { kind: "operator", login }, { disabledAt: later(now, -dayUs) });
      expect(await check("operator", login, "192.0.2.10")).toEqual({ refused: "wrong" });
      expect(
        await openSession({ store, clock: systemClock }, { kind: "operator", login }, { address }),
      ).toBeUndefined();
      await changeAccount(store, { kind: "operator", login }, { disabledAt: undefined });
      expect(await check("operator", login, "192.0.2.10")).toMatchObject({ account: { login } });
    },
  );

  it("opens no session for somebody who has been erased meanwhile", { timeout }, async () => {
    const erased = { kind: "user", login: "erased@example.com" } as const;
    expect(await openSession({ store, clock: systemClock }, erased, { address })).toBeUndefined();
    expect(await store.query("select from session where login = $1", [erased.login])).toEqual([]);
  });

  it("of an operator who sends it many times at once is hashed once", { timeout }, async () => {
    const now = systemClock.now();
    await addAccount(store, { kind: "operator", login: "another", role: "risk", passwordHash: cheapHash() }, now);
    outcomes.length = 0;
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => desk.check("operator", { login: "another", password, address: "192.0.2.3" })),
    );
    expect(answers).toEqual(answers.map(() => expect.objectContaining({ account: expect.anything() as unknown })));
    expect(outcomes).toEqual(["operator right"]);
  });

  it.each([
    ["a control character", "owner\u0000", password],
    ["half a character", "owner\ud800", password],
    ["65 characters", "o".repeat(65), password],
    ["a password of 257 characters", login, "a".repeat(257)],
  ])("is asked for with %s: wrong, and nothing is counted or hashed", async (_, wrongLogin, wrongPassword) => {
    outcomes.length = 0;
    expect(await desk.check("user", { login: wrongLogin, password: wrongPassword, address })).toEqual({
      refused: "wrong",
    });
    expect(outcomes).toEqual([]);
  });
});

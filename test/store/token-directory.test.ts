import { copyFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instantFromText, later, secondUs, systemClock } from "#kaimen/clock.ts";
import { type Consent, grantAuthorisation } from "#kaimen/consent/authorisations.ts";
import type { Grant } from "#kaimen/consent/token-directory.ts";
import { TokenDirectory } from "#kaimen/consent/token-directory.ts";
import { issueTokens, type IssuedTokens } from "#kaimen/consent/tokens.ts";
import { addUser } from "#kaimen/consent/users.ts";
import { hashToken } from "#kaimen/keys/secrets.ts";
import { bucketOfHash } from "#kaimen/store/bucket.ts";
import { migrate } from "#kaimen/store/migrate.ts";
import { openStore } from "#kaimen/store/open.ts";
import type { Store } from "#kaimen/store/store.ts";
import { freshDataDirectory } from "../support/embedded-data.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";

const migrations = fileURLToPath(new URL("../../src/store/migrations/", import.meta.url));
const users = 300;
const deadlineMs = 5_000;
const appId = "2021000000000001";
const lives = { accessTokenS: 60, refreshTokenS: 120 };
const personOf = (index: number) => ({
  bucket: index % 256,
  personId: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
});

describeOnBothEngines("tokens", (engine) => {
  let store: Store;
  let statements = 0;
  let fails = false;
  let counting: Store;
  let issued: IssuedTokens[];
  let consents: Consent[];
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
    counting = {
      ...store,
      queryBriefly: (sql, parameters) => {
        statements += 1;
        return fails ? Promise.reject(new Error("the database is away")) : store.query(sql, parameters);
      },
    };
    issued = [];
    consents = [];
    for (let index = 0; index < users; index += 1) {
      const userId = `20880000${String(index).padStart(8, "0")}`;
      await addUser(store, { userId, login: `${index}@x`, person: personOf(index) }, systemClock.now());
      const consent = await grantAuthorisation(store, systemClock, {
        userId,
        appId,
        scopes: ["auth_zhima"],
        days: 1,
        channel: "test",
      });
      consents.push(consent);
      issued.push(await issueTokens(store, systemClock, lives, consent));
    }
  });
  afterAll(async () => {
    await close();
  });

  const accessTokens = (): string[] => issued.map(({ accessToken }) => accessToken);

  test("asked for at the same time are read together, each for its own user, and then are known at once", async () => {
    const directory = new TokenDirectory(counting, systemClock, deadlineMs);
    statements = 0;
    const grants = await Promise.all(accessTokens().map((token) => directory.find(token, appId)));
    expect(grants).toEqual(
      issued.map(({ accessToken, userId, issuedAt }, index) => {
        const at = instantFromText(issuedAt);
        return {
          tokenHash: hashToken(accessToken),
          tokenExpiresAt: later(at, lives.accessTokenS * secondUs),
          appId,
          userId,
          person: personOf(index),
          authorisationId: consents[index]?.authorisationId,
          scopes: ["auth_zhima"],
          purpose: "credit_assessment",
          consentExpiresAt: expect.any(Number),
        };
      }),
    );
    expect(statements).toBe(1);
    expect(accessTokens().map((token) => (directory.find(token, appId) as Grant).userId)).toEqual(
      issued.map(({ userId }) => userId),
    );
    expect(statements).toBe(1);
  });

  test("that are none, another app's, expired, refreshing or ended are told apart within one group", async () => {
    const [mine, others, ended, refreshing] = issued;
    if (mine === undefined || others === undefined || ended === undefined || refreshing === undefined)
      throw new Error("too few users");
    const hash = hashToken(ended.accessToken);
    await store.query("update token set ended_at = now() where bucket = $1 and token_hash = $2", [
      bucketOfHash(hash),
      hash,
    ]);
    let now = systemClock.now();
    const directory = new TokenDirectory(store, { now: () => now }, deadlineMs);
    const asked = [
      directory.find("authzmaBnone", appId),
      directory.find(mine.accessToken, appId),
      directory.find(others.accessToken, "2021000000000009"),
      directory.find(ended.accessToken, appId),
      directory.find(refreshing.refreshToken, appId),
      directory.find(mine.accessToken, appId),
    ];
    const [none, grant, other, end, refresh, again] = await Promise.all(asked);
    expect([none, other, end, refresh]).toEqual(["invalid", "other_app", "invalid", "invalid"]);
    expect(grant).toMatchObject({ userId: mine.userId });
    expect(again).toEqual(grant);
    now = later(now, lives.accessTokenS * secondUs);
    expect(directory.find(mine.accessToken, appId)).toBe("expired");
    directory.forget(mine.accessToken);
    expect(await directory.find(mine.accessToken, appId)).toBe("expired");
  });

  test("wait for no connection that hangs but their own, and for that until the deadline", async () => {
    const [first, second, third] = accessTokens().slice(10);
    let hangs = true;
    const hanging: Store = {
      ...store,
      queryBriefly: (sql, parameters) => (hangs ? new Promise(() => {}) : store.query(sql, parameters)),
    };
    const directory = new TokenDirectory(hanging, systemClock, 500);
    const stuck = directory.find(first ?? "", appId);
    await delay(50);
    hangs = false;
    expect(await directory.find(second ?? "", appId)).toMatchObject({ userId: issued[11]?.userId });
    const began = performance.now();
    await expect(stuck).rejects.toThrow("no answer within 500 ms");
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(directory.findKnown(third ?? "", appId)).toBeUndefined();
    expect(await directory.find(first ?? "", appId)).toMatchObject({ userId: issued[10]?.userId });
  });

  test("that an app makes up take two statements at a time, however many come, and no more than wait for one", async () => {
    const answers: (() => void)[] = [];
    const slow: Store = {
      ...store,
      queryBriefly: () => new Promise((resolve) => answers.push(() => resolve([]))),
    };
    const directory = new TokenDirectory(slow, systemClock, 60_000);
    const found: unknown[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      found.push(directory.find(`authzmaBnone${turn}`, appId));
      await delay(1);
    }
    expect(answers).toHaveLength(2);
    while (answers.length > 0) {
      answers.shift()?.();
      await delay(1);
    }
    expect(new Set(await Promise.all(found))).toEqual(new Set(["invalid"]));
    const many = Array.from({ length: 10_001 }, (_, number) => directory.find(`authzmaBnone${number}`, appId));
    await expect(many.at(-1)).rejects.toThrow("10000 already wait to be read");
    await delay(1);
    while (answers.length > 0) {
      answers.shift()?.();
      await delay(1);
    }
    expect(await many[9_999]).toBe("invalid");
  });

  test("are asked for again after the database was away", async () => {
    const directory = new TokenDirectory(counting, systemClock, deadlineMs);
    const [, token = ""] = accessTokens();
    fails = true;
    await expect(directory.find(token, appId)).rejects.toThrow("the database is away");
    fails = false;
    expect(await directory.find(token, appId)).toMatchObject({ userId: issued[1]?.userId });
  });

  test("of a database from before their rows stood alone stand for the same; one without its consent is gone", async () => {
    const directory = await freshDataDirectory();
    const store = await openStore({
      databaseUrl: (await engine.environment())["DATABASE_URL"],
      dataDirectory: directory.path,
    });
    const older = await mkdtemp(join(tmpdir(), "kaimen-migrations-"));
    try {
      for (const name of (await readdir(migrations)).filter((each) => each < "0008"))
        await copyFile(join(migrations, name), join(older, name));
      await migrate(store, { directory: older });
      const [userId, person, token] = ["2088000000000101", personOf(1), "authzmaBold"];
      await addUser(store, { userId, login: "old", person }, systemClock.now());
      const consent = await grantAuthorisation(store, systemClock, {
        userId,
        appId,
        scopes: ["auth_zhima"],
        days: 1,
        channel: "test",
      });
      const issue = (text: string, authorisationId: string): Promise<unknown> =>
        store.query(
          `insert into token (bucket, token_hash, kind, app_id, user_id, authorisation_id, scopes, issued_at, expires_at)
           values ($1, $2, 'access', $3, $4, $5, '{auth_zhima}', now(), now() + interval '1 hour')`,
          [bucketOfHash(hashToken(text)), hashToken(text), appId, userId, authorisationId],
        );
      await issue(token, consent.authorisationId);
      await issue("authzmaBorphan", personOf(2).personId);
      await migrate(store);
      const found = new TokenDirectory(store, systemClock, deadlineMs);
      expect(await found.find(token, appId)).toMatchObject({
        userId,
        person,
        authorisationId: consent.authorisationId,
        purpose: "credit_assessment",
      });
      expect(await found.find("authzmaBorphan", appId)).toBe("invalid");
    } finally {
      await store.close();
      await directory.remove();
      await rm(older, { recursive: true });
    }
  });
});

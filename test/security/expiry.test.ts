import { afterAll, beforeAll, expect, test } from "vitest";
import { dayUs, instantOfBeijingTime, instantToText, later, systemClock } from "#kaimen/clock.ts";
import { deleteExpiredSecrets, startExpiryJob } from "#kaimen/consent/expiry.ts";
import type { Store } from "#kaimen/store/store.ts";
import { openJobs } from "#kaimen/job.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";

const now = instantOfBeijingTime("2026-11-29 12:00:00");
const authorisationId = "00000000-0000-4000-8000-000000000000";

/** Each kind of secret, how long after its end it is kept, and how it is stored. */
const kinds: readonly [table: string, keptDays: number, insert: string][] = [
  [
    "session",
    0,
    `insert into session (bucket, session_hash, session_id, kind, login, address, client, created_at, last_seen_at, expires_at)
     values ($1, $2, '${authorisationId}', 'user', 'l', '', '', $3, $3, $3)`,
  ],
  [
    "auth_code",
    30,
    `insert into auth_code (bucket, code_hash, app_id, user_id, authorisation_id, expires_at) values ($1, $2, 'a', 'u', '${authorisationId}', $3)`,
  ],
  [
    "token",
    30,
    `insert into token (bucket, token_hash, kind, app_id, user_id, authorisation_id, scopes, issued_at, expires_at, person_bucket, person_id, purpose, consent_expires_at)
     values ($1, $2, 'access', 'a', 'u', '${authorisationId}', '{auth_zhima}', $3, $3, 0, '${authorisationId}', 'p', $3)`,
  ],
  [
    "token_family",
    30,
    "insert into token_family (bucket, family_hash, app_id, access_token_hash, refresh_token_hash, expires_at) values ($1, $2, 'a', $2, $2, $3)",
  ],
  [
    "api_token",
    30,
    `insert into api_token (token_hash, token_id, kind, login, name, created_at, expires_at)
     select $2::bytea, '${authorisationId}', 'operator', 'l', $2::bytea::text, $3::timestamptz, $3::timestamptz
     where $1::smallint >= 0`,
  ],
  [
    "app_authorisation_secret",
    372,
    `insert into app_authorisation_secret (secret_hash, kind, authorisation_id, issued_at, expires_at)
     values ($2, 'token', (select authorisation_id from app_authorisation where $1::smallint >= 0), $3, $3)`,
  ],
];

describeOnBothEngines("what has expired", (engine) => {
  let store: Store;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
    await store.execute(`
      insert into merchant (merchant_id, name, created_at) values ('m', 'm', now());
      insert into gateway_key (gateway_key_id, private_key_sealed, public_key, created_at) values ('g', '', '', now());
      insert into app (app_id, merchant_id, name, gateway_key_id, redirect_uris, template, feedback_policy, created_at)
        values ('a', 'm', 'a', 'g', '{}', 'loan', 'whole_file', now());
      insert into app_authorisation (authorisation_id, app_id, merchant_id, auth_app_id, methods, granted_at)
        values ('${authorisationId}', 'a', 'm', 'a', '{}', now())`);
  });
  afterAll(() => close());

  const add = (insert: string, bucket: number, at: number): Promise<unknown> =>
    store.query(insert, [bucket, Buffer.from(`${bucket} ${at}`), instantToText(later(now, at))]);
  const left = async (table: string): Promise<number> => (await store.query(`select from ${table}`)).length;

  test.each(kinds)(
    "of %s is deleted when it has been so for %i days, and not a moment before",
    async (table, keptDays, insert) => {
      const limit = -keptDays * dayUs;
      for (const [bucket, at] of [
        [0, limit],
        [255, limit],
        [7, limit + 1],
        [8, dayUs],
      ] as const)
        await add(insert, bucket, at);
      expect((await deleteExpiredSecrets(store, now))[table as "token"]).toBe(2);
      expect(await left(table)).toBe(2);
      expect((await deleteExpiredSecrets(store, now))[table as "token"]).toBe(0);
      await store.execute(`delete from ${table}`);
    },
  );

  test("does not touch what was asked for and decided: approvals stay as long as the trail", async () => {
    await store.query(
      `insert into approval (approval_id, action, request_sealed, reason, asked_by, asked_at, expires_at, decision, decided_by, decided_at)
       values ($1, 'card.champion', '', '', 'one', $2, $2, 'approved', 'other', $2)`,
      [authorisationId, instantToText(later(now, -800 * dayUs))],
    );
    await deleteExpiredSecrets(store, now);
    expect(await left("approval")).toBe(1);
  });

  test("of more rows than one statement deletes is deleted whole", async () => {
    await store.query(
      `insert into session (bucket, session_hash, session_id, kind, login, address, client, created_at, last_seen_at, expires_at)
       select 3, convert_to(each::text, 'UTF8'), '${authorisationId}', 'user', 'l', '', '',
         $1::timestamptz, $1::timestamptz, $1::timestamptz from generate_series(1, 2001) each`,
      [instantToText(now)],
    );
    expect((await deleteExpiredSecrets(store, now)).session).toBe(2_001);
  });

  test("is deleted by the job, which says how much and nothing of whose", async () => {
    await add(kinds[0]?.[2] ?? "", 1, 0);
    const said: unknown[] = [];
    const log = {
      info: (details: unknown) => void said.push(details),
      error: (details: unknown) => void said.push(details),
    };
    const jobs = openJobs({ store, clock: systemClock, log });
    await startExpiryJob({ jobs, store, clock: { now: () => now }, log }).stop();
    expect(said).toEqual([
      {
        deleted: {
          session: 1,
          auth_code: 0,
          token: 0,
          token_family: 0,
          api_token: 0,
          app_authorisation_secret: 0,
        },
      },
    ]);
    expect(await left("session")).toBe(0);
  });
});

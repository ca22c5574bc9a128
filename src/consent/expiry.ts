import { type Clock, dayUs, type Instant, instantToText, later, secondUs } from "../clock.ts";
import { type Job, startJob } from "../job.ts";
import { appSecretsKeptS } from "../merchants/app-authorisations.ts";
import type { Log } from "../log.ts";
import type { Queryable, Store } from "../store/store.ts";

const buckets = 256;
const hourMs = 3_600_000;
/** Deleted by one statement: it holds no lock for long. */
const deletedAtOnce = 1_000;
/** For this long a token that has expired is answered as expired and not as unknown: clients act on the difference. */
const keptUs = 30 * dayUs;

/** Secrets that were stored hashed, by the table they lie in. */
export type ExpiredRows = Record<
  "user_session" | "merchant_session" | "auth_code" | "token" | "token_family" | "app_authorisation_secret",
  number
>;

/**
 * Deletes sessions when they have expired, and a user's tokens and codes thirty days later. A merchant's codes and tokens
 * are kept as long as any token that the code was exchanged for may live: a code that comes a second time ends that token,
 * and of a user's code it is the family that knows.
 */
export async function deleteExpiredSecrets(store: Store, now: Instant): Promise<ExpiredRows> {
  const sessionsBefore = instantToText(now);
  const tokensBefore = instantToText(later(now, -keptUs));
  const appSecretsBefore = instantToText(later(now, -appSecretsKeptS * secondUs));
  return {
    user_session: await inEveryBucket((bucket) =>
      store.query(deleteUserSessionsSql, [bucket, sessionsBefore, deletedAtOnce]),
    ),
    merchant_session: await inEveryBucket((bucket) =>
      store.query(deleteMerchantSessionsSql, [bucket, sessionsBefore, deletedAtOnce]),
    ),
    auth_code: await inEveryBucket((bucket) => store.query(deleteCodesSql, [bucket, tokensBefore, deletedAtOnce])),
    token: await inEveryBucket((bucket) => store.query(deleteTokensSql, [bucket, tokensBefore, deletedAtOnce])),
    token_family: await inEveryBucket((bucket) =>
      store.query(deleteFamiliesSql, [bucket, tokensBefore, deletedAtOnce]),
    ),
    app_authorisation_secret: await deleteAll(() =>
      store.query(deleteAppSecretsSql, [appSecretsBefore, deletedAtOnce]),
    ),
  };
}

type Deletion = () => ReturnType<Queryable["query"]>;

async function inEveryBucket(deletion: (bucket: number) => ReturnType<Deletion>): Promise<number> {
  let rows = 0;
  for (let bucket = 0; bucket < buckets; bucket += 1) rows += await deleteAll(() => deletion(bucket));
  return rows;
}

async function deleteAll(deletion: Deletion): Promise<number> {
  let rows = 0;
  for (;;) {
    const deleted = (await deletion()).length;
    rows += deleted;
    if (deleted < deletedAtOnce) return rows;
  }
}

const deleteUserSessionsSql = `
delete from user_session where bucket = $1 and session_hash in (
  select session_hash from user_session where bucket = $1 and expires_at <= $2 order by expires_at limit $3
) returning bucket`;

const deleteMerchantSessionsSql = `
delete from merchant_session where bucket = $1 and session_hash in (
  select session_hash from merchant_session where bucket = $1 and expires_at <= $2 order by expires_at limit $3
) returning bucket`;

const deleteCodesSql = `
delete from auth_code where bucket = $1 and code_hash in (
  select code_hash from auth_code where bucket = $1 and expires_at <= $2 order by expires_at limit $3
) returning bucket`;

const deleteTokensSql = `
delete from token where bucket = $1 and token_hash in (
  select token_hash from token where bucket = $1 and expires_at <= $2 order by expires_at limit $3
) returning bucket`;

const deleteFamiliesSql = `
delete from token_family where bucket = $1 and family_hash in (
  select family_hash from token_family where bucket = $1 and expires_at <= $2 order by expires_at limit $3
) returning bucket`;

const deleteAppSecretsSql = `
delete from app_authorisation_secret where secret_hash in (
  select secret_hash from app_authorisation_secret where expires_at <= $1 order by expires_at limit $2
) returning kind`;

export interface ExpiryJobParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "error">;
}

/** Deletes what has expired: every hour, and at once. */
export function startExpiryJob({ store, clock, log }: ExpiryJobParts): Job {
  return startJob({
    name: "expiry",
    everyMs: hourMs,
    log,
    async run() {
      const deleted = await deleteExpiredSecrets(store, clock.now());
      if (Object.values(deleted).some((rows) => rows > 0))
        log.info({ deleted }, "expired sessions, codes and tokens were deleted");
    },
  });
}

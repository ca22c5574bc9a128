import { type Clock, dayUs, type Instant, instantToText, later, secondUs } from "../clock.ts";
import type { Job, Jobs } from "../job.ts";
import { appSecretsKeptS } from "../merchants/app-authorisations.ts";
import type { Log } from "../log.ts";
import type { Queryable, Store } from "../store/store.ts";

const buckets = 256;
const hourMs = 3_600_000;
/** Deleted by one statement: it holds no lock for long. */
const deletedAtOnce = 1_000;
/** For this long a token that has expired is answered as expired and not as unknown: clients act on the difference. */
const keptUs = 30 * dayUs;

/** Where secrets lie that were stored hashed, by the column of the hash, and how long after their end they are kept. */
const secrets = [
  { table: "session", hash: "session_hash", keptUs: 0 },
  { table: "auth_code", hash: "code_hash", keptUs },
  { table: "token", hash: "token_hash", keptUs },
  { table: "token_family", hash: "family_hash", keptUs },
] as const;

/** How many rows were deleted, by table. */
export type ExpiredRows = Record<(typeof secrets)[number]["table"] | "api_token" | "app_authorisation_secret", number>;

/**
 * Deletes sessions when they have expired, and API tokens and a user's tokens and codes thirty days later. A merchant's codes and tokens
 * are kept as long as any token that the code was exchanged for may live: a code that comes a second time ends that token,
 * and of a user's code it is the family that knows.
 */
export async function deleteExpiredSecrets(store: Store, now: Instant): Promise<ExpiredRows> {
  const tokensBefore = instantToText(later(now, -keptUs));
  const appSecretsBefore = instantToText(later(now, -appSecretsKeptS * secondUs));
  const deleted: Partial<ExpiredRows> = {};
  for (const { table, hash, keptUs: kept } of secrets) {
    const before = instantToText(later(now, -kept));
    deleted[table] = await inEveryBucket((bucket) =>
      store.query(deleteSql(table, hash), [bucket, before, deletedAtOnce]),
    );
  }
  deleted.api_token = await deleteAll(() => store.query(deleteApiTokensSql, [tokensBefore, deletedAtOnce]));
  const appSecrets = await deleteAll(() => store.query(deleteAppSecretsSql, [appSecretsBefore, deletedAtOnce]));
  return { ...deleted, app_authorisation_secret: appSecrets } as ExpiredRows; // Each table of the list is in it.
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

const deleteSql = (table: string, hash: string): string => `
delete from ${table} where bucket = $1 and ${hash} in (
  select ${hash} from ${table} where bucket = $1 and expires_at <= $2 order by expires_at limit $3
) returning bucket`;

const deleteApiTokensSql = `
delete from api_token where token_hash in (
  select token_hash from api_token where expires_at <= $1 order by expires_at limit $2
) returning kind`;

const deleteAppSecretsSql = `
delete from app_authorisation_secret where secret_hash in (
  select secret_hash from app_authorisation_secret where expires_at <= $1 order by expires_at limit $2
) returning kind`;

export interface ExpiryJobParts {
  readonly jobs: Jobs;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Pick<Log, "info">;
}

/** Deletes what has expired: every hour, and at once. */
export function startExpiryJob({ jobs, store, clock, log }: ExpiryJobParts): Job {
  return jobs.every("expiry", hourMs, async () => {
    const deleted = await deleteExpiredSecrets(store, clock.now());
    if (Object.values(deleted).some((rows) => rows > 0))
      log.info({ deleted }, "expired sessions, codes and tokens were deleted");
  });
}

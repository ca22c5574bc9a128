import { randomUUID } from "node:crypto";
import { type Clock, type Instant, instantToText, later, secondUs } from "../clock.ts";
import { hashToken, randomToken } from "../keys/secrets.ts";
import { bucketOf, bucketOfHash } from "../store/bucket.ts";
import type { Queryable } from "../store/store.ts";
import { type Account, type AccountKind, findLiveAccount } from "./account.ts";

/** How long a session lives, and how long without being used, in seconds. */
export const sessionLives: Readonly<Record<AccountKind, { readonly lifeS: number; readonly idleS: number }>> = {
  user: { lifeS: 3_600, idleS: 3_600 },
  merchant: { lifeS: 28_800, idleS: 3_600 },
  operator: { lifeS: 28_800, idleS: 3_600 },
};

/** Written at most so often: a session that is used a hundred times a second is one row changed a minute. */
const seenEveryUs = 60 * secondUs;
const secretLength = 43;
/** Of a browser's name of itself. */
const clientLimit = 200;
const sessionsListed = 100;

/** What an account's owner sees of a session. */
export interface Session {
  readonly sessionId: string;
  readonly address: string;
  readonly client: string;
  readonly createdAt: Instant;
  readonly lastSeenAt: Instant;
  readonly expiresAt: Instant;
}

export interface SessionOrigin {
  /** The address from which somebody signed in, as the trusted proxies tell it. */
  readonly address: string;
  /** The browser's User-Agent. */
  readonly client?: string | undefined;
}

export interface SessionParts {
  readonly store: Queryable;
  readonly clock: Clock;
}

/** Opens a session and gives the secret that the browser's cookie carries; the database keeps its hash. */
export async function openSession(
  { store, clock }: SessionParts,
  { kind, login }: Pick<Account, "kind" | "login">,
  { address, client = "" }: SessionOrigin,
): Promise<string | undefined> {
  const secret = randomToken(secretLength);
  const hash = hashToken(secret);
  const now = clock.now();
  const opened = await store.query(
    `insert into session (bucket, session_hash, session_id, kind, login, address, client, created_at, last_seen_at, expires_at)
     select $1::smallint, $2::bytea, $3::uuid, kind, login, $6, $7, $8::timestamptz, $8::timestamptz, $9::timestamptz
     from account where bucket = $10 and kind = $4 and login = $5 and disabled_at is null for share returning bucket`,
    [
      bucketOfHash(hash),
      hash,
      randomUUID(),
      kind,
      login,
      address,
      client.slice(0, clientLimit),
      instantToText(now),
      instantToText(later(now, sessionLives[kind].lifeS * secondUs)),
      bucketOf(login),
    ],
  );
  return opened.length === 0 ? undefined : secret;
}

/** The account that the secret stands for, and which session it is; undefined when it is over or the account is stopped. */
export async function findSession(
  { store, clock }: SessionParts,
  kind: AccountKind,
  secret: string,
): Promise<{ account: Account; sessionId: string } | undefined> {
  const hash = hashToken(secret);
  const now = clock.now();
  const [row] = await store.query<{ login: string; session_id: string; last_seen_at: Instant }>(
    `select login, session_id, last_seen_at from session
     where bucket = $1 and session_hash = $2 and kind = $3 and expires_at > $4 and last_seen_at > $5`,
    [
      bucketOfHash(hash),
      hash,
      kind,
      instantToText(now),
      instantToText(later(now, -sessionLives[kind].idleS * secondUs)),
    ],
  );
  if (row === undefined) return undefined;
  const live = await findLiveAccount(store, kind, row.login);
  if (live === undefined) return undefined;
  if (now - row.last_seen_at > seenEveryUs) {
    await store.query("update session set last_seen_at = $3 where bucket = $1 and session_hash = $2", [
      bucketOfHash(hash),
      hash,
      instantToText(now),
    ]);
  }
  return { account: live.account, sessionId: row.session_id };
}

export async function closeSession(store: Queryable, secret: string): Promise<void> {
  const hash = hashToken(secret);
  await store.query("delete from session where bucket = $1 and session_hash = $2", [bucketOfHash(hash), hash]);
}

/** Those that still open something, the newest first. */
export function listSessions(
  { store, clock }: SessionParts,
  { kind, login }: Pick<Account, "kind" | "login">,
): Promise<Session[]> {
  const now = clock.now();
  const usedAfter = later(now, -sessionLives[kind].idleS * secondUs);
  return store.query<Session & Record<string, unknown>>(
    `select session_id as "sessionId", address, client, created_at as "createdAt", last_seen_at as "lastSeenAt",
       expires_at as "expiresAt"
     from session where kind = $1 and login = $2 and expires_at > $3 and last_seen_at > $4
     order by created_at desc limit $5`,
    [kind, login, instantToText(now), instantToText(usedAfter), sessionsListed],
  );
}

/** Ends one session, or all but the one named; gives how many ended. */
export async function endSessions(
  store: Queryable,
  { kind, login }: Pick<Account, "kind" | "login">,
  which: { readonly only?: string; readonly except?: string | undefined } = {},
): Promise<number> {
  const ended = await store.query(
    `delete from session where kind = $1 and login = $2
       and ($3::uuid is null or session_id = $3) and ($4::uuid is null or session_id <> $4) returning bucket`,
    [kind, login, which.only ?? null, which.except ?? null],
  );
  return ended.length;
}

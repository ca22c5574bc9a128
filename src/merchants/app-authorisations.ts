import { randomBytes, randomUUID } from "node:crypto";
import { type Clock, type Instant, instantToText, later, secondUs } from "../clock.ts";
import { hashToken } from "../keys/secrets.ts";
import { type AppGrant, grantsListed } from "./app-grant.ts";
import type { Queryable, Store } from "../store/store.ts";

/** A merchant's grant to another merchant's app to act for it, as published for 第三方应用授权. */
export interface AppAuthorisation {
  readonly merchantId: string;
  /** The merchant's own app, in whose name the call is made. */
  readonly authAppId: string;
  readonly methods: readonly string[];
  readonly merchantSuspended: boolean;
  /** The merchant's own app. */
  readonly authAppSuspended: boolean;
  /** Whether the merchant has a contract for any product, be it out of its term. */
  readonly hasProduct: boolean;
}

export interface IssuedAppTokens {
  readonly appAuthToken: string;
  readonly appRefreshToken: string;
  readonly authAppId: string;
  readonly merchantId: string;
  readonly expiresInS: number;
  readonly refreshExpiresInS: number;
}

/** The published lives: a code for a day, a token for 365 days, its refresh for 372. */
const lifeS = { code: 86_400, token: 31_536_000, refresh: 32_140_800 } as const;

/** For so long what came of a code may live: until then the code is known, so that a second use of it ends that. */
export const appSecretsKeptS = lifeS.refresh;

/** Records what a merchant agreed to and gives the code that its browser carries to the app. */
export function authoriseApp(
  store: Store,
  clock: Clock,
  agreed: { appId: string; merchantId: string; authAppId: string; methods: readonly string[] },
): Promise<string> {
  const authorisationId = randomUUID();
  const now = clock.now();
  return store.transaction(async (transaction) => {
    await transaction.query(
      `insert into app_authorisation (authorisation_id, app_id, merchant_id, auth_app_id, methods, granted_at)
       values ($1, $2, $3, $4, $5, $6)`,
      [authorisationId, agreed.appId, agreed.merchantId, agreed.authAppId, agreed.methods, instantToText(now)],
    );
    return issueSecret(transaction, now, { kind: "code", authorisationId, lifeS: lifeS.code });
  });
}

export type AppCodeFailure = "unknown" | "other_app" | "not_valid" | "expired";

interface SecretRow {
  authorisation_id: string;
  app_id: string;
  merchant_id: string;
  auth_app_id: string;
  expires_at: Instant;
  secret_ended_at: Instant | null;
  authorisation_ended_at: Instant | null;
  suspended: boolean;
}

/**
 * Tokens for a code or for a refresh token, each good once. Those of the same app and merchant that were issued before
 * are dead from then on: authorising again takes the place of the earlier leave. A code or a refresh token that its app
 * uses again ends the tokens that came of it (RFC 6749 4.1.2, RFC 9700 4.14.2). While who authorised is suspended neither
 * is good, nor is it used up.
 */
export function exchangeAppSecret(
  store: Store,
  clock: Clock,
  offered: { kind: "code" | "refresh"; secret: string; appId: string },
): Promise<IssuedAppTokens | AppCodeFailure> {
  const now = clock.now();
  return store.transaction(async (transaction) => {
    const hash = hashToken(offered.secret);
    const [row] = await transaction.query<SecretRow>(
      `select s.authorisation_id, a.app_id, a.merchant_id, a.auth_app_id, s.expires_at, s.ended_at as secret_ended_at,
              a.ended_at as authorisation_ended_at, m.suspended_at is not null or own.suspended_at is not null as suspended
       from app_authorisation_secret s join app_authorisation a using (authorisation_id)
         join merchant m on m.merchant_id = a.merchant_id join app own on own.app_id = a.auth_app_id
       where s.secret_hash = $1 and s.kind = $2 for update of s, a`,
      [hash, offered.kind],
    );
    if (row === undefined) return "unknown";
    if (row.app_id !== offered.appId) return "other_app";
    if (row.secret_ended_at !== null) {
      await transaction.query(
        "update app_authorisation_secret set ended_at = $2 where authorisation_id = $1 and kind in ('token', 'refresh') and ended_at is null",
        [row.authorisation_id, instantToText(now)],
      );
      return "not_valid";
    }
    if (row.authorisation_ended_at !== null || row.suspended) return "not_valid";
    if (row.expires_at <= now) return "expired";
    await endEarlier(transaction, row, hash, now);
    const authorisationId = row.authorisation_id;
    return {
      appAuthToken: await issueSecret(transaction, now, { kind: "token", authorisationId, lifeS: lifeS.token }),
      appRefreshToken: await issueSecret(transaction, now, { kind: "refresh", authorisationId, lifeS: lifeS.refresh }),
      authAppId: row.auth_app_id,
      merchantId: row.merchant_id,
      expiresInS: lifeS.token,
      refreshExpiresInS: lifeS.refresh,
    };
  });
}

async function endEarlier(transaction: Queryable, row: SecretRow, used: Uint8Array, now: Instant): Promise<void> {
  const at = instantToText(now);
  await transaction.query("update app_authorisation_secret set ended_at = $2 where secret_hash = $1", [used, at]);
  await transaction.query(
    `update app_authorisation_secret set ended_at = $4
     where ended_at is null and kind in ('token', 'refresh') and authorisation_id in
       (select authorisation_id from app_authorisation where app_id = $1 and merchant_id = $2 and auth_app_id = $3)`,
    [row.app_id, row.merchant_id, row.auth_app_id, at],
  );
  await transaction.query(
    `update app_authorisation set ended_at = $5
     where app_id = $1 and merchant_id = $2 and auth_app_id = $3 and authorisation_id <> $4 and ended_at is null
       and granted_at <= (select granted_at from app_authorisation where authorisation_id = $4)`,
    [row.app_id, row.merchant_id, row.auth_app_id, row.authorisation_id, at],
  );
}

async function issueSecret(
  store: Queryable,
  now: Instant,
  secret: { kind: "code" | "token" | "refresh"; authorisationId: string; lifeS: number },
): Promise<string> {
  // 40 characters at most; real ones begin with the year and month and have some letters.
  const text =
    secret.kind === "code"
      ? `P${randomBytes(15).toString("hex")}`
      : `${secret.kind === "token" ? "appB" : "appR"}${randomBytes(16).toString("hex")}`;
  await store.query(
    `insert into app_authorisation_secret (secret_hash, kind, authorisation_id, issued_at, expires_at)
     values ($1, $2, $3, $4, $5)`,
    [
      hashToken(text),
      secret.kind,
      secret.authorisationId,
      instantToText(now),
      instantToText(later(now, secret.lifeS * secondUs)),
    ],
  );
  return text;
}

/** What an app_auth_token stands for, for the app it was issued to. Asked at every use: a withdrawal counts at once. */
export async function findAppAuthorisation(
  store: Queryable,
  clock: Clock,
  offered: { token: string; appId: string },
): Promise<AppAuthorisation | "invalid" | "expired"> {
  const found = await describeAppToken(store, offered);
  if (found === undefined || found.ended) return "invalid";
  return found.expiresAt <= clock.now() ? "expired" : found;
}

export interface AppTokenDescription extends AppAuthorisation {
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  readonly ended: boolean;
}

/** A token that this app was once issued, dead or alive; undefined for any other. */
export async function describeAppToken(
  store: Queryable,
  offered: { token: string; appId: string },
): Promise<AppTokenDescription | undefined> {
  const [row] = await store.query<{
    merchant_id: string;
    auth_app_id: string;
    methods: string[];
    issued_at: Instant;
    expires_at: Instant;
    ended: boolean;
    suspended: boolean;
    own_suspended: boolean;
    has_product: boolean;
  }>(
    `select a.merchant_id, a.auth_app_id, a.methods, s.issued_at, s.expires_at,
            s.ended_at is not null or a.ended_at is not null as ended,
            m.suspended_at is not null as suspended, own.suspended_at is not null as own_suspended,
            exists (select from arrangement where arrangement.merchant_id = a.merchant_id) as has_product
     from app_authorisation_secret s join app_authorisation a using (authorisation_id)
       join merchant m on m.merchant_id = a.merchant_id join app own on own.app_id = a.auth_app_id
     where s.secret_hash = $1 and s.kind = 'token' and a.app_id = $2`,
    [hashToken(offered.token), offered.appId],
  );
  return (
    row && {
      merchantId: row.merchant_id,
      authAppId: row.auth_app_id,
      methods: row.methods,
      merchantSuspended: row.suspended,
      authAppSuspended: row.own_suspended,
      hasProduct: row.has_product,
      issuedAt: row.issued_at,
      expiresAt: row.expires_at,
      ended: row.ended,
    }
  );
}

/** An app of another merchant that may call for this one, or might once. */
export interface ActingApp extends AppGrant {
  readonly methods: readonly string[];
}

/** The apps that a merchant has ever let call for it, those that still may first, then the latest. */
export async function appsThatAct(store: Queryable, clock: Clock, merchantId: string): Promise<ActingApp[]> {
  const rows = await store.query<{
    app_id: string;
    app_name: string;
    merchant_name: string;
    methods: string[];
    granted_at: Instant;
    ended: boolean;
  }>(
    `select * from (
       select distinct on (a.app_id) a.app_id, app.name as app_name, merchant.name as merchant_name, a.methods, a.granted_at,
              a.ended_at is not null as ended
       from app_authorisation a join app using (app_id) join merchant on merchant.merchant_id = app.merchant_id
       where a.merchant_id = $1
       order by a.app_id, a.ended_at is not null, a.granted_at desc) latest
     order by ended, granted_at desc limit ${grantsListed}`,
    [merchantId],
  );
  const now = clock.now();
  return rows.map((row) => {
    const expiresAt = later(row.granted_at, lifeS.refresh * secondUs);
    return {
      appId: row.app_id,
      appName: row.app_name,
      merchantName: row.merchant_name,
      methods: row.methods,
      grantedAt: row.granted_at,
      expiresAt,
      ended: row.ended ? "withdrawn" : expiresAt <= now ? "expired" : undefined,
    };
  });
}

/** Ends every grant of the merchant to the app; the next call under one of them is refused. */
export async function withdrawApp(
  store: Queryable,
  clock: Clock,
  ended: { appId: string; merchantId: string },
): Promise<number> {
  const rows = await store.query(
    `update app_authorisation set ended_at = $3 where app_id = $1 and merchant_id = $2 and ended_at is null
     returning authorisation_id`,
    [ended.appId, ended.merchantId, instantToText(clock.now())],
  );
  return rows.length;
}

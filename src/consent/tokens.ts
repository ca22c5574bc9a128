import { type Clock, instantToText, later, secondUs } from "../clock.ts";
import { randomBytes } from "node:crypto";
import { hashToken } from "../keys/secrets.ts";
import { bucketOf, bucketOfHash } from "../store/bucket.ts";
import type { Queryable, Store } from "../store/store.ts";
import type { Consent, Scope } from "./authorisations.ts";

/** An auth_code lives for a day at the real gateway at most; ours as long as a redirect may reasonably take. */
const authCodeLifeS = 600;

export interface TokenLives {
  readonly accessTokenS: number;
  readonly refreshTokenS: number;
}

export interface IssuedTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly userId: string;
  /** When the consent behind the tokens began to be used: the moment they were issued. */
  readonly issuedAt: string;
  readonly expiresInS: number;
  readonly refreshExpiresInS: number;
}

/** Real tokens bear their scope in their first letters, and some integrators look at them. */
const prefixes = { auth_zhima: "authzmaB", auth_user: "authusrB", auth_base: "authbseB" } as const satisfies Record<Scope, string>;

function newToken(granted: readonly Scope[]): string {
  const scope = granted.find((each) => each === "auth_zhima") ?? granted[0] ?? "auth_base";
  return `${prefixes[scope]}${randomBytes(16).toString("hex")}`;
}

/** A code that the user's browser carries back to the app: 32 characters, used once, for ten minutes. */
export async function issueAuthCode(store: Queryable, clock: Clock, consent: Consent): Promise<string> {
  const code = randomBytes(16).toString("hex");
  const hash = hashToken(code);
  await store.query(
    `insert into auth_code (bucket, code_hash, app_id, user_id, authorisation_id, expires_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [
      bucketOfHash(hash),
      hash,
      consent.appId,
      consent.userId,
      consent.authorisationId,
      instantToText(later(clock.now(), authCodeLifeS * secondUs)),
    ],
  );
  return code;
}

/** Tokens for an auth_code; undefined when it is unknown, used, expired, another app's, or its consent has ended. */
export function exchangeAuthCode(
  store: Store,
  clock: Clock,
  lives: TokenLives,
  offered: { code: string; appId: string },
): Promise<IssuedTokens | undefined> {
  const hash = hashToken(offered.code);
  const now = instantToText(clock.now());
  return store.transaction(async (transaction) => {
    const [code] = await transaction.query<{ user_id: string; authorisation_id: string }>(
      `update auth_code set used_at = $4
       where bucket = $1 and code_hash = $2 and app_id = $3 and used_at is null and expires_at > $4
       returning user_id, authorisation_id`,
      [bucketOfHash(hash), hash, offered.appId, now],
    );
    if (code === undefined) return undefined;
    const consent = await liveConsent(transaction, clock, { ...offered, userId: code.user_id, authorisationId: code.authorisation_id });
    return consent && issueTokens(transaction, clock, lives, consent);
  });
}

export type RefreshFailure = "unknown" | "other_app" | "used" | "expired";

/**
 * New tokens for a refresh token. The old access token dies at once, the refresh token is replaced by one that keeps
 * its deadline, and of two refreshes at once one wins.
 */
export function refreshTokens(
  store: Store,
  clock: Clock,
  lives: TokenLives,
  offered: { refreshToken: string; appId: string },
): Promise<IssuedTokens | RefreshFailure> {
  const hash = hashToken(offered.refreshToken);
  const now = clock.now();
  return store.transaction(async (transaction) => {
    const [old] = await transaction.query<TokenRow & { access_token_hash: Uint8Array }>(
      `select app_id, user_id, authorisation_id, scopes, expires_at, ended_at, access_token_hash
       from token where bucket = $1 and token_hash = $2 and kind = 'refresh' for update`,
      [bucketOfHash(hash), hash],
    );
    if (old === undefined) return "unknown";
    if (old.app_id !== offered.appId) return "other_app";
    if (old.ended_at !== null) return "used";
    if (old.expires_at <= now) return "expired";
    const consent = await liveConsent(transaction, clock, {
      appId: old.app_id,
      userId: old.user_id,
      authorisationId: old.authorisation_id,
    });
    if (consent === undefined) return "unknown";
    for (const ended of [hash, old.access_token_hash]) {
      await transaction.query("update token set ended_at = $3 where bucket = $1 and token_hash = $2", [
        bucketOfHash(ended),
        ended,
        instantToText(now),
      ]);
    }
    const remainingS = Math.floor((old.expires_at - now) / secondUs);
    const accessTokenS = Math.min(lives.accessTokenS, remainingS);
    return issueTokens(transaction, clock, { accessTokenS, refreshTokenS: remainingS }, consent);
  });
}

async function liveConsent(
  store: Queryable,
  clock: Clock,
  wanted: { userId: string; appId: string; authorisationId: string },
): Promise<Consent | undefined> {
  const [row] = await store.query<{ scopes: Scope[] }>(
    `select a.scopes from authorisation a
     left join authorisation_end e using (bucket, user_id, authorisation_id)
     where a.bucket = $1 and a.user_id = $2 and a.authorisation_id = $3 and a.app_id = $4
       and a.expires_at > $5 and e.authorisation_id is null`,
    [bucketOf(wanted.userId), wanted.userId, wanted.authorisationId, wanted.appId, instantToText(clock.now())],
  );
  return row && { ...wanted, scopes: row.scopes };
}

export async function issueTokens(store: Queryable, clock: Clock, lives: TokenLives, consent: Consent): Promise<IssuedTokens> {
  const now = clock.now();
  const accessToken = newToken(consent.scopes);
  const refreshToken = newToken(consent.scopes);
  const accessHash = hashToken(accessToken);
  for (const [kind, hash, lifeS] of [
    ["access", accessHash, lives.accessTokenS],
    ["refresh", hashToken(refreshToken), lives.refreshTokenS],
  ] as const) {
    const issued = await store.query(
      `insert into token (bucket, token_hash, kind, access_token_hash, issued_at, expires_at, app_id, user_id,
                          authorisation_id, scopes, purpose, consent_expires_at, person_bucket, person_id)
       select $4, $5, $6, $7, $8, $9, app_id, user_id, authorisation_id, scopes, purpose, expires_at, person_bucket, person_id
       from authorisation join user_account using (bucket, user_id)
       where bucket = $1 and user_id = $2 and authorisation_id = $3
       returning 1`,
      [
        bucketOf(consent.userId),
        consent.userId,
        consent.authorisationId,
        bucketOfHash(hash),
        hash,
        kind,
        kind === "refresh" ? accessHash : null,
        instantToText(now),
        instantToText(later(now, lifeS * secondUs)),
      ],
    );
    if (issued.length === 0) throw new Error("a token for a consent that was never given");
  }
  return {
    accessToken,
    refreshToken,
    userId: consent.userId,
    issuedAt: instantToText(now),
    expiresInS: lives.accessTokenS,
    refreshExpiresInS: lives.refreshTokenS,
  };
}

interface TokenRow {
  app_id: string;
  user_id: string;
  authorisation_id: string;
  scopes: Scope[];
  expires_at: number;
  ended_at: number | null;
}

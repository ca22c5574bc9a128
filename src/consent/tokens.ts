import { type Clock, instantToText, later, secondUs } from "../clock.ts";
import { createHash, randomBytes } from "node:crypto";
import { hashToken } from "../keys/secrets.ts";
import { bucketOf, bucketOfHash } from "../store/bucket.ts";
import type { Queryable, Store } from "../store/store.ts";
import type { Consent, Scope } from "./authorisations.ts";
import { endFamily, endTokens, keepFamily, lockFamily } from "./token-families.ts";

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
const prefixes = { auth_zhima: "authzmaB", auth_user: "authusrB", auth_base: "authbseB" } as const satisfies Record<
  Scope,
  string
>;

function newToken(granted: readonly Scope[]): string {
  const scope = granted.find((each) => each === "auth_zhima") ?? granted[0] ?? "auth_base";
  return `${prefixes[scope]}${randomBytes(16).toString("hex")}`;
}

/**
 * A code that the user's browser carries back to the app: 32 characters, used once, for ten minutes. With `codeChallenge`
 * (RFC 7636, S256) it is worth nothing without the verifier that hashes to it.
 */
export async function issueAuthCode(
  store: Queryable,
  clock: Clock,
  consent: Consent,
  codeChallenge: string | undefined,
): Promise<string> {
  const code = randomBytes(16).toString("hex");
  const hash = hashToken(code);
  await store.query(
    `insert into auth_code (bucket, code_hash, app_id, user_id, authorisation_id, expires_at, code_challenge)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      bucketOfHash(hash),
      hash,
      consent.appId,
      consent.userId,
      consent.authorisationId,
      instantToText(later(clock.now(), authCodeLifeS * secondUs)),
      codeChallenge ?? null,
    ],
  );
  return code;
}

export interface OfferedCode {
  readonly code: string;
  readonly appId: string;
  /** RFC 7636: has to come with a code that was issued for a challenge, and with no other. */
  readonly codeVerifier: string | undefined;
  /** Whether a code without a challenge is refused. */
  readonly challengeRequired: boolean;
}

/**
 * Tokens for an auth_code; undefined when it is unknown, used, expired, another app's, its verifier does not fit, or its
 * consent has ended. Used again by its own app it ends the tokens that came of it. Another app, or a verifier that does
 * not fit, leaves the code as it was.
 */
export function exchangeAuthCode(
  store: Store,
  clock: Clock,
  lives: TokenLives,
  offered: OfferedCode,
): Promise<IssuedTokens | undefined> {
  const hash = hashToken(offered.code);
  const now = clock.now();
  const challenge = offered.codeVerifier === undefined ? null : challengeOf(offered.codeVerifier);
  const family = { familyHash: hash, appId: offered.appId };
  return store.transaction(async (transaction) => {
    const [code] = await transaction.query<{ user_id: string; authorisation_id: string }>(
      `update auth_code set used_at = $4
       where bucket = $1 and code_hash = $2 and app_id = $3 and used_at is null and expires_at > $4
         and code_challenge is not distinct from $5::text and (code_challenge is not null or not $6::boolean)
       returning user_id, authorisation_id`,
      [bucketOfHash(hash), hash, offered.appId, instantToText(now), challenge, offered.challengeRequired],
    );
    if (code === undefined) {
      await endFamily(transaction, family, now);
      return undefined;
    }
    const consent = await liveConsent(transaction, clock, {
      ...offered,
      userId: code.user_id,
      authorisationId: code.authorisation_id,
    });
    return consent && issueTokens(transaction, clock, lives, consent, hash);
  });
}

/** RFC 7636 4.2: what a verifier has to hash to, by S256. */
function challengeOf(codeVerifier: string): string {
  return createHash("sha256").update(codeVerifier, "latin1").digest("base64url");
}

export type RefreshFailure = "unknown" | "other_app" | "used" | "expired";

/**
 * New tokens for a refresh token. The old access token dies at once, the refresh token is replaced by one that keeps
 * its deadline, and of two refreshes at once one wins. One that was replaced and is used again ends those that came of it.
 */
export function refreshTokens(
  store: Store,
  clock: Clock,
  lives: TokenLives,
  offered: { refreshToken: string; appId: string },
): Promise<IssuedTokens | RefreshFailure> {
  const hash = hashToken(offered.refreshToken);
  const now = clock.now();
  const { appId } = offered;
  const read = `select app_id, user_id, authorisation_id, scopes, expires_at, ended_at, access_token_hash, family_hash
                from token where bucket = $1 and token_hash = $2 and kind = 'refresh'`;
  return store.transaction(async (transaction) => {
    const [known] = await transaction.query<RefreshRow>(read, [bucketOfHash(hash), hash]);
    if (known === undefined) return "unknown";
    if (known.app_id !== appId) return "other_app";
    if (known.family_hash !== null) await lockFamily(transaction, { familyHash: known.family_hash, appId });
    const [old = known] = await transaction.query<RefreshRow>(`${read} for update`, [bucketOfHash(hash), hash]);
    if (old.ended_at !== null) {
      if (old.family_hash !== null) await endFamily(transaction, { familyHash: old.family_hash, appId }, now);
      return "used";
    }
    if (old.expires_at <= now) return "expired";
    const consent = await liveConsent(transaction, clock, {
      appId: old.app_id,
      userId: old.user_id,
      authorisationId: old.authorisation_id,
    });
    if (consent === undefined) return "unknown";
    await endTokens(transaction, [hash, old.access_token_hash], now);
    // One that was issued before there were families founds its own, by which it is known when it is used again.
    const familyHash = old.family_hash ?? randomBytes(familyBytes);
    if (old.family_hash === null) {
      await transaction.query("update token set family_hash = $3 where bucket = $1 and token_hash = $2", [
        bucketOfHash(hash),
        hash,
        familyHash,
      ]);
    }
    const remainingS = Math.floor((old.expires_at - now) / secondUs);
    const accessTokenS = Math.min(lives.accessTokenS, remainingS);
    return issueTokens(transaction, clock, { accessTokenS, refreshTokenS: remainingS }, consent, familyHash);
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

/** As long as a token's hash. */
const familyBytes = 32;

/** `familyHash` is that of the code or the refreshed tokens; tokens that come of neither found a family of their own. */
export async function issueTokens(
  store: Queryable,
  clock: Clock,
  lives: TokenLives,
  consent: Consent,
  familyHash: Uint8Array = randomBytes(familyBytes),
): Promise<IssuedTokens> {
  const now = clock.now();
  const accessToken = newToken(consent.scopes);
  const refreshToken = newToken(consent.scopes);
  const accessHash = hashToken(accessToken);
  const refreshHash = hashToken(refreshToken);
  for (const [kind, hash, lifeS] of [
    ["access", accessHash, lives.accessTokenS],
    ["refresh", refreshHash, lives.refreshTokenS],
  ] as const) {
    const issued = await store.query(
      `insert into token (bucket, token_hash, kind, access_token_hash, issued_at, expires_at, app_id, user_id,
                          authorisation_id, scopes, purpose, consent_expires_at, person_bucket, person_id, family_hash)
       select $4, $5, $6, $7, $8, $9, app_id, user_id, authorisation_id, scopes, purpose, expires_at, person_bucket, person_id, $10
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
        familyHash,
      ],
    );
    if (issued.length === 0) throw new Error("a token for a consent that was never given");
  }
  await keepFamily(
    store,
    { familyHash, appId: consent.appId },
    {
      accessTokenHash: accessHash,
      refreshTokenHash: refreshHash,
      expiresAt: later(now, lives.refreshTokenS * secondUs),
    },
  );
  return {
    accessToken,
    refreshToken,
    userId: consent.userId,
    issuedAt: instantToText(now),
    expiresInS: lives.accessTokenS,
    refreshExpiresInS: lives.refreshTokenS,
  };
}

interface RefreshRow {
  app_id: string;
  user_id: string;
  authorisation_id: string;
  scopes: Scope[];
  expires_at: number;
  ended_at: number | null;
  access_token_hash: Uint8Array;
  family_hash: Uint8Array | null;
}

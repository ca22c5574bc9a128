import { type Instant, instantToText } from "../clock.ts";
import { bucketOfHash } from "../store/bucket.ts";
import type { Queryable } from "../store/store.ts";

/**
 * A family is all that came of one auth_code: of its tokens two are good at a time, an access and a refresh token, and
 * each refresh replaces both. Its id is the code's hash. It is known for as long as a token of it may live, so that a code
 * or a refresh token that is used once more ends them (RFC 6749 4.1.2 and 10.5, RFC 9700 4.14.2): two hold it, and which
 * of them stole it cannot be told.
 */
export interface TokenFamily {
  readonly familyHash: Uint8Array;
  readonly appId: string;
}

export interface LiveTokens {
  readonly accessTokenHash: Uint8Array;
  readonly refreshTokenHash: Uint8Array;
  /** The refresh token's, beyond which nothing of the family lives. */
  readonly expiresAt: Instant;
}

/** Notes the tokens that are good from now on, for a family that there is or a new one. */
export async function keepFamily(
  store: Queryable,
  { familyHash, appId }: TokenFamily,
  tokens: LiveTokens,
): Promise<void> {
  await store.query(
    `insert into token_family (bucket, family_hash, app_id, access_token_hash, refresh_token_hash, expires_at)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (bucket, family_hash) do update
       set access_token_hash = excluded.access_token_hash, refresh_token_hash = excluded.refresh_token_hash,
           expires_at = excluded.expires_at`,
    [
      bucketOfHash(familyHash),
      familyHash,
      appId,
      tokens.accessTokenHash,
      tokens.refreshTokenHash,
      instantToText(tokens.expiresAt),
    ],
  );
}

/** Ends the family's tokens. Nothing happens where this app has no such family. */
export async function endFamily(transaction: Queryable, family: TokenFamily, now: Instant): Promise<void> {
  const live = await lockFamily(transaction, family);
  if (live !== undefined) await endTokens(transaction, [live.access_token_hash, live.refresh_token_hash], now);
}

/** Who changes a family's tokens locks it first, and so waits for nobody who waits for them. */
export async function lockFamily(
  transaction: Queryable,
  { familyHash, appId }: TokenFamily,
): Promise<{ access_token_hash: Uint8Array; refresh_token_hash: Uint8Array } | undefined> {
  const [row] = await transaction.query<{ access_token_hash: Uint8Array; refresh_token_hash: Uint8Array }>(
    "select access_token_hash, refresh_token_hash from token_family where bucket = $1 and family_hash = $2 and app_id = $3 for update",
    [bucketOfHash(familyHash), familyHash, appId],
  );
  return row;
}

export async function endTokens(
  transaction: Queryable,
  tokenHashes: readonly Uint8Array[],
  now: Instant,
): Promise<void> {
  for (const hash of tokenHashes) {
    await transaction.query(
      "update token set ended_at = $3 where bucket = $1 and token_hash = $2 and ended_at is null",
      [bucketOfHash(hash), hash, instantToText(now)],
    );
  }
}

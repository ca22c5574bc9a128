import type { Clock, Instant } from "../clock.ts";
import { withinDeadline } from "../deadline.ts";
import { hashToken } from "../keys/secrets.ts";
import { ownCopy } from "../protocol/byte-text.ts";
import { BatchRead } from "../store/batch-read.ts";
import { bucketOfHash } from "../store/bucket.ts";
import { waitedTooLong } from "../store/sql-state.ts";
import { type Store, StoreError } from "../store/store.ts";
import type { Scope } from "./authorisations.ts";
import type { PersonKey } from "./people.ts";

/**
 * What an access token stands for, which never changes. Whether it or its consent was ended meanwhile is asked again by
 * whatever uses it.
 */
export interface Grant {
  readonly tokenHash: Uint8Array;
  readonly tokenExpiresAt: Instant;
  readonly appId: string;
  readonly userId: string;
  readonly person: PersonKey;
  readonly authorisationId: string;
  readonly scopes: readonly Scope[];
  /** What the user agreed to, until when. */
  readonly purpose: string;
  readonly consentExpiresAt: Instant;
}

export type TokenFailure = "invalid" | "other_app" | "expired";

const cacheLimit = 50_000;

/** Tokens that one statement reads: as many as may come in one turn at full load. */
const tokensTogether = 512;

/** A token with what it stands for. */
interface KnownToken {
  readonly accessToken: string;
  readonly grant: Grant;
}

/**
 * Reads access tokens, those that are asked for in one turn of the event loop by one statement. What a token stands for
 * never changes, so it is kept in memory; that it has ended since is noticed by the statement that uses it, in the same
 * commit as the use. Tokens that an app has made up are not kept: like all that are read they take two connections at the
 * most, so that of one that hangs only those on it know.
 */
export class TokenDirectory {
  readonly #tokens: BatchRead<KnownToken>;
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #cache = new Map<string, Grant>();

  /** `deadlineMs`: how long a caller may wait for the database. */
  constructor(store: Store, clock: Clock, deadlineMs: number) {
    this.#tokens = new BatchRead(
      (accessTokens) => readTokens(store, accessTokens),
      ({ accessToken }) => accessToken,
      { idsTogether: tokensTogether },
    );
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
  }

  /** At once where the token is known. Rejects with a StoreError, at the deadline too. */
  find(accessToken: string, appId: string): Grant | TokenFailure | Promise<Grant | TokenFailure> {
    return this.findKnown(accessToken, appId) ?? this.#read(accessToken, appId);
  }

  /** Undefined where the token would have to be read. */
  findKnown(accessToken: string, appId: string): Grant | TokenFailure | undefined {
    const grant = this.#cache.get(accessToken);
    return grant && this.#judge(grant, appId);
  }

  /** Forgets a token that was found to have ended. */
  forget(accessToken: string): void {
    this.#cache.delete(accessToken);
  }

  #judge(grant: Grant, appId: string): Grant | TokenFailure {
    if (grant.appId !== appId) return "other_app";
    return grant.tokenExpiresAt <= this.#clock.now() ? "expired" : grant;
  }

  async #read(accessToken: string, appId: string): Promise<Grant | TokenFailure> {
    const known = await withinDeadline(
      this.#tokens.read(accessToken),
      this.#deadlineMs,
      () => new StoreError(`no answer within ${this.#deadlineMs} ms`, waitedTooLong),
    );
    if (known === undefined) return "invalid";
    const [oldest] = this.#cache.size >= cacheLimit ? this.#cache.keys() : [];
    if (oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(ownCopy(accessToken), known.grant);
    return this.#judge(known.grant, appId);
  }
}

interface TokenRow {
  position: number;
  app_id: string;
  user_id: string;
  person_bucket: number;
  person_id: string;
  authorisation_id: string;
  scopes: Scope[];
  purpose: string;
  consent_expires_at: Instant;
  expires_at: Instant;
}

/** Those of the tokens that there are and that have not ended, each with what it stands for. */
async function readTokens(store: Store, tokens: readonly string[]): Promise<KnownToken[]> {
  const hashes = tokens.map(hashToken);
  const rows = await store.queryBriefly<TokenRow>(
    `select position, found.*
     from unnest($1::int[], $2::smallint[], $3::bytea[]) as asked(position, asked_bucket, asked_hash)
     cross join lateral (
       select app_id, user_id, person_bucket, person_id, authorisation_id, scopes, purpose, consent_expires_at, expires_at
       from token where bucket = asked_bucket and token_hash = asked_hash and kind = 'access' and ended_at is null limit 1
     ) found`,
    [tokens.map((_, index) => index), hashes.map(bucketOfHash), hashes],
  );
  return rows.flatMap((row) => {
    const [accessToken, tokenHash] = [tokens[row.position], hashes[row.position]];
    return accessToken === undefined || tokenHash === undefined
      ? []
      : [{ accessToken, grant: grantOf(row, tokenHash) }];
  });
}

function grantOf(row: TokenRow, tokenHash: Uint8Array): Grant {
  return {
    tokenHash,
    tokenExpiresAt: row.expires_at,
    appId: row.app_id,
    userId: row.user_id,
    person: { bucket: row.person_bucket, personId: row.person_id },
    authorisationId: row.authorisation_id,
    scopes: row.scopes,
    purpose: row.purpose,
    consentExpiresAt: row.consent_expires_at,
  };
}

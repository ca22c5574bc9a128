import { randomUUID } from "node:crypto";
import { type Clock, type Instant, instantToText, later, secondUs } from "../clock.ts";
import { hashToken, randomToken } from "../keys/secrets.ts";
import type { Queryable } from "../store/store.ts";
import { type Account, findLiveAccount } from "./account.ts";
import type { Permission } from "./roles.ts";

/** By which a token is known for one: by people who find it in a file, and by tools that look for leaked secrets. */
export const tokenPrefix = "kaimen_";
const secretLength = 43;
const usedEveryUs = 60 * secondUs;
export const tokenLifeDays = { least: 1, usual: 90, most: 366 } as const;
export const tokensOfAccount = 50;

/** What programs sign in with, in the name of an account: all it may do, or less. */
export interface ApiToken {
  readonly tokenId: string;
  readonly name: string;
  /** Null narrows nothing: what the owner's role may do. */
  readonly permissions: readonly Permission[] | null;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly lastUsedAt: Instant | null;
}

export interface TokenParts {
  readonly store: Queryable;
  readonly clock: Clock;
}

type Whose = Pick<Account, "kind" | "login">;

/**
 * Makes a token and gives its secret, which is not stored and never shown again. Rejects with a StoreError of SQLSTATE
 * 23505 where the account has one of this name.
 */
export async function addApiToken(
  { store, clock }: TokenParts,
  { kind, login }: Whose,
  { name, days, permissions }: { name: string; days: number; permissions?: readonly Permission[] | undefined },
): Promise<{ tokenId: string; secret: string; expiresAt: Instant }> {
  const secret = `${tokenPrefix}${randomToken(secretLength)}`;
  const now = clock.now();
  const tokenId = randomUUID();
  const expiresAt = later(now, days * 86_400 * secondUs);
  // One that has expired holds its name no longer.
  await store.query("delete from api_token where kind = $1 and login = $2 and name = $3 and expires_at <= $4", [
    kind,
    login,
    name,
    instantToText(now),
  ]);
  await store.query(
    `insert into api_token (token_hash, token_id, kind, login, name, permissions, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [hashToken(secret), tokenId, kind, login, name, permissions ?? null, instantToText(now), instantToText(expiresAt)],
  );
  return { tokenId, secret, expiresAt };
}

/** Whose token it is; undefined when it is over, was ended, or its account is stopped. */
export async function findApiToken(
  { store, clock }: TokenParts,
  secret: string,
): Promise<{ account: Account; token: ApiToken } | undefined> {
  if (!secret.startsWith(tokenPrefix)) return undefined;
  const now = clock.now();
  const [row] = await store.query<ApiToken & { kind: "merchant" | "operator"; login: string }>(
    `select ${columns}, kind, login from api_token where token_hash = $1 and expires_at > $2`,
    [hashToken(secret), instantToText(now)],
  );
  if (row === undefined) return undefined;
  const { kind, login, ...token } = row;
  const live = await findLiveAccount(store, kind, login);
  if (live === undefined) return undefined;
  if (token.lastUsedAt === null || now - token.lastUsedAt > usedEveryUs) {
    await store.query("update api_token set last_used_at = $2 where token_hash = $1", [
      hashToken(secret),
      instantToText(now),
    ]);
  }
  return { account: live.account, token };
}

export function listApiTokens({ store, clock }: TokenParts, { kind, login }: Whose): Promise<ApiToken[]> {
  return store.query<ApiToken & Record<string, unknown>>(
    `select ${columns} from api_token where kind = $1 and login = $2 and expires_at > $3 order by created_at desc limit $4`,
    [kind, login, instantToText(clock.now()), tokensOfAccount],
  );
}

/** Ends one token, or all of the account; gives how many ended. */
export async function endApiTokens(store: Queryable, { kind, login }: Whose, only?: string): Promise<number> {
  const ended = await store.query(
    "delete from api_token where kind = $1 and login = $2 and ($3::uuid is null or token_id = $3) returning token_id",
    [kind, login, only ?? null],
  );
  return ended.length;
}

/** Ends the one that the account has under this name, if it has one. */
export async function endApiTokenCalled(store: Queryable, { kind, login }: Whose, name: string): Promise<void> {
  await store.query("delete from api_token where kind = $1 and login = $2 and name = $3", [kind, login, name]);
}

const columns = `token_id as "tokenId", name, permissions, created_at as "createdAt", expires_at as "expiresAt",
  last_used_at as "lastUsedAt"`;

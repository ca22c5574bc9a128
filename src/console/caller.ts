import type { FastifyRequest } from "fastify";
import { type Account, nameInTrail } from "../accounts/account.ts";
import { findApiToken } from "../accounts/api-tokens.ts";
import { isPermitted } from "../accounts/roles.ts";
import { findSession } from "../accounts/sessions.ts";
import type { Actor } from "../audit/entry.ts";
import type { Platform } from "../platform.ts";
import { Problem } from "./problem.ts";
import { findSigningMerchant } from "./signed-merchant.ts";
import type { Who } from "./who.ts";

/** Who calls, proved before the body was read. */
export interface Caller {
  /** As the audit trail names it. */
  readonly actor: Actor;
  /** Undefined for a stranger and for a merchant's app. */
  readonly account: Account | undefined;
  /** Of a session; undefined for a token's caller. */
  readonly sessionId: string | undefined;
  /** What the token is narrowed to; undefined for a session and for a token that is not. */
  readonly narrowedTo: readonly string[] | undefined;
  /** The merchant that asks, by its staff or its app. */
  readonly ownMerchantId: string | undefined;
}

export const cookieNames = { operator: "kaimen_operator", merchant: "kaimen_merchant" } as const;

type GuardParts = Pick<Platform, "store" | "clock" | "apps">;

/** Whoever the request shows to be, and if nobody, a stranger. */
export async function findCaller(parts: GuardParts, request: FastifyRequest, who: Who): Promise<Caller> {
  const { authorization } = request.headers;
  const secret = /^Bearer ([\w-]{20,128})$/.exec(authorization ?? "")?.[1];
  if (secret !== undefined) {
    const found = await findApiToken(parts, secret);
    if (found !== undefined)
      return accountCaller(request, found.account, {
        session: `token ${found.token.name}`,
        narrowedTo: found.token.permissions ?? undefined,
      });
  } else if (authorization === undefined) {
    for (const kind of ["operator", "merchant"] as const) {
      const cookie = request.cookies[cookieNames[kind]];
      const found = cookie === undefined || cookie === "" ? undefined : await findSession(parts, kind, cookie);
      if (found !== undefined)
        return accountCaller(request, found.account, {
          session: `session ${found.sessionId.slice(0, 8)}`,
          sessionId: found.sessionId,
        });
    }
    if (who.merchants === true) {
      const signed = await findSigningMerchant(parts, new URL(request.url, "http://kaimen.invalid"));
      if (signed !== undefined)
        return {
          ...stranger(request),
          actor: { ...stranger(request).actor, account: `app ${signed.appId}` },
          ownMerchantId: signed.merchantId,
        };
    }
  }
  return stranger(request);
}

function stranger(request: FastifyRequest): Caller {
  return {
    actor: { account: "nobody", role: "", session: "", address: request.ip },
    account: undefined,
    sessionId: undefined,
    narrowedTo: undefined,
    ownMerchantId: undefined,
  };
}

function accountCaller(
  request: FastifyRequest,
  account: Account,
  {
    session,
    sessionId,
    narrowedTo,
  }: { session: string; sessionId?: string; narrowedTo?: readonly string[] | undefined },
): Caller {
  return {
    actor: { account: nameInTrail(account), role: account.role ?? "", session, address: request.ip },
    account,
    sessionId,
    narrowedTo,
    ownMerchantId: account.kind === "merchant" ? account.subject : undefined,
  };
}

/** Throws a Problem where the caller may not call a route for these. */
export function checkMayCall(caller: Caller, who: Who): void {
  if (who.anybody === true) return;
  const { account } = caller;
  if (account?.mustChangePassword === true && who.accounts !== true)
    throw new Problem("password-change-needed", "somebody else knows this password: set another (kaimen password)");
  if (who.accounts === true && account !== undefined) return;
  if (who.merchants === true && caller.ownMerchantId !== undefined) return;
  if (who.staff === true && account?.kind === "merchant") return;
  if (account?.role !== undefined && who.operators !== undefined) {
    if (who.operators === "any" || isPermitted(account.role, who.operators, caller.narrowedTo)) return;
    throw new Problem(
      "not-permitted",
      caller.narrowedTo !== undefined && isPermitted(account.role, who.operators)
        ? `the token is not for ${who.operators}`
        : `the role ${account.role} may not ${who.operators}`,
    );
  }
  if (account !== undefined) throw new Problem("not-permitted", `this is not for a ${account.kind}`);
  throw new Problem("not-signed-in", invitationOf(who));
}

function invitationOf(who: Who): string {
  const token = "sign in, or send Authorization: Bearer with an API token (kaimen login makes one)";
  return who.merchants === true ? `${token}; a merchant's app signs the address (docs/decisions/0041)` : token;
}

/** The account that has signed in, on a route where one has. */
export function accountOf({ account }: Caller): Account {
  if (account === undefined) throw new Error("a route for accounts ran without its guard");
  return account;
}

/**
 * The merchant that is asked about: the caller's own, whatever is named, or the one that an operator names.
 * @throws Problem where an operator names none, or a merchant's staff another's.
 */
export function merchantAskedAbout(caller: Caller, named: string | undefined): string {
  const { ownMerchantId } = caller;
  if (ownMerchantId !== undefined) {
    if (named !== undefined && named !== ownMerchantId) throw new Problem("not-found", "no such merchant");
    return ownMerchantId;
  }
  if (named === undefined) throw new Problem("invalid-field", "an operator names the merchant: add merchantId");
  return named;
}

/** Whose things a list has: the caller's own merchant's; for an operator those of the one that is named, or undefined for everybody's. */
export function merchantListed(caller: Caller, named: string | undefined): string | undefined {
  return caller.ownMerchantId === undefined ? named : merchantAskedAbout(caller, named);
}

/** Whether the caller may know of what is this merchant's. */
export function mayKnowOf({ ownMerchantId }: Caller, merchantId: string): boolean {
  return ownMerchantId === undefined || ownMerchantId === merchantId;
}

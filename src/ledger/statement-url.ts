import { type Clock, instantOf, later, secondUs } from "../clock.ts";
import { sameSecret } from "../keys/secrets.ts";
import type { Vault } from "../keys/vault.ts";
import type { Queryable } from "../store/store.ts";

/** As long as the real platform's: whoever holds the address may read the statement until then. */
const lifeS = 30;
export const statementPath = "/bills/";

/** Which statement, and which app asked for its address; none where an operator did. */
export interface StatementRequest {
  readonly merchantId: string;
  readonly day: string;
  readonly appId: string | undefined;
}

/** An address that gives a merchant's statement to whoever has it, for half a minute. */
export function statementUrl(vault: Vault, clock: Clock, baseUrl: string, asked: StatementRequest): string {
  const expires = String(later(clock.now(), lifeS * secondUs));
  const { merchantId, day, appId } = asked;
  const query = new URLSearchParams({
    expires,
    ...(appId === undefined ? {} : { app_id: appId }),
    sign: signatureOf(vault, asked, expires),
  });
  return `${baseUrl}${statementPath}${encodeURIComponent(merchantId)}/${day}.csv?${query}`;
}

/** Whether an address is one of ours, unaltered and in time. */
export function statementUrlHolds(
  vault: Vault,
  clock: Clock,
  asked: StatementRequest & { expires: string; sign: string },
): boolean {
  if (!/^\d{1,16}$/.test(asked.expires)) return false;
  const genuine = sameSecret(asked.sign, signatureOf(vault, asked, asked.expires));
  return genuine && clock.now() < instantOf(Number(asked.expires));
}

/** What an app was given is good no longer than the app, its merchant, and the merchant whose statement it is. */
export async function isStatementStopped(store: Queryable, { merchantId, appId }: StatementRequest): Promise<boolean> {
  if (appId === undefined) return false;
  const [open] = await store.query(
    `select from app join merchant own using (merchant_id), merchant billed
     where app_id = $1 and billed.merchant_id = $2
       and app.suspended_at is null and own.suspended_at is null and billed.suspended_at is null`,
    [appId, merchantId],
  );
  return open === undefined;
}

function signatureOf(vault: Vault, { merchantId, day, appId }: StatementRequest, expires: string): string {
  return vault.lookupId("statement url", [merchantId, day, expires, appId ?? ""].join("\0"));
}

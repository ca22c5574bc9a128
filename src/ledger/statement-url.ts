import { type Clock, instantOf, later, secondUs } from "../clock.ts";
import { sameSecret } from "../keys/secrets.ts";
import type { Vault } from "../keys/vault.ts";

/** Whoever holds the address may read the statement until then. */
const lifeS = 30;
export const statementPath = "/bills/";

/** Which statement an operator asked for. */
export interface StatementRequest {
  readonly merchantId: string;
  readonly day: string;
}

/** An address that gives a merchant's statement to whoever has it, for half a minute. Apps are given bill-url.ts's. */
export function statementUrl(vault: Vault, clock: Clock, baseUrl: string, asked: StatementRequest): string {
  const expires = String(later(clock.now(), lifeS * secondUs));
  const { merchantId, day } = asked;
  const query = new URLSearchParams({ expires, sign: signatureOf(vault, asked, expires) });
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

function signatureOf(vault: Vault, { merchantId, day }: StatementRequest, expires: string): string {
  return vault.lookupId("statement url", [merchantId, day, expires].join("\0"));
}

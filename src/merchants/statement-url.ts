import { type Clock, instantOf, later, secondUs } from "../clock.ts";
import { sameSecret } from "../keys/secrets.ts";
import type { Vault } from "../keys/vault.ts";

/** As long as the real platform's: whoever holds the address may read the statement until then. */
const lifeS = 30;
export const statementPath = "/bills/";

/** An address that gives a merchant's statement to whoever has it, for half a minute. */
export function statementUrl(vault: Vault, clock: Clock, baseUrl: string, statement: { merchantId: string; day: string }): string {
  const expires = String(later(clock.now(), lifeS * secondUs));
  const { merchantId, day } = statement;
  const query = new URLSearchParams({ expires, sign: signatureOf(vault, merchantId, day, expires) });
  return `${baseUrl}${statementPath}${encodeURIComponent(merchantId)}/${day}.csv?${query}`;
}

/** Whether an address is one of ours, unaltered and in time. */
export function statementUrlHolds(
  vault: Vault,
  clock: Clock,
  asked: { merchantId: string; day: string; expires: string; sign: string },
): boolean {
  if (!/^\d{1,16}$/.test(asked.expires)) return false;
  const genuine = sameSecret(asked.sign, signatureOf(vault, asked.merchantId, asked.day, asked.expires));
  return genuine && clock.now() < instantOf(Number(asked.expires));
}

function signatureOf(vault: Vault, merchantId: string, day: string, expires: string): string {
  return vault.lookupId("statement url", [merchantId, day, expires].join("\0"));
}

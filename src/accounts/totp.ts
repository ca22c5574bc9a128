import { generateSecret, generateURI, verifySync } from "otplib";
import { type Clock, instantToText, secondUs } from "../clock.ts";
import { hashToken, randomToken } from "../keys/secrets.ts";
import type { Vault } from "../keys/vault.ts";
import { bucketOf } from "../store/bucket.ts";
import type { Queryable } from "../store/store.ts";
import type { Account } from "./account.ts";

/** RFC 6238 as every authenticator app has it: SHA-1, six digits, a step of thirty seconds, one step of drift either way. */
const stepS = 30;
const driftS = 30;
/** A secret that is moved to another account does not open there. */
const secretContext = ({ kind, login }: Whose): string => `account.totp ${kind} ${login}`;
const recoveryCodes = 10;
/** Sixty bits: nobody guesses one at the pace at which guesses are taken. */
const recoveryCodeLength = 10;

export interface TotpParts {
  readonly store: Queryable;
  readonly clock: Clock;
  readonly vault: Vault;
}

type Whose = Pick<Account, "kind" | "login">;

/** Begins the enrolment: the secret counts when a code made with it has been shown. One that was begun before is replaced. */
export async function beginTotp(
  { store, vault }: TotpParts,
  { kind, login }: Whose,
): Promise<{ secret: string; uri: string }> {
  const secret = generateSecret();
  await store.query(
    `update account set totp_sealed = $4, totp_confirmed_at = null, totp_last_step = 0, recovery_hashes = '{}'
     where bucket = $1 and kind = $2 and login = $3 and totp_confirmed_at is null`,
    [bucketOf(login), kind, login, vault.seal(secret, secretContext({ kind, login }))],
  );
  return { secret, uri: generateURI({ issuer: "Kaimen", label: login, secret }) };
}

/**
 * Ends the enrolment with the first code, and gives the recovery codes, which are not stored but hashed: each signs in
 * once in place of a code. Undefined where the code is wrong or no enrolment was begun.
 */
export async function confirmTotp(
  parts: TotpParts,
  { kind, login }: Whose,
  code: string,
): Promise<string[] | undefined> {
  const { store, clock, vault } = parts;
  const [row] = await store.query<{ totp_sealed: Uint8Array | null }>(
    "select totp_sealed from account where bucket = $1 and kind = $2 and login = $3 and totp_confirmed_at is null",
    [bucketOf(login), kind, login],
  );
  if (row === undefined || row.totp_sealed === null) return undefined;
  const step = stepOf(clock, vault.open(row.totp_sealed, secretContext({ kind, login })).toString(), code);
  if (step === undefined) return undefined;
  const codes = Array.from({ length: recoveryCodes }, () => randomToken(recoveryCodeLength));
  const confirmed = await store.query(
    // Of the very secret that the code was made with: another enrolment may have begun meanwhile.
    `update account set totp_confirmed_at = $4, totp_last_step = $5, recovery_hashes = $6::bytea[]
     where bucket = $1 and kind = $2 and login = $3 and totp_confirmed_at is null and totp_sealed = $7 returning bucket`,
    [bucketOf(login), kind, login, instantToText(clock.now()), step, codes.map(hashToken), row.totp_sealed],
  );
  return confirmed.length === 0 ? undefined : codes;
}

/** Also for somebody who has lost the device and the recovery codes: an operator does it for them. */
export async function removeTotp(store: Queryable, { kind, login }: Whose): Promise<boolean> {
  const removed = await store.query(
    `update account set totp_sealed = null, totp_confirmed_at = null, totp_last_step = 0, recovery_hashes = '{}'
     where bucket = $1 and kind = $2 and login = $3 and totp_sealed is not null returning bucket`,
    [bucketOf(login), kind, login],
  );
  return removed.length > 0;
}

/** Whether the code is right and was not used before; from then on it was. A recovery code serves, too, once. */
export async function takeCode(
  { store, clock, vault }: TotpParts,
  { kind, login }: Whose,
  totpSealed: Uint8Array,
  code: string,
): Promise<boolean> {
  const whose = [bucketOf(login), kind, login] as const;
  const step = stepOf(clock, vault.open(totpSealed, secretContext({ kind, login })).toString(), code);
  const used =
    step === undefined
      ? await store.query(
          `update account set recovery_hashes = array_remove(recovery_hashes, $4::bytea)
           where bucket = $1 and kind = $2 and login = $3 and $4::bytea = any(recovery_hashes) returning bucket`,
          [...whose, hashToken(code.trim())],
        )
      : await store.query(
          `update account set totp_last_step = $4
           where bucket = $1 and kind = $2 and login = $3 and totp_last_step < $4 returning bucket`,
          [...whose, step],
        );
  return used.length > 0;
}

/** The number of the step whose code this is, of those that are near enough; undefined for no such code. */
function stepOf(clock: Clock, secret: string, code: string): number | undefined {
  const token = code.replaceAll(" ", "");
  if (!/^\d{6}$/.test(token)) return undefined;
  const epoch = Math.floor(clock.now() / secondUs);
  const result = verifySync({ secret, token, epoch, epochTolerance: driftS });
  return result.valid ? Math.floor(epoch / stepS) + result.delta : undefined;
}

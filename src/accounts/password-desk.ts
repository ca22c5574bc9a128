import { createHmac, randomBytes } from "node:crypto";
import { addressBlockOf } from "../address-block.ts";
import { type Clock, secondUs } from "../clock.ts";
import { randomToken, sameSecret } from "../keys/secrets.ts";
import type { Vault } from "../keys/vault.ts";
import type { Log } from "../log.ts";
import type { Store } from "../store/store.ts";
import { type Attempt, createGuessLimits, type Source } from "./guess-limits.ts";
import { type Account, type AccountKind, findLiveAccount, noteSignIn, raisePasswordHash } from "./account.ts";
import { comparePassword, decoyHash, passwordLengthLimit } from "./password-hash.ts";
import { takeCode } from "./totp.ts";

export interface Credentials {
  readonly login: string;
  readonly password: string;
  /** The caller's, as the trusted proxies tell it. */
  readonly address: string;
  /** The `device` of an earlier answer, that this device has kept. */
  readonly device?: string | undefined;
  /** Six digits of an authenticator app, or a recovery code, of an account that has one. */
  readonly code?: string | undefined;
}

/**
 * The account, or what to tell whoever asked: that login, password or code is wrong, that a code is needed, too, or how long
 * to wait before trying again.
 */
export type Answer = Right | Refused;
export interface Right {
  readonly account: Account;
  /**
   * A secret for the device to keep, by which it is known as one that this account signed in on. Only while strangers
   * guess at the account: nobody else is marked.
   */
  readonly device?: string;
}
export type Refused =
  { readonly refused: "wrong" } | { readonly refused: "code" } | { readonly refused: "wait"; readonly waitS: number };

/** The one place where a password is checked, whoever's it is and whichever way it came. */
export interface PasswordDesk {
  check(kind: AccountKind, credentials: Credentials): Promise<Answer>;
}

export type CheckOutcome = "right" | "wrong" | "code" | "delayed" | "busy";

export interface PasswordDeskParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly vault: Vault;
  readonly log: Log;
  /** Counts every check. */
  readonly note: (kind: AccountKind, outcome: CheckOutcome) => void;
  /** Puts every one that failed on record, before it is answered; `account` is undefined where there is none of the login. */
  readonly record: (failed: { kind: AccountKind; account: Account | undefined; address: string }) => Promise<void>;
}

/** Without control characters and halves of characters. */
const loginPattern = /^[^\p{Cc}\p{Cs}]{1,64}$/u;
/** When too many passwords wait to be hashed: some ten will have been by then. */
const busyWaitS = 5;
/** Refusals make one line in this time, which counts the others. */
const refusalLineUs = secondUs;

export function openPasswordDesk({ store, clock, vault, log, note, record }: PasswordDeskParts): PasswordDesk {
  const limits = createGuessLimits(clock);
  const secret = randomBytes(32);
  const decoy = decoyHash();
  const underWay = new Map<string, Promise<Answer>>();
  let refusals = 0;
  let refusalLineAt = 0;

  function signDevice(kind: AccountKind, login: string, nonce: string): string {
    return `${nonce}.${vault.lookupId("device", JSON.stringify([accountName(kind, login), nonce]))}`;
  }

  function knownDevice(kind: AccountKind, { login, device }: Credentials): string | undefined {
    const nonce = device?.split(".", 1)[0] ?? "";
    return device !== undefined && sameSecret(device, signDevice(kind, login, nonce)) ? nonce : undefined;
  }

  /** Tells the lines of one account from those of another without saying whose it is. */
  const describe = (kind: AccountKind, { account, address }: Source) => ({
    kind,
    account: vault.lookupId("sign-in log", account).slice(0, 8),
    address,
  });

  function refuseForNow(kind: AccountKind, source: Source, outcome: "delayed" | "busy", waitS: number): Refused {
    note(kind, outcome);
    refusals += 1;
    const now = clock.now();
    if (now - refusalLineAt >= refusalLineUs) {
      log.warn(
        { ...describe(kind, source), outcome, wait_s: waitS, refused: refusals },
        "passwords are tried too often",
      );
      refusals = 0;
      refusalLineAt = now;
    }
    return { refused: "wait", waitS };
  }

  function admit(kind: AccountKind, source: Source): Attempt | Refused {
    const attempt = limits.admit(source);
    return typeof attempt === "number" ? refuseForNow(kind, source, "delayed", Math.ceil(attempt / secondUs)) : attempt;
  }

  async function refuseWrong(
    kind: AccountKind,
    source: Source,
    attempt: Attempt,
    account: Account | undefined,
  ): Promise<Refused> {
    note(kind, "wrong");
    log.warn({ ...describe(kind, source), failures: attempt.failed() }, "a wrong login, password or code");
    await record({ kind, account, address: source.address });
    return { refused: "wrong" };
  }

  async function hashAndCompare(
    kind: AccountKind,
    { login, password, code }: Credentials,
    source: Source,
  ): Promise<Answer> {
    const attempt = admit(kind, source);
    if ("refused" in attempt) return attempt;
    let answered = false;
    try {
      const found = await findLiveAccount(store, kind, login);
      const lane = { name: source.device ?? source.address, known: attempt.known };
      const compared = await comparePassword(lane, password, found?.passwordHash ?? decoy);
      if (compared === undefined) return refuseForNow(kind, source, "busy", busyWaitS);
      if (found !== undefined && compared.matches && found.totpSealed !== undefined && code === undefined) {
        note(kind, "code");
        return { refused: "code" };
      }
      answered = true;
      if (found === undefined || !compared.matches) return await refuseWrong(kind, source, attempt, found?.account);
      const { account } = found;
      if (
        found.totpSealed !== undefined &&
        !(await takeCode({ store, clock, vault }, account, found.totpSealed, code ?? ""))
      )
        return await refuseWrong(kind, source, attempt, account);
      note(kind, "right");
      attempt.succeeded();
      if (compared.raised !== undefined)
        await raisePasswordHash(store, account, { from: found.passwordHash, to: compared.raised });
      await noteSignIn(store, account, clock.now());
      return attempt.guessedAt && source.device === undefined
        ? { account, device: signDevice(kind, login, randomToken(16)) }
        : { account };
    } finally {
      if (!answered) attempt.untried();
    }
  }

  /**
   * The same password from the same place at once is hashed once. Each that is wrong counts, as if it had come later. With a
   * code nothing is shared: it serves one of them.
   */
  async function compareOnce(
    kind: AccountKind,
    credentials: Credentials,
    source: Source,
    proof: string,
  ): Promise<Answer> {
    if (credentials.code !== undefined) return hashAndCompare(kind, credentials, source);
    const begun = underWay.get(proof);
    if (begun === undefined) {
      const comparison = hashAndCompare(kind, credentials, source).finally(() => underWay.delete(proof));
      underWay.set(proof, comparison);
      return comparison;
    }
    const answer = await begun;
    if (!("refused" in answer) || answer.refused !== "wrong") return answer;
    const attempt = admit(kind, source);
    return "refused" in attempt ? attempt : refuseWrong(kind, source, attempt, undefined);
  }

  return {
    async check(kind, credentials) {
      const { login, password } = credentials;
      // No account has such a login or password, so there is nothing to guess.
      if (!loginPattern.test(login) || password.length > passwordLengthLimit) return { refused: "wrong" };
      const source = {
        account: accountName(kind, login),
        address: addressBlockOf(credentials.address),
        device: knownDevice(kind, credentials),
      };
      const proof = createHmac("sha256", secret)
        .update(JSON.stringify([kind, login, password, source.address, source.device]))
        .digest("base64");
      return compareOnce(kind, credentials, source, proof);
    },
  };
}

/** Logins that look alike count as one, whether or not they are. */
function accountName(kind: AccountKind, login: string): string {
  return JSON.stringify([kind, login.normalize("NFKC").trim().toLowerCase()]);
}

import { createHmac, randomBytes } from "node:crypto";
import { addressBlockOf } from "../address-block.ts";
import { type Clock, secondUs } from "../clock.ts";
import { randomToken, sameSecret } from "../keys/secrets.ts";
import type { Vault } from "../keys/vault.ts";
import type { Log } from "../log.ts";
import type { Store } from "../store/store.ts";
import { type Attempt, createGuessLimits, type Source } from "./guess-limits.ts";
import { comparePassword, decoyHash, type PasswordHash, passwordLengthLimit } from "./password-hash.ts";
import { createRecentProofs } from "./recent-proofs.ts";

/** One kind of account: where its passwords lie. */
export interface AccountKind<Account> {
  readonly name: "user" | "merchant" | "operator";
  /** Whether the password comes with each request (HTTP Basic), so that one proved lately must not be hashed again. */
  readonly withEveryRequest: boolean;
  find(store: Store, login: string): Promise<{ account: Account; passwordHash: string } | undefined>;
  /** Replaces a hash by one of today's cost, unless the password was changed meanwhile. */
  raise(store: Store, login: string, hashes: { from: string; to: PasswordHash }): Promise<void>;
}

export interface Credentials {
  readonly login: string;
  readonly password: string;
  /** The caller's, as the trusted proxies tell it. */
  readonly address: string;
  /** The `device` of an earlier answer, that this device has kept. */
  readonly device?: string | undefined;
}

/** The account, or what to tell whoever asked: that login or password is wrong, or how long to wait before trying again. */
export type Answer<Account> = Right<Account> | Refused;
export interface Right<Account> {
  readonly account: Account;
  /**
   * A secret for the device to keep, by which it is known as one that this account signed in on. Only while strangers
   * guess at the account: nobody else is marked.
   */
  readonly device?: string;
}
export type Refused = { readonly refused: "wrong" } | { readonly refused: "wait"; readonly waitS: number };

/** The one place where a password is checked, whoever's it is and whichever way it came. */
export interface PasswordDesk {
  check<Account>(kind: AccountKind<Account>, credentials: Credentials): Promise<Answer<Account>>;
}

export type CheckOutcome = "right" | "wrong" | "delayed" | "busy";

export interface PasswordDeskParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly vault: Vault;
  readonly log: Log;
  /** Counts every check but those that a recent proof answers. */
  readonly note: (kind: string, outcome: CheckOutcome) => void;
}

/** Without control characters and halves of characters. */
const loginPattern = /^[^\p{Cc}\p{Cs}]{1,64}$/u;
/** When too many passwords wait to be hashed: some ten will have been by then. */
const busyWaitS = 5;
/** Refusals make one line in this time, which counts the others. */
const refusalLineUs = secondUs;

export function openPasswordDesk({ store, clock, vault, log, note }: PasswordDeskParts): PasswordDesk {
  const limits = createGuessLimits(clock);
  const proofs = createRecentProofs(clock);
  const secret = randomBytes(32);
  const decoy = decoyHash();
  const underWay = new Map<string, Promise<Answer<unknown>>>();
  let refusals = 0;
  let refusalLineAt = 0;

  function signDevice(kind: AnyKind, login: string, nonce: string): string {
    return `${nonce}.${vault.lookupId("device", JSON.stringify([accountName(kind, login), nonce]))}`;
  }

  function knownDevice(kind: AnyKind, { login, device }: Credentials): string | undefined {
    const nonce = device?.split(".", 1)[0] ?? "";
    return device !== undefined && sameSecret(device, signDevice(kind, login, nonce)) ? nonce : undefined;
  }

  /** Tells the lines of one account from those of another without saying whose it is. */
  const describe = (kind: AnyKind, { account, address }: Source) => ({
    kind: kind.name,
    account: vault.lookupId("sign-in log", account).slice(0, 8),
    address,
  });

  function refuseForNow(kind: AnyKind, source: Source, outcome: "delayed" | "busy", waitS: number): Refused {
    note(kind.name, outcome);
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

  function admit(kind: AnyKind, source: Source): Attempt | Refused {
    const attempt = limits.admit(source);
    return typeof attempt === "number" ? refuseForNow(kind, source, "delayed", Math.ceil(attempt / secondUs)) : attempt;
  }

  function refuseWrong(kind: AnyKind, source: Source, attempt: Attempt): Refused {
    note(kind.name, "wrong");
    log.warn({ ...describe(kind, source), failures: attempt.failed() }, "a wrong login or password");
    return { refused: "wrong" };
  }

  async function hashAndCompare<Account>(
    kind: AccountKind<Account>,
    { login, password }: Credentials,
    source: Source,
    proof: string,
  ): Promise<Answer<Account>> {
    const attempt = admit(kind, source);
    if ("refused" in attempt) return attempt;
    let answered = false;
    try {
      const found = await kind.find(store, login);
      const lane = { name: source.device ?? source.address, known: attempt.known };
      const compared = await comparePassword(lane, password, found?.passwordHash ?? decoy);
      if (compared === undefined) return refuseForNow(kind, source, "busy", busyWaitS);
      answered = true;
      if (found === undefined || !compared.matches) return refuseWrong(kind, source, attempt);
      note(kind.name, "right");
      attempt.succeeded();
      if (compared.raised !== undefined)
        await kind.raise(store, login, { from: found.passwordHash, to: compared.raised });
      if (kind.withEveryRequest) proofs.remember(proof, compared.raised ?? found.passwordHash);
      const { account } = found;
      return attempt.guessedAt && source.device === undefined
        ? { account, device: signDevice(kind, login, randomToken(16)) }
        : { account };
    } finally {
      if (!answered) attempt.untried();
    }
  }

  /** The same password from the same place at once is hashed once. Each that is wrong counts, as if it had come later. */
  async function compareOnce<Account>(
    kind: AccountKind<Account>,
    credentials: Credentials,
    source: Source,
    proof: string,
  ): Promise<Answer<Account>> {
    const begun = underWay.get(proof);
    if (begun === undefined) {
      const comparison = hashAndCompare(kind, credentials, source, proof).finally(() => underWay.delete(proof));
      underWay.set(proof, comparison);
      return comparison;
    }
    const answer = (await begun) as Answer<Account>; // The proof names the kind, and so what its accounts are.
    if (!("refused" in answer) || answer.refused === "wait") return answer;
    const attempt = admit(kind, source);
    return "refused" in attempt ? attempt : refuseWrong(kind, source, attempt);
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
        .update(JSON.stringify([kind.name, login, password, source.address, source.device]))
        .digest("base64");
      const provedAgainst = proofs.find(proof);
      if (provedAgainst !== undefined) {
        const found = await kind.find(store, login);
        if (found?.passwordHash === provedAgainst) return { account: found.account };
        proofs.forget(proof);
      }
      return compareOnce(kind, credentials, source, proof);
    },
  };
}

type AnyKind = Pick<AccountKind<unknown>, "name">;

/** Logins that look alike count as one, whether or not they are. */
function accountName({ name }: AnyKind, login: string): string {
  return JSON.stringify([name, login.normalize("NFKC").trim().toLowerCase()]);
}

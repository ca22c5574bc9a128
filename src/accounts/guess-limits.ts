import { type Clock, dayUs, type Instant, later } from "../clock.ts";
import { createDelays } from "./delays.ts";

/** Whose password somebody tries, and from where. */
export interface Source {
  /** The kind of account and its login. */
  readonly account: string;
  /** What addressBlockOf makes of the caller's. */
  readonly address: string;
  /** Of a cookie that this account was given when it signed in; undefined for a device that shows none. */
  readonly device: string | undefined;
}

/** By address, over all accounts: somebody who tries many logins, or many passwords. */
const addressRule = { free: 10, longestDelayS: 900, forgetS: 900 };
/** By account, over all unknown devices and addresses: its owner comes from one, too, so the delay stays short. */
const accountRule = { free: 5, longestDelayS: 30, forgetS: 300 };
/** By account and device, or account and address, where it signed in before. */
const knownRule = { free: 5, longestDelayS: 30, forgetS: 300 };

const knownForUs = 30 * dayUs;
const knownLimit = 20_000;

/** An attempt that was let in. One of the three is said of it, once. */
export interface Attempt {
  /** This account signed in here before. */
  readonly known: boolean;
  /** So many fail at this account that strangers are delayed, its owner among them where nothing tells who that is. */
  readonly guessedAt: boolean;
  /** The password was right, so what this account failed from here was its owner's mistyping. */
  succeeded(): void;
  /** How many failures count against the caller now. */
  failed(): number;
  /** It could not be tried after all. */
  untried(): void;
}

/**
 * Who may try a password now. An attempt counts as failed from the moment it is let in, and is taken back when the
 * password was right, so that a thousand at once are no more than one after the other.
 */
export interface GuessLimits {
  /** The attempt, or how long to wait in microseconds; then nothing was counted. */
  admit(source: Source): Attempt | number;
}

export function createGuessLimits(clock: Clock): GuessLimits {
  const addresses = createDelays(clock, addressRule);
  const accounts = createDelays(clock, accountRule);
  const pairs = createDelays(clock, knownRule);
  const knownUntil = new Map<string, Instant>();

  const isGuessedAt = (account: string): boolean => accounts.failuresOf(account) >= accountRule.free;

  function remember(pair: string): void {
    knownUntil.delete(pair);
    knownUntil.set(pair, later(clock.now(), knownForUs));
    const [oldest] = knownUntil.keys();
    if (knownUntil.size > knownLimit && oldest !== undefined) knownUntil.delete(oldest);
  }

  /**
   * Where the account signed in before, only its own failures there count: nobody else's guesses keep its owner waiting. They
   * are no failures of the address, so a success takes nothing back of what the address failed at others.
   */
  function admitKnown(pair: string, { account }: Source): Attempt | number {
    const waitUs = pairs.waitUs(pair);
    if (waitUs > 0) return waitUs;
    const guessedAt = isGuessedAt(account);
    pairs.fail(pair);
    return {
      known: true,
      guessedAt,
      succeeded() {
        pairs.takeBack(pair, pairs.failuresOf(pair));
        remember(pair);
      },
      failed() {
        pairs.beginAgain(pair);
        return pairs.failuresOf(pair);
      },
      untried() {
        pairs.takeBack(pair, 1);
        pairs.reopen(pair);
      },
    };
  }

  function admitStranger(pair: string, { account, address }: Source): Attempt | number {
    const waitUs = Math.max(addresses.waitUs(address), accounts.waitUs(account));
    if (waitUs > 0) return waitUs;
    const guessedAt = isGuessedAt(account);
    const counted = [
      [pairs, pair],
      [addresses, address],
      [accounts, account],
    ] as const;
    for (const [delays, name] of counted) delays.fail(name);
    const takeBack = (failures: number): void => {
      for (const [delays, name] of counted) {
        delays.takeBack(name, failures);
        delays.reopen(name);
      }
    };
    return {
      known: false,
      guessedAt,
      succeeded() {
        takeBack(pairs.failuresOf(pair));
        remember(pair);
      },
      failed() {
        for (const [delays, name] of counted) delays.beginAgain(name);
        return Math.max(addresses.failuresOf(address), accounts.failuresOf(account));
      },
      untried: () => takeBack(1),
    };
  }

  return {
    admit(source) {
      const { account, address, device } = source;
      const pair = JSON.stringify([account, device ?? address, device === undefined]);
      const known = device !== undefined || (knownUntil.get(pair) ?? 0) > clock.now();
      return known ? admitKnown(pair, source) : admitStranger(pair, source);
    },
  };
}

import { describe, expect, it } from "vitest";
import { createGuessLimits, type Attempt, type Source } from "#kaimen/accounts/guess-limits.ts";
import { dayUs, instantOf, secondUs } from "#kaimen/clock.ts";

function limitsAt() {
  let now = instantOf(dayUs);
  const limits = createGuessLimits({ now: () => now });
  const admitted = (account: string, address: string, device?: string): Attempt => {
    const attempt = limits.admit({ account, address, device });
    if (typeof attempt === "number")
      throw new Error(`${account} from ${address} has to wait for ${attempt / secondUs} s`);
    return attempt;
  };
  return {
    pass: (seconds: number) => (now = instantOf(now + seconds * secondUs)),
    admitted,
    /** The seconds to wait before an attempt that would be let in and is not made; 0 for none. */
    waitS(account: string, address: string, device?: string): number {
      const source: Source = { account, address, device };
      const attempt = limits.admit(source);
      if (typeof attempt === "number") return attempt / secondUs;
      attempt.untried();
      return 0;
    },
    fail: (account: string, address: string, device?: string) => admitted(account, address, device).failed(),
    succeed: (account: string, address: string, device?: string) => admitted(account, address, device).succeeded(),
  };
}

describe("limits of guessing", () => {
  it("let an account fail five times, wherever from, and then delay it by at most 30 seconds", () => {
    const { waitS, fail, pass } = limitsAt();
    for (let guess = 1; guess <= 5; guess += 1) fail("owner", `192.0.2.${guess}`);
    expect(waitS("owner", "198.51.100.1")).toBe(1);
    expect(waitS("another", "198.51.100.1")).toBe(0);
    for (let guess = 6; guess <= 250; guess += 1) {
      pass(waitS("owner", `192.0.2.${guess}`));
      fail("owner", `192.0.2.${guess}`);
    }
    expect(waitS("owner", "198.51.100.1")).toBe(30);
    pass(30);
    expect(waitS("owner", "198.51.100.1")).toBe(0);
  });

  it("let an address fail ten times, whoever it tries, and then delay it by at most 15 minutes", () => {
    const { waitS, fail, pass } = limitsAt();
    for (let guess = 1; guess <= 10; guess += 1) fail(`account ${guess}`, "192.0.2.1");
    expect(waitS("account 11", "192.0.2.1")).toBe(1);
    expect(waitS("account 11", "192.0.2.2")).toBe(0);
    for (let guess = 11; guess <= 30; guess += 1) {
      pass(waitS(`account ${guess}`, "192.0.2.1"));
      fail(`account ${guess}`, "192.0.2.1");
    }
    expect(waitS("account 31", "192.0.2.1")).toBe(900);
    pass(900);
    expect(waitS("account 31", "192.0.2.1")).toBe(0);
  });

  it("count attempts that are under way, so that a thousand at once are no more than one after the other", () => {
    const { admitted, waitS } = limitsAt();
    const attempts = Array.from({ length: 5 }, () => admitted("owner", "192.0.2.1"));
    expect(waitS("owner", "192.0.2.2")).toBe(1);
    for (const attempt of attempts) attempt.untried();
    expect(waitS("owner", "192.0.2.2")).toBe(0);
  });

  it("let an account in from where it signed in before, whatever others fail", () => {
    const { waitS, fail, succeed, pass } = limitsAt();
    succeed("owner", "198.51.100.1");
    for (let guess = 1; guess <= 60; guess += 1) {
      pass(waitS("owner", `192.0.2.${guess}`));
      fail("owner", `192.0.2.${guess}`);
    }
    expect(waitS("owner", "192.0.2.200")).toBe(30);
    expect(waitS("owner", "198.51.100.1")).toBe(0);
    for (let guess = 1; guess <= 25; guess += 1) {
      pass(waitS(`account ${guess}`, "198.51.100.1"));
      fail(`account ${guess}`, "198.51.100.1");
    }
    expect(waitS("another", "198.51.100.1")).toBe(900);
    expect(waitS("owner", "198.51.100.1")).toBe(0);
    succeed("owner", "198.51.100.1");
    expect(waitS("another", "198.51.100.1")).toBeGreaterThan(0);
  });

  it("know an address for 30 days after its last success", () => {
    const { waitS, fail, succeed, pass } = limitsAt();
    const failFive = (): void => {
      for (let guess = 1; guess <= 5; guess += 1) fail("owner", `192.0.2.${guess}`);
    };
    succeed("owner", "198.51.100.1");
    pass(30 * 86_400 - 1);
    failFive();
    expect(waitS("owner", "198.51.100.1")).toBe(0);
    pass(1);
    expect(waitS("owner", "198.51.100.1")).toBe(0);
    pass(1_500);
    failFive();
    expect(waitS("owner", "198.51.100.1")).toBe(1);
  });

  it("let an account in on a device it signed in on, from any address, and hold each device to its own failures", () => {
    const { waitS, fail } = limitsAt();
    for (let guess = 1; guess <= 5; guess += 1) fail("owner", "192.0.2.1");
    for (let guess = 1; guess <= 5; guess += 1) fail(`account ${guess}`, "192.0.2.1");
    expect(waitS("owner", "192.0.2.1")).toBeGreaterThan(0);
    expect(waitS("owner", "192.0.2.1", "phone")).toBe(0);
    for (let guess = 1; guess <= 5; guess += 1) fail("owner", "192.0.2.1", "phone");
    expect(waitS("owner", "203.0.113.1", "phone")).toBe(1);
    expect(waitS("owner", "192.0.2.1", "tablet")).toBe(0);
  });

  it("take a name like a device's for none", () => {
    const { waitS, fail } = limitsAt();
    for (let guess = 1; guess <= 5; guess += 1) fail("owner", "phone", "phone");
    expect(waitS("owner", "192.0.2.1", "phone")).toBe(1);
    expect(waitS("owner", "phone")).toBe(0);
  });

  it("forgive an owner's mistyping, but nobody's guesses at others for a success of their own", () => {
    const { waitS, fail, succeed } = limitsAt();
    for (let round = 0; round < 20; round += 1) {
      fail("owner", "192.0.2.1");
      fail("owner", "192.0.2.1");
      succeed("owner", "192.0.2.1");
    }
    expect(waitS("another", "192.0.2.1")).toBe(0);

    for (let guess = 1; guess <= 10; guess += 1) {
      fail(`victim ${guess}`, "192.0.2.9");
      if (guess < 10) succeed("guesser", "192.0.2.9");
    }
    expect(waitS("victim 11", "192.0.2.9")).toBe(1);
    succeed("guesser", "192.0.2.9");
    expect(waitS("victim 11", "192.0.2.9")).toBe(1);
  });

  it("give a guesser no more guesses for an account of their own, however often it fails and succeeds between them", () => {
    const guessesInADay = (between: (limits: ReturnType<typeof limitsAt>) => void): number => {
      const limits = limitsAt();
      limits.succeed("guesser", "192.0.2.9");
      let guesses = 0;
      for (let spentS = 0; spentS < 86_400; guesses += 1) {
        between(limits);
        const waitS = limits.waitS(`victim ${guesses}`, "192.0.2.9");
        limits.pass(waitS + 1);
        spentS += waitS + 1;
        limits.fail(`victim ${guesses}`, "192.0.2.9");
      }
      return guesses;
    };
    const alone = guessesInADay(() => undefined);
    const withAnAccount = guessesInADay(({ fail, succeed, waitS }) => {
      for (let failure = 0; failure < 9 && waitS("guesser", "192.0.2.9") === 0; failure += 1)
        fail("guesser", "192.0.2.9");
      if (waitS("guesser", "192.0.2.9") === 0) succeed("guesser", "192.0.2.9");
    });
    expect(withAnAccount).toBe(alone);
  });
});

import { describe, expect, it } from "vitest";
import { createDelays, type DelayRule } from "#kaimen/accounts/delays.ts";
import { instantOf, secondUs } from "#kaimen/clock.ts";

const rule: DelayRule = { free: 3, longestDelayS: 30, forgetS: 100 };

/** Delays, the seconds that somebody must wait, and a clock to put forward. */
function delaysAt(ruleOfTest = rule) {
  let now = instantOf(1_000 * secondUs);
  const delays = createDelays({ now: () => now }, ruleOfTest);
  return {
    delays,
    waitS: (name = "a") => delays.waitUs(name) / secondUs,
    pass: (seconds: number) => (now = instantOf(now + seconds * secondUs)),
  };
}

describe("delays", () => {
  it("begin with the last free failure, double with each and end at the longest", () => {
    const { delays, waitS, pass } = delaysAt();
    const waits: number[] = [];
    for (let failure = 0; failure < 11; failure += 1) {
      delays.fail("a");
      waits.push(waitS());
      pass(waitS());
      expect(waitS()).toBe(0);
    }
    expect(waits).toEqual([0, 0, 1, 2, 4, 8, 16, 30, 30, 30, 30]);
  });

  it("are nobody else's", () => {
    const { delays, waitS } = delaysAt();
    for (let failure = 0; failure < 9; failure += 1) delays.fail("a");
    expect(waitS("a")).toBe(30);
    expect(waitS("b")).toBe(0);
  });

  it("count no more failures than lead to the longest, and forget one in its time", () => {
    const { delays, waitS, pass } = delaysAt();
    for (let failure = 0; failure < 1_000; failure += 1) delays.fail("a");
    expect(delays.failuresOf("a")).toBe(8);
    pass(99.999);
    expect(delays.failuresOf("a")).toBe(8);
    pass(0.001);
    expect(delays.failuresOf("a")).toBe(7);
    pass(550);
    expect(delays.failuresOf("a")).toBe(2);
    delays.fail("a");
    expect(waitS()).toBe(1);
    pass(49.999);
    expect(delays.failuresOf("a")).toBe(3);
    pass(0.001);
    expect(delays.failuresOf("a")).toBe(2);
    pass(200);
    expect(delays.failuresOf("a")).toBe(0);
  });

  it("take back failures that were none, while a delay that runs goes on until it is reopened", () => {
    const { delays, waitS } = delaysAt();
    for (let failure = 0; failure < 4; failure += 1) delays.fail("a");
    delays.takeBack("a", 1);
    expect([delays.failuresOf("a"), waitS()]).toEqual([3, 2]);
    delays.reopen("a");
    expect(waitS()).toBe(0);
    delays.takeBack("a", 9);
    expect(delays.failuresOf("a")).toBe(0);
    delays.takeBack("nobody", 1);
    delays.reopen("nobody");
    expect(delays.failuresOf("nobody")).toBe(0);
  });

  it("begin anew when an attempt that took long turns out to have failed", () => {
    const { delays, waitS, pass } = delaysAt();
    for (let failure = 0; failure < 4; failure += 1) delays.fail("a");
    pass(7);
    expect(waitS()).toBe(0);
    delays.beginAgain("a");
    expect(waitS()).toBe(2);
    delays.beginAgain("nobody");
    expect(waitS("nobody")).toBe(0);
  });

  it("keep 20,000 names and forget who failed longest ago", () => {
    const { delays } = delaysAt();
    for (let name = 0; name < 20_000; name += 1) delays.fail(String(name));
    delays.fail("0");
    delays.fail("another");
    expect(["0", "1", "2", "another"].map((name) => delays.failuresOf(name))).toEqual([2, 0, 1, 1]);
  });
});

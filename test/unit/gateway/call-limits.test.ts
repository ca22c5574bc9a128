import { expect, test } from "vitest";
import { type Instant, instantOf } from "#kaimen/clock.ts";
import { createRateLimit, createSharedRateLimit } from "#kaimen/gateway/call-limits.ts";

test("a flood of new callers lets off nobody who is being held back", () => {
  let now: Instant = instantOf(0);
  const limit = createRateLimit(2, { now: () => now });
  const heldBack = Array.from({ length: 100 }, (_, number) => `held back ${number}`);
  for (const key of heldBack) for (let call = 0; call < 3; call += 1) limit.allows(key);
  for (let number = 0; number < 60_000; number += 1) {
    if (!limit.allows(`2001:db8:${number}`)) expect.fail(`the newcomer ${number} was held back`);
    if (number % 1_000 === 0) expect(heldBack.filter((key) => limit.allows(key))).toEqual([]);
  }
  now = instantOf(1_000_000);
  expect(heldBack.filter((key) => limit.allows(key))).toEqual(heldBack);
});

test("a limit of each and of all lets one caller take nothing of what the others have", () => {
  const limit = createSharedRateLimit({ each: 2, together: 5 }, { now: () => instantOf(0) });
  const allowed = (key: string, calls: number): number =>
    Array.from({ length: calls }, () => limit.allows(key)).filter(Boolean).length;
  expect([allowed("a", 1_000), allowed("b", 2), allowed("c", 1_000), allowed("d", 1)]).toEqual([2, 2, 1, 0]);
});

import { expect, test } from "vitest";
import { type Instant, instantOf } from "#kaimen/clock.ts";
import { createRateLimit } from "#kaimen/gateway/call-limits.ts";

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

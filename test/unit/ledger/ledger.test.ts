import { expect, test } from "vitest";
import { isLedgerDay, startOfDay } from "#kaimen/ledger/ledger.ts";

test.each([
  ["2026-11-29", true],
  ["2024-02-29", true],
  ["1970-01-01", true],
  ["2199-12-31", true],
  ["2026-02-29", false],
  ["2026-11-31", false],
  ["2026-13-01", false],
  ["2026-00-10", false],
  ["0001-01-01", false],
  ["1969-12-31", false],
  ["2200-01-01", false],
  ["9999-12-31", false],
  ["2026-1-1", false],
  ["2026-11-29 ", false],
  ["", false],
])("a ledger has lines of %s: %s", (day, expected) => {
  expect(isLedgerDay(day)).toBe(expected);
  if (expected) expect(startOfDay(day)).toBeTypeOf("number");
});

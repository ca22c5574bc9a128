import { expect, test } from "vitest";
import { instantOfBeijingTime } from "#kaimen/clock.ts";
import { isTimestamp } from "#kaimen/gateway/steps/check-public-parameters.ts";

const now = instantOfBeijingTime("2026-11-29 12:00:00");

test.each([
  ["2026-11-29 12:00:00", true],
  ["2026-11-28 12:00:00", true],
  ["2026-11-30 12:00:00", true],
  ["2026-11-28 11:59:59", false],
  ["2026-11-30 12:00:01", false],
  ["0001-01-01 00:00:00", false],
  ["1000-06-15 12:00:00", false],
  ["1969-12-31 23:59:59", false],
  ["2255-06-05 23:59:59", false],
  ["2300-01-01 00:00:00", false],
  ["9999-12-31 23:59:59", false],
  ["0000-01-01 00:00:00", false],
  ["2026-02-30 12:00:00", false],
  ["2026-11-29 24:00:00", false],
  ["2026-11-29T12:00:00", false],
])("a timestamp of %s is fresh within a day of noon: %s", (text, fresh) => {
  expect(isTimestamp(text, now, 24)).toBe(fresh);
});

test.each(["0001-01-01 00:00:00", "9999-12-31 23:59:59"])("without a window %s is as good as any", (text) => {
  expect(isTimestamp(text, now, 0)).toBe(true);
});

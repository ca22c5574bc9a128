import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  beijingDay,
  beijingMonth,
  beijingTime,
  dayUs,
  instantFromText,
  instantOf,
  instantToText,
  later,
  monthIndexOf,
  monthToText,
  parseMonth,
  secondUs,
  SettableClock,
  SystemClock,
  systemClock,
} from "#kaimen/clock.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

/** From 1900 to 2199, to the microsecond. */
const instants = fc
  .tuple(fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2200, 0) - 1 }), fc.integer({ min: 0, max: 999 }))
  .map(([milliseconds, microseconds]) => instantOf(milliseconds * 1_000 + microseconds));

describe("an instant", () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, 0.5, 2 ** 53, -(2 ** 53)])("is not %j", (microseconds) => {
    expect(() => instantOf(microseconds)).toThrow(RangeError);
  });

  test.each([
    [0, "1970-01-01T00:00:00.000000Z"],
    [1, "1970-01-01T00:00:00.000001Z"],
    [999_999, "1970-01-01T00:00:00.999999Z"],
    [-1, "1969-12-31T23:59:59.999999Z"],
    [-1_000, "1969-12-31T23:59:59.999000Z"],
    [Date.UTC(2026, 10, 22, 3, 59, 0) * 1_000 + 123_456, "2026-11-22T03:59:00.123456Z"],
    [Date.UTC(2024, 1, 29, 23, 59, 59) * 1_000 + 10, "2024-02-29T23:59:59.000010Z"],
    [Date.UTC(2200, 0, 1) * 1_000, "2200-01-01T00:00:00.000000Z"],
  ])("of %i µs is written %s and read back from it", (microseconds, text) => {
    expect(instantToText(instantOf(microseconds))).toBe(text);
    expect(instantFromText(text)).toBe(microseconds);
  });

  test("is read back from its text to the microsecond, also as PostgreSQL prints it", () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const text = instantToText(instant);
        expect(instantFromText(text)).toBe(instant);
        const printed = text.replace("T", " ").replace(/\.?0*Z$/, "+00");
        expect(instantFromText(printed)).toBe(instant);
      }),
    );
  });

  test.each([
    ["2026-11-22 03:59:00+00", 0],
    ["2026-11-22 03:59:00.1+00", 100_000],
    ["2026-11-22 03:59:00.000001+00", 1],
    ["2026-11-22 03:59:00.12345+00:00", 123_450],
  ])("is read from %s with %i µs", (text, microseconds) => {
    expect(instantFromText(text)).toBe(Date.UTC(2026, 10, 22, 3, 59) * 1_000 + microseconds);
  });

  test.each([
    "",
    "2026-11-22",
    "2026-11-22 03:59:00",
    "2026-11-22 03:59:00+08",
    "2026-11-22 03:59:00.1234567+00",
    "2026-13-22 03:59:00+00",
    "2026-11-22 25:59:00+00",
    "infinity",
    "0044-03-15 00:00:00+00 BC",
    "x2026-11-22 03:59:00+00",
  ])("is not read from %j", (text) => {
    expect(() => instantFromText(text)).toThrow(RangeError);
  });

  test("moves by whole microseconds", () => {
    expect(later(instantOf(5), dayUs)).toBe(86_400_000_005);
    expect(later(instantOf(5), -secondUs)).toBe(-999_995);
    expect(() => later(instantOf(5), 0.5)).toThrow(RangeError);
  });

  test("of the system clock is the machine's time in whole microseconds, and never goes back", () => {
    let previous = systemClock.now();
    expect(Math.abs(previous / 1_000 - Date.now())).toBeLessThan(5_000);
    for (let count = 0; count < 10_000; count += 1) {
      const now = systemClock.now();
      expect(now).toBeGreaterThanOrEqual(previous);
      previous = now;
    }
  });
});

describe("the system clock", () => {
  const startMs = Date.UTC(2026, 10, 22);

  /** A machine whose time passes, and whose wall clock is set, as the test says. */
  function machine(): {
    clock: SystemClock;
    wallUs(): number;
    pass(ms: number): void;
    set(byMs: number): void;
    passSeconds(count: number): void;
  } {
    let [monotonicMs, aheadMs] = [1_234.5, startMs];
    const clock = new SystemClock({ monotonicMs: () => monotonicMs, wallMs: () => Math.floor(monotonicMs + aheadMs) });
    const pass = (ms: number): void => void (monotonicMs += ms);
    return {
      clock,
      pass,
      wallUs: () => Math.floor(monotonicMs + aheadMs) * 1_000,
      set: (byMs) => void (aheadMs += byMs),
      passSeconds(count) {
        for (let second = 0; second < count; second += 1) {
          pass(1_000);
          clock.follow();
        }
      },
    };
  }

  test("never goes back, whatever is done to the wall clock and however seldom it looks at it", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("pass" as const), ms: fc.double({ min: 0.001, max: 20_000, noNaN: true }) }),
      fc.record({
        kind: fc.constant("set" as const),
        ms: fc.integer({ min: -400 * 86_400_000, max: 400 * 86_400_000 }),
      }),
      fc.record({ kind: fc.constant("set" as const), ms: fc.integer({ min: -3_000, max: 3_000 }) }),
      fc.record({ kind: fc.constant("follow" as const), ms: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { clock, pass, set } = machine();
        let previous = clock.now();
        for (const { kind, ms } of steps) {
          if (kind === "pass") pass(ms);
          else if (kind === "set") set(ms);
          else clock.follow();
          const now = clock.now();
          // Time that passes is seen to pass, at half the speed at least.
          expect(now).toBeGreaterThanOrEqual(previous + (kind === "pass" ? Math.floor((ms * 1_000) / 2) - 2 : 0));
          previous = now;
        }
      }),
    );
  });

  test.each([
    ["forward by an hour", 3_600_000, 1],
    ["forward by a year", 365 * 86_400_000, 1],
    ["forward by a millisecond", 1, 1],
    ["back by a millisecond", -1, 2],
    ["back by 100 ms", -100, 2],
    ["back by half a second", -500, 2],
    ["back by a minute", -60_000, 121],
    ["back by an hour", -3_600_000, 7_201],
  ])("says what the wall clock says again when that was set %s, by %i ms, after %i looks", (_, byMs, looks) => {
    const { clock, wallUs, passSeconds, set } = machine();
    passSeconds(3);
    set(byMs);
    passSeconds(looks);
    expect(Math.abs(clock.now() - wallUs())).toBeLessThanOrEqual(1_000);
    expect(Math.abs(clock.aheadUs)).toBeLessThanOrEqual(1_000);
    passSeconds(10);
    expect(Math.abs(clock.now() - wallUs())).toBeLessThanOrEqual(1_000);
  });

  test("takes off half a second, and no more, where a slowed look comes late", () => {
    const { clock, wallUs, pass, passSeconds, set } = machine();
    set(-600);
    passSeconds(1);
    pass(60_000); // The process was busy.
    expect(clock.now() - wallUs()).toBeGreaterThanOrEqual(100_000 - 2_000);
    expect(clock.now() - wallUs()).toBeLessThanOrEqual(100_000 + 2_000);
  });

  test.each([0, 1_000, -1_000, 86_400_000, -86_400_000])(
    "tells by how much the wall clock was set: by %i ms",
    (byMs) => {
      const { clock, pass, set } = machine();
      pass(777.25);
      expect(Math.abs(clock.follow())).toBeLessThanOrEqual(1_000);
      set(byMs);
      pass(5_000.125); // Late, and told all the same.
      expect(Math.abs(clock.follow() - byMs * 1_000)).toBeLessThanOrEqual(1_000);
      pass(1_000);
      expect(Math.abs(clock.follow())).toBeLessThanOrEqual(1_000);
    },
  );
});

describe("in Beijing", () => {
  test.each([
    ["2026-11-22T15:59:59.999999Z", "2026-11-22 23:59:59", "20261122", "2026-11"],
    ["2026-11-22T16:00:00.000000Z", "2026-11-23 00:00:00", "20261123", "2026-11"],
    ["2026-11-22T23:59:59.999999Z", "2026-11-23 07:59:59", "20261123", "2026-11"],
    ["2026-11-30T15:59:59.999999Z", "2026-11-30 23:59:59", "20261130", "2026-11"],
    ["2026-11-30T16:00:00.000000Z", "2026-12-01 00:00:00", "20261201", "2026-12"],
    ["2026-12-31T16:00:00.000000Z", "2027-01-01 00:00:00", "20270101", "2027-01"],
    ["2024-02-28T16:00:00.000000Z", "2024-02-29 00:00:00", "20240229", "2024-02"],
    ["2026-07-01T12:00:00.000000Z", "2026-07-01 20:00:00", "20260701", "2026-07"],
    ["1969-12-31T16:00:00.000000Z", "1970-01-01 00:00:00", "19700101", "1970-01"],
  ])("%s is %s of the day %s and the month %s", (text, time, day, month) => {
    const instant = instantFromText(text);
    expect(beijingTime(instant)).toBe(time);
    expect(beijingDay(instant)).toBe(day);
    expect(monthToText(beijingMonth(instant))).toBe(month);
  });

  test("it is what the time zone Asia/Shanghai says, since it has no daylight saving", () => {
    const shanghai = new Intl.DateTimeFormat("sv-SE", {
      timeZone: "Asia/Shanghai",
      dateStyle: "short",
      timeStyle: "medium",
    });
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1992, 0), max: Date.UTC(2199, 0) }), (milliseconds) => {
        expect(beijingTime(instantOf(milliseconds * 1_000))).toBe(shanghai.format(milliseconds));
      }),
    );
  });
});

describe("a month", () => {
  test.each([
    ["2026-01", 2026 * 12],
    ["2026-12", 2026 * 12 + 11],
    ["1999-12", 1999 * 12 + 11],
    ["0001-01", 12],
  ])("%s is %i and written back", (text, month) => {
    expect(parseMonth(text)).toBe(month);
    expect(monthToText(monthIndexOf(Number(text.slice(0, 4)), Number(text.slice(5))))).toBe(text);
  });

  test.each([
    "",
    "2026",
    "2026-00",
    "2026-13",
    "2026-1",
    "26-01",
    "2026/01",
    "202601",
    "2026-01-01",
    " 2026-01",
    "2026-01\n",
    "２０２６-01",
  ])("is not %j", (text) => {
    expect(parseMonth(text)).toBe(undefined);
  });

  test("differs from the one n months later by n, across years", () => {
    expect((parseMonth("2027-01") ?? 0) - (parseMonth("2026-11") ?? 0)).toBe(2);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_999 * 12 + 11 }), (month) => {
        const text = monthToText(monthIndexOf(Math.floor(month / 12), (month % 12) + 1));
        expect(parseMonth(text)).toBe(month);
      }),
    );
  });
});

test("a clock that is put forward goes on from there, and is never put back", () => {
  const clock = new SettableClock();
  const before = systemClock.now();
  clock.putForward(dayUs);
  expect(clock.now() - before).toBeGreaterThanOrEqual(dayUs);
  expect(clock.aheadUs).toBe(dayUs);
  for (const back of [-1, 0.5, Number.NaN]) expect(() => clock.putForward(back)).toThrow("a clock is only put forward");
});

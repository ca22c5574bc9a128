/**
 * Time, in one place. An Instant is a whole number of microseconds since 1970-01-01T00:00:00Z: the resolution
 * of PostgreSQL's timestamptz, exact in a double until the year 2255. Nothing else in Kaimen reads the machine's
 * clock, so tests and the sandbox can set the time for all of it at once.
 */
export type Instant = number & { readonly unit: "microseconds since 1970" };

export interface Clock {
  now(): Instant;
}

export const secondUs = 1_000_000;
export const dayUs = 86_400 * secondUs;
const beijingOffsetUs = 8 * 3_600 * secondUs;

export const systemClock: Clock = {
  now: () => instantOf(Math.floor((performance.timeOrigin + performance.now()) * 1_000)),
};

/** A clock that can be put forward, for tests and the sandbox. It goes on from there. Time never goes back. */
export class SettableClock implements Clock {
  #aheadUs = 0;

  now(): Instant {
    return later(systemClock.now(), this.#aheadUs);
  }

  /** How far it is ahead of the machine's clock, in microseconds. */
  get aheadUs(): number {
    return this.#aheadUs;
  }

  /** @throws RangeError when that is in its past. */
  putForward(microseconds: number): void {
    if (!Number.isSafeInteger(microseconds) || microseconds < 0) throw new RangeError("a clock is only put forward");
    this.#aheadUs += microseconds;
  }
}

export function instantOf(microseconds: number): Instant {
  if (!Number.isSafeInteger(microseconds)) throw new RangeError(`not an instant: ${microseconds}`);
  return microseconds as Instant; // The only door: a checked whole number of microseconds.
}

export function later(instant: Instant, microseconds: number): Instant {
  return instantOf(instant + microseconds);
}

/** `2026-11-22T03:59:00.123456Z`, as PostgreSQL reads a timestamptz. */
export function instantToText(instant: Instant): string {
  const wholeMs = Math.floor(instant / 1_000);
  const microseconds = String(instant - wholeMs * 1_000).padStart(3, "0");
  return new Date(wholeMs).toISOString().replace("Z", `${microseconds}Z`);
}

/** Reads what PostgreSQL prints for a timestamptz in UTC: `2026-11-22 03:59:00.123456+00`. */
export function instantFromText(text: string): Instant {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00(?::00)?)$/.exec(text);
  if (match === null) throw new RangeError(`not a timestamp in UTC: ${text}`);
  const [, day, time, fraction = ""] = match;
  return instantOf(Date.parse(`${day}T${time}Z`) * 1_000 + Number(fraction.padEnd(6, "0")));
}

/** The wall clock in Beijing (UTC+8, no daylight saving since 1991), as `yyyy-MM-dd HH:mm:ss`. */
export function beijingTime(instant: Instant): string {
  return instantToText(later(instant, beijingOffsetUs)).slice(0, 19).replace("T", " ");
}

/** The moment at which Beijing's clocks show this `yyyy-MM-dd HH:mm:ss`. */
export function instantOfBeijingTime(text: string): Instant {
  return later(instantFromText(`${text}Z`), -beijingOffsetUs);
}

/** The day in Beijing, as `yyyyMMdd`: what a biz_no and a statement are dated by. */
export function beijingDay(instant: Instant): string {
  return beijingTime(instant).slice(0, 10).replaceAll("-", "");
}

/** A calendar month as one integer, year × 12 + month − 1, so that months subtract. */
export type MonthIndex = number & { readonly unit: "months since year 0" };

export function monthIndexOf(year: number, month: number): MonthIndex {
  return (year * 12 + month - 1) as MonthIndex; // Callers pass a parsed year and a month of 1 to 12.
}

export function beijingMonth(instant: Instant): MonthIndex {
  const day = beijingDay(instant);
  return monthIndexOf(Number(day.slice(0, 4)), Number(day.slice(4, 6)));
}

/** Reads `yyyy-MM`; undefined when it is no month. */
export function parseMonth(text: string): MonthIndex | undefined {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text);
  return match === null ? undefined : monthIndexOf(Number(match[1]), Number(match[2]));
}

export function monthToText(month: MonthIndex): string {
  return `${String(Math.floor(month / 12)).padStart(4, "0")}-${String((month % 12) + 1).padStart(2, "0")}`;
}

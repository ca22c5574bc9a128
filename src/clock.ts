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

/** Where a system clock has its time from, in milliseconds. */
export interface TimeSources {
  /** Never jumps; what it counts from does not matter. */
  readonly monotonicMs: () => number;
  /** The machine's clock, which somebody may set. Whole milliseconds. */
  readonly wallMs: () => number;
}

/** How often a running server lets its clock follow the wall clock. */
export const followMs = 1_000;
const followUs = followMs * 1_000;
/** The wall clock says no more than its millisecond. */
const wallResolutionUs = 1_000;
/** A part of the speed that is taken off, at the most, while the wall clock has to catch up. */
const mostSlowness = 0.5;

/**
 * The machine's time, which never goes back. Between two calls of `follow` it runs by a counter that nobody can set. Where
 * the wall clock was put forward it is ahead at once. Where the wall clock was put back, time goes on more slowly, at half
 * the speed if need be, until both say the same: standing still would keep windows and limits from ever passing.
 */
export class SystemClock implements Clock {
  readonly #sources: TimeSources;
  #anchorUs: number;
  #anchorMs: number;
  /** A part of the speed that is taken off until followUs after the anchor. */
  #slowness = 0;
  #wallMs: number;
  #monotonicMs: number;

  constructor(sources: TimeSources) {
    this.#sources = sources;
    this.#wallMs = sources.wallMs();
    this.#monotonicMs = sources.monotonicMs();
    this.#anchorUs = this.#wallMs * 1_000;
    this.#anchorMs = this.#monotonicMs;
  }

  now(): Instant {
    return instantOf(Math.floor(this.#exactUs(this.#sources.monotonicMs())));
  }

  /**
   * Compares itself with the wall clock. Gives by how much that was set since the last time, in microseconds: negative
   * where it was put back, and around 0 where nobody touched it.
   */
  follow(): number {
    const monotonicMs = this.#sources.monotonicMs();
    const wallMs = this.#sources.wallMs();
    const setUs = (wallMs - this.#wallMs - (monotonicMs - this.#monotonicMs)) * 1_000;
    this.#wallMs = wallMs;
    this.#monotonicMs = monotonicMs;
    const exactUs = this.#exactUs(monotonicMs);
    const aheadUs = exactUs - wallMs * 1_000;
    this.#anchorUs = Math.max(exactUs, wallMs * 1_000);
    this.#anchorMs = monotonicMs;
    this.#slowness = Math.min(Math.max(aheadUs - wallResolutionUs, 0) / followUs, mostSlowness);
    return setUs;
  }

  /** How far it is ahead of the wall clock, in microseconds, as that was when last looked at. */
  get aheadUs(): number {
    return this.#exactUs(this.#monotonicMs) - this.#wallMs * 1_000;
  }

  #exactUs(monotonicMs: number): number {
    const elapsedUs = (monotonicMs - this.#anchorMs) * 1_000;
    return this.#anchorUs + elapsedUs - Math.min(elapsedUs, followUs) * this.#slowness;
  }
}

/** This process's. Somebody has to let it follow the wall clock: a server does, for as long as it runs. */
export const systemClock = new SystemClock({ monotonicMs: () => performance.now(), wallMs: () => Date.now() });

/** A clock that can be put forward, for tests and the sandbox. It goes on from there, with the machine's. */
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

/** The last instant that a double holds exactly, in the year 2255: for what is said to hold until later than that. */
export const lastInstant = instantOf(Number.MAX_SAFE_INTEGER);

/** The instant of so many milliseconds since 1970; undefined for one that an Instant cannot hold, such as 9999-12-31. */
export function instantOfMs(milliseconds: number): Instant | undefined {
  const microseconds = milliseconds * 1_000;
  return Number.isSafeInteger(microseconds) ? instantOf(microseconds) : undefined;
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

export function followingMonth(month: MonthIndex): MonthIndex {
  return (month + 1) as MonthIndex; // A month later is a month.
}

export function monthToText(month: MonthIndex): string {
  return `${String(Math.floor(month / 12)).padStart(4, "0")}-${String((month % 12) + 1).padStart(2, "0")}`;
}

import { randomInt } from "node:crypto";
import { beijingDay, beijingTime, type Instant, instantOfMs, secondUs } from "../clock.ts";

/**
 * Business numbers: `ZM`, the day in Beijing, then 22 digits: six of the time of day, six that this process drew at
 * its start, and ten that count. Unique without asking the database, and in order of acceptance within a process.
 * 32 characters, the published length.
 */
export function createBizNoSource(node: number = randomInt(1_000_000)): (now: Instant) => string {
  const nodeDigits = String(node).padStart(6, "0");
  let count = randomInt(1_000_000_000);
  let second = Number.NaN;
  let head = "";
  return (now) => {
    count = (count + 1) % 10_000_000_000;
    const currentSecond = Math.floor(now / secondUs);
    if (currentSecond !== second) {
      second = currentSecond;
      head = `ZM${beijingDay(now)}${beijingTime(now).slice(11).replaceAll(":", "")}${nodeDigits}`;
    }
    return head + String(count).padStart(10, "0");
  };
}

export interface BizNo {
  /** When it was given, in whole seconds. */
  readonly at: Instant;
  /** The number that its process drew when it started. */
  readonly node: number;
  /** A counter: one more than in the number that the same process gave before. */
  readonly count: number;
}

const bizNoPattern = /^ZM(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{6})(\d{10})$/;

/** Reads a biz_no; undefined for what cannot be one. */
export function parseBizNo(text: string): BizNo | undefined {
  const match = bizNoPattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, node, count] = match;
  const atMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}+08:00`);
  const at = instantOfMs(atMs);
  if (at === undefined) return undefined;
  return beijingDay(at) === text.slice(2, 10) ? { at, node: Number(node), count: Number(count) } : undefined;
}

import { randomInt } from "node:crypto";
import { beijingDay, beijingTime, type Instant } from "../clock.ts";

/**
 * Business numbers: `ZM`, the day in Beijing, then 22 digits: six of the time of day, six that this process drew at
 * its start, and ten that count. Unique without asking the database, and in order of acceptance within a process.
 * 32 characters, the published length.
 */
export function createBizNoSource(node: number = randomInt(1_000_000)): (now: Instant) => string {
  const nodeDigits = String(node).padStart(6, "0");
  let count = randomInt(1_000_000_000);
  return (now) => {
    count = (count + 1) % 10_000_000_000;
    const timeOfDay = beijingTime(now).slice(11).replaceAll(":", "");
    return `ZM${beijingDay(now)}${timeOfDay}${nodeDigits}${String(count).padStart(10, "0")}`;
  };
}

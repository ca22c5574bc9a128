import { Writable } from "node:stream";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Clock, instantOf, secondUs } from "#kaimen/clock.ts";
import { createRefusalLog, type RefusedCall, type RefusalLog } from "#kaimen/gateway/refusal-log.ts";
import { gatewayRefusal } from "#kaimen/protocol/gateway-errors.ts";

let nowUs = 0;
const clock: Clock = { now: () => instantOf(nowUs) };
let lines: Record<string, unknown>[] = [];
let leftOut = 0;
let refusals: RefusalLog;

beforeEach(() => {
  vi.useFakeTimers();
  [lines, leftOut, nowUs] = [[], 0, secondUs];
  const written = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  refusals = createRefusalLog(pino({ base: null }, written), clock, () => (leftOut += 1));
});
afterEach(() => {
  vi.useRealTimers();
});

const call = (kind: "app" | "stranger", name: string, more: Partial<RefusedCall> = {}): RefusedCall => ({
  traceId: "t",
  refusal: gatewayRefusal("isv.invalid-app-id"),
  appId: undefined,
  method: undefined,
  durationMs: 1.4,
  caller: { kind, name },
  ...more,
});

/** Notes so many calls of each of so many callers, and gives how many lines came of it. */
function linesOf(kind: "app" | "stranger", callers: number, calls: number): number {
  const before = lines.length;
  for (let caller = 0; caller < callers; caller += 1)
    for (let count = 0; count < calls; count += 1) refusals.note(call(kind, `c${caller}`));
  return lines.length - before;
}

test.each([
  ["app", 1, 10, 10],
  ["app", 1, 11, 10],
  ["app", 3, 1_000, 30],
  ["app", 11, 1_000, 100],
  ["stranger", 1, 5, 5],
  ["stranger", 1, 6, 5],
  ["stranger", 3, 1_000, 15],
  ["stranger", 5_000, 1, 50],
] as const)("of %s callers, %i with %i calls each in one second are %i lines", (kind, callers, calls, expected) => {
  expect(linesOf(kind, callers, calls)).toBe(expected);
  expect(leftOut).toBe(callers * calls - expected);
  nowUs += secondUs;
  expect(linesOf(kind, callers, calls)).toBe(expected);
});

test("strangers take nothing of what the apps have, nor apps of what strangers have", () => {
  expect(linesOf("stranger", 1_000, 10)).toBe(50);
  expect(linesOf("app", 1_000, 10)).toBe(100);
  nowUs += secondUs;
  expect(linesOf("app", 1_000, 10)).toBe(100);
  expect(linesOf("stranger", 1_000, 10)).toBe(50);
});

test("an app that bears a stranger's address as its name is another caller", () => {
  linesOf("stranger", 1, 10);
  expect(linesOf("app", 1, 10)).toBe(10);
});

test("what was left out is told once a second, and only when something was", () => {
  linesOf("app", 1, 10);
  vi.advanceTimersByTime(5_000);
  expect(lines).toHaveLength(10);
  linesOf("app", 1, 7);
  expect(lines).toHaveLength(10);
  vi.advanceTimersByTime(5_000);
  expect(lines.slice(10)).toMatchObject([{ calls: 7, msg: "7 refused calls were not logged" }]);
});

test.each([
  ["isv.invalid-app-id", undefined, 30],
  ["isp.unknow-error", undefined, 40],
  ["isp.unknow-error", new Error("ours"), 50],
  ["aop.unknow-error", new Error("ours"), 50],
] as const)("%s, thrown as %s, is logged at level %i", (subCode, error, level) => {
  refusals.note(call("app", "a", { refusal: gatewayRefusal(subCode), appId: "a", method: "m", error }));
  expect(lines).toMatchObject([{ level, trace_id: "t", app_id: "a", method: "m", sub_code: subCode, duration_ms: 1 }]);
});

test("a fault is logged though strangers have used up their lines, and faults in a flood are counted too", () => {
  expect(linesOf("stranger", 50, 5)).toBe(50);
  const before = lines.length;
  refusals.note(call("stranger", "caller 0", { error: new Error("inside") }));
  expect(lines.slice(before)).toEqual([expect.objectContaining({ level: 50, msg: "a call failed inside" })]);
  for (let fault = 0; fault < 30; fault += 1) refusals.note(call("stranger", "x", { error: new Error("inside") }));
  expect(lines.length - before).toBe(20);
});

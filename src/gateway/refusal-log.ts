import { type Clock, secondUs } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Refusal } from "../protocol/refusal.ts";

/** A call that was refused, as the log tells of it: nothing of the request is in it but what we know ourselves. */
export interface RefusedCall {
  readonly traceId: string;
  readonly refusal: Refusal;
  /** The app that the request names, which anybody may have done; undefined where there is no such app. */
  readonly appId: string | undefined;
  /** The method that the request names; undefined where there is no such method. */
  readonly method: string | undefined;
  readonly durationMs: number;
  /** Whose calls are counted together: the app, or where its signature was not verified what addressBlockOf makes of the address. */
  readonly caller: { readonly kind: "app" | "stranger"; readonly name: string };
  /** What was thrown, where the fault is ours. */
  readonly error?: unknown;
}

export interface RefusalLog {
  note(call: RefusedCall): void;
}

/** So many lines a second are written of one caller, and of all callers of its kind: strangers take no line from the apps. */
const linesPerSecond = {
  app: { each: 10, together: 100 },
  stranger: { each: 5, together: 50 },
  /** Faults of our own have lines for themselves, so that no caller's refusals leave one out. */
  fault: { each: 20, together: 20 },
} as const;
const leftOutPauseMs = 1_000;

/**
 * Logs each refused call in one line, up to a number of them a second, so that neither a flood nor a fault that hits every
 * call fills the disk. How many were left out is logged once a second; `noteLeftOut` is told of each.
 */
export function createRefusalLog(log: Log, clock: Clock, noteLeftOut: () => void): RefusalLog {
  let second = 0;
  const together = { app: 0, stranger: 0, fault: 0 };
  /** Lines of this second by caller: no more entries than lines. */
  const byCaller = new Map<string, number>();
  let leftOut = 0;

  function isRoomFor({ kind, name }: { kind: keyof typeof linesPerSecond; name: string }): boolean {
    const now = Math.floor(clock.now() / secondUs);
    if (now !== second) {
      second = now;
      together.app = 0;
      together.stranger = 0;
      together.fault = 0;
      byCaller.clear();
    }
    const limits = linesPerSecond[kind];
    const key = `${kind} ${name}`;
    const lines = byCaller.get(key) ?? 0;
    if (lines >= limits.each || together[kind] >= limits.together) return false;
    byCaller.set(key, lines + 1);
    together[kind] += 1;
    return true;
  }

  function leaveOut(): void {
    leftOut += 1;
    noteLeftOut();
    if (leftOut > 1) return;
    setTimeout(() => {
      log.warn({ calls: leftOut }, `${leftOut} refused calls were not logged`);
      leftOut = 0;
    }, leftOutPauseMs).unref();
  }

  return {
    note(call) {
      if (!isRoomFor(call.error === undefined ? call.caller : { kind: "fault", name: "" })) {
        leaveOut();
        return;
      }
      const { refusal, error } = call;
      const line = {
        trace_id: call.traceId,
        app_id: call.appId,
        method: call.method,
        code: refusal.code,
        sub_code: refusal.subCode,
        duration_ms: Math.round(call.durationMs),
      };
      if (error !== undefined) log.error({ ...line, err: error }, "a call failed inside");
      else if (refusal.code === "20000") log.warn(line, "a call failed");
      else log.info(line, "a call was refused");
    },
  };
}

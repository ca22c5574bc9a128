import { followMs, type Instant, secondUs, type SystemClock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Store } from "./store.ts";

const databaseMs = 15_000;
/** A clock that was set by less than this, in microseconds, is not worth a line of the log. */
const jumpUs = secondUs;
/** A clock that was set back by this much, in microseconds, was not corrected: it is wrong now, or was wrong before. */
const graveJumpUs = 60 * secondUs;

export interface ClockWatch {
  readonly store: Store;
  readonly clock: SystemClock;
  readonly log: Log;
  /** Is called each time the clocks are compared, with how far the database's is ahead of the process's, in microseconds. */
  readonly noteDatabaseClock: (aheadUs: number) => void;
}

/**
 * Lets the process's clock follow the wall clock every second, and measures every quarter of a minute how far it is from the
 * database's. A clock that was set is logged once.
 */
export function startClockWatch(watch: ClockWatch): { stop(): void } {
  const measure = createMeasurement(watch);
  const following = setInterval(() => followWallClock(watch), followMs).unref();
  const measuring = setInterval(() => void measure(), databaseMs).unref();
  void measure();
  return {
    stop() {
      clearInterval(following);
      clearInterval(measuring);
    },
  };
}

/** One step of following; what is more than a second is logged. */
export function followWallClock({ clock, log }: Pick<ClockWatch, "clock" | "log">): void {
  const setUs = clock.follow();
  if (Math.abs(setUs) < jumpUs) return;
  const line = { set_by_s: inSeconds(setUs), ahead_s: inSeconds(clock.aheadUs) };
  if (setUs > 0) log.warn(line, "the wall clock went forward");
  else if (-setUs < graveJumpUs)
    log.warn(line, "the wall clock went back; time goes on at half the speed until it has caught up");
  else
    log.error(
      line,
      "the wall clock went back by far; time goes on at half the speed until it has caught up; a restart takes its time at once",
    );
}

/** Measures one at a time: a database that hangs is asked again when it has answered or was given up. */
function createMeasurement({ store, clock, log, noteDatabaseClock }: ClockWatch): () => Promise<void> {
  let isMeasuring = false;
  let loggedUs = 0;
  return async () => {
    if (isMeasuring) return;
    isMeasuring = true;
    try {
      const { aheadUs, toleranceUs } = await databaseAhead(store, clock);
      noteDatabaseClock(aheadUs);
      if (Math.abs(aheadUs - loggedUs) - toleranceUs < jumpUs) return;
      loggedUs = aheadUs;
      log.warn({ ahead_s: inSeconds(aheadUs) }, "the database's clock and this process's have moved apart or together");
    } catch {
      // Whether the database answers is the readiness check's to tell.
    } finally {
      isMeasuring = false;
    }
  };
}

async function databaseAhead(store: Store, clock: SystemClock): Promise<{ aheadUs: number; toleranceUs: number }> {
  const asked = clock.now();
  const [row] = await store.queryBriefly<{ now: Instant }>("select clock_timestamp() as now");
  const answered = clock.now();
  if (row === undefined) throw new Error("a time without a row");
  // It was read at some moment in between.
  return { aheadUs: row.now - (asked + answered) / 2, toleranceUs: (answered - asked) / 2 };
}

function inSeconds(microseconds: number): number {
  return Math.round(microseconds / 1_000) / 1_000;
}

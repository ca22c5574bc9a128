import type { Clock } from "../clock.ts";
import type { Job, Jobs } from "../job.ts";
import type { Log } from "../log.ts";
import type { Store } from "../store/store.ts";
import { keepDriftReport } from "./drift.ts";
import type { Rescorer } from "./rescore.ts";

const pauseMs = 1_000;
const pauseAfterFailureMs = 10_000;
/** A report reads a month's scores of everybody: one that fails is not tried again and again. */
const pauseAfterDriftFailureMs = 3_600_000;

export interface ScoringJobParts {
  readonly jobs: Jobs;
  readonly store: Store;
  readonly clock: Clock;
  readonly rescorer: Rescorer;
  readonly log: Log;
}

/**
 * Scores whoever is marked, whoever marked them: a feedback batch of another process, a new month, a start that was
 * killed. Once a second is soon enough for "within seconds" and cheap enough to do for ever. When everybody is scored
 * for a month, keeps how they drifted, beside the scoring that goes on. Every process scores: who is whose, the slices say
 * that each takes in the database.
 */
export function startScoringJob({ jobs, store, clock, rescorer, log }: ScoringJobParts): Job {
  const drift = createDriftKeeper({ store, clock, log });
  const scoring = jobs.every(
    "scoring",
    pauseMs,
    async () => {
      if (await rescorer.markAllIfStale()) log.info("the month or the card has changed: everybody is scored anew");
      const { people } = await rescorer.run();
      if (people > 0) log.info({ people }, "scored");
      drift.keepIfDue();
    },
    { inEachProcess: true, afterFailureMs: pauseAfterFailureMs, failure: "scoring failed; the marks stay" },
  );
  return {
    async stop() {
      await scoring.stop();
      await drift.idle();
    },
  };
}

/** Keeps the report that is due, one at a time and in the background. */
function createDriftKeeper({ store, clock, log }: Omit<ScoringJobParts, "jobs" | "rescorer">): {
  keepIfDue(): void;
  idle(): Promise<void>;
} {
  let keeping: Promise<void> | undefined;
  let notBefore = 0;
  async function keep(): Promise<void> {
    if (performance.now() < notBefore) return;
    try {
      const kept = await keepDriftReport(store, clock);
      if (kept?.drift === undefined) return;
      const { score, verdict, features } = kept.drift;
      const moved = features.filter((each) => each.verdict !== "calm").map(({ feature }) => feature);
      log[verdict === "calm" ? "info" : "warn"](
        { month: kept.month, score, verdict, moved },
        "the month's drift report is kept",
      );
    } catch (error) {
      log.error({ err: error }, "the month's drift report failed; it is tried again in an hour");
      notBefore = performance.now() + pauseAfterDriftFailureMs;
    }
  }
  return {
    keepIfDue() {
      keeping ??= keep().finally(() => {
        keeping = undefined;
      });
    },
    async idle() {
      await keeping;
    },
  };
}

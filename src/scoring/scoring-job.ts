import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Store } from "../store/store.ts";
import { keepDriftReport } from "./drift.ts";
import type { Rescorer } from "./rescore.ts";

const pauseMs = 1_000;
const pauseAfterFailureMs = 10_000;

export interface ScoringJobParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly rescorer: Rescorer;
  readonly log: Log;
}

/**
 * Scores whoever is marked, whoever marked them: a feedback batch of another process, a new month, a start that was
 * killed. When everybody is scored for a month, keeps how they drifted. Once a second is soon enough for "within seconds" and cheap enough to do for ever.
 */
export function startScoringJob({ store, clock, rescorer, log }: ScoringJobParts): { stop(): Promise<void> } {
  const stopped = new AbortController();
  async function loop(): Promise<void> {
    while (!stopped.signal.aborted) {
      let pause = pauseMs;
      try {
        if (await rescorer.markAllIfStale()) log.info("the month or the card has changed: everybody is scored anew");
        const { people } = await rescorer.run();
        if (people > 0) log.info({ people }, "scored");
        const kept = await keepDriftReport(store, clock);
        if (kept?.drift !== undefined) {
          const moved = kept.drift.features.filter(({ verdict }) => verdict !== "calm").map(({ feature }) => feature);
          log[kept.drift.verdict === "calm" ? "info" : "warn"]({ month: kept.month, score: kept.drift.score, verdict: kept.drift.verdict, moved }, "the month's drift report is kept");
        }
      } catch (error) {
        log.error({ err: error }, "scoring failed; the marks stay");
        pause = pauseAfterFailureMs;
      }
      await delay(pause, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
    }
  }
  const running = loop();
  return {
    stop() {
      stopped.abort();
      return running;
    },
  };
}

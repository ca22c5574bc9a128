import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../log.ts";
import type { Rescorer } from "./rescore.ts";

const pauseMs = 1_000;
const pauseAfterFailureMs = 10_000;

/**
 * Scores whoever is marked, whoever marked them: a feedback batch of another process, a new month, a start that was
 * killed. Once a second is soon enough for "within seconds" and cheap enough to do for ever.
 */
export function startScoringJob(rescorer: Rescorer, log: Log): { stop(): Promise<void> } {
  const stopped = new AbortController();
  async function loop(): Promise<void> {
    while (!stopped.signal.aborted) {
      let pause = pauseMs;
      try {
        if (await rescorer.markAllIfStale()) log.info("the month or the card has changed: everybody is scored anew");
        const { people } = await rescorer.run();
        if (people > 0) log.info({ people }, "scored");
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

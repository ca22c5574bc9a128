import { setTimeout as delay } from "node:timers/promises";
import { type Clock, instantToText } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Store } from "../store/store.ts";
import { inquiryParameters } from "./asked-columns.ts";
import type { NumberedInquiry } from "./inquiry.ts";
import { closeSql } from "./judge-sql.ts";

/** Closes the ids of inquiries that were begun and not answered by their deadline, as soon as the database lets it. */
export interface Closer {
  close(inquiry: NumberedInquiry): void;
  /** Tries what is left once more, and gives it up if that fails: an id of which nothing was recorded is free again. */
  finish(): Promise<void>;
}

const groupLimit = 256;
/** So many inquiries wait to be closed. A further one stays as it is: either all or nothing of it was recorded anyway. */
const waitingLimit = 10_000;
const pauseMs = 500;

export function createCloser(store: Store, clock: Clock, log: Log): Closer {
  let waiting: NumberedInquiry[] = [];
  let running: Promise<void> | undefined;
  let finishing = false;

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting.slice(0, groupLimit);
      try {
        const now = clock.now();
        await store.queryBriefly(closeSql, [instantToText(now), ...inquiryParameters(group, now)]);
        waiting = waiting.slice(group.length);
        log.warn({ inquiries: group.length }, "closed inquiries that missed their deadline");
      } catch (error) {
        if (finishing) break;
        log.warn({ err: error, inquiries: waiting.length }, "cannot close inquiries yet");
        await delay(pauseMs);
      }
    }
    running = undefined;
  }

  return {
    close(inquiry) {
      if (waiting.length >= waitingLimit) return;
      waiting.push(inquiry);
      running ??= run();
    },
    async finish() {
      finishing = true;
      await running;
    },
  };
}

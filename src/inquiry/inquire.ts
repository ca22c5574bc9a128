import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import { withinDeadline } from "../deadline.ts";
import type { Log } from "../log.ts";
import { type Store, StoreError } from "../store/store.ts";
import { createBizNoSource } from "./biz-no.ts";
import { createCloser } from "./close.ts";
import { createGroupCommit, GroupQueueFull } from "./group-commit.ts";
import type { AnsweredInquiry, InquiryOutcome, InquiryRequest, NumberedInquiry } from "./inquiry.ts";
import { areAnsweredAgain, judgeAndRecord } from "./judge.ts";

export interface InquiryDesk {
  /**
   * Resolves once the inquiry is committed, or is a repeat of one that was. Rejects with InquiryTimeout at its
   * deadline, with GroupQueueFull when too many wait, and with a StoreError when the database refuses.
   */
  inquire(request: InquiryRequest): Promise<InquiryOutcome>;
  /**
   * Whether an inquiry that was answered under this number is answered the same now: asked of the database each time,
   * so nothing that ends a token or a consent is missed. False when that cannot be found out now. Rejects with
   * InquiryTimeout at the deadline.
   */
  isAnsweredAgain(answered: AnsweredInquiry): Promise<boolean>;
  idle(): Promise<void>;
}

/** The deadline has passed. What had been begun is being closed. */
export class InquiryTimeout extends Error {
  override readonly name = "InquiryTimeout";
}

export interface DeskOptions {
  readonly log: Log;
  /** How long a caller may wait for a commit. */
  readonly deadlineMs: number;
}

const groupLimit = 256;
const queueLimit = 10_000;
const pauseMs = 50;

/** An inquiry whose caller waits. */
interface Pending extends NumberedInquiry {
  /** Part of a statement that was sent: whether it was committed is the database's to say. */
  begun: boolean;
  /** Whether nobody waits for it any more. */
  givenUp: boolean;
}

export function openInquiryDesk(store: Store, clock: Clock, { log, deadlineMs }: DeskOptions): InquiryDesk {
  const nextBizNo = createBizNoSource();
  const closer = createCloser(store, clock, log);
  const group = createGroupCommit<Pending, InquiryOutcome | "raced" | "given up">(
    async (pending) => {
      const live = pending.filter(({ givenUp }) => !givenUp);
      for (const each of live) each.begun = true;
      const judged = live.length === 0 ? [] : await judgeAndRecord(store, clock.now(), live);
      let next = 0;
      return pending.map((each) => (live[next] === each ? (judged[next++] ?? "given up") : "given up"));
    },
    { groupLimit, queueLimit, ownerOf: ({ request }) => request.merchantId },
  );

  const repeats = createGroupCommit<AnsweredInquiry, boolean>(
    (answered) => areAnsweredAgain(store, clock.now(), answered),
    {
      groupLimit,
      queueLimit,
      ownerOf: ({ merchantId }) => merchantId,
    },
  );

  // Each caller's own: a group that hangs is followed by no other until its connection is given up.
  const timeout = (): InquiryTimeout => new InquiryTimeout(`no answer within ${deadlineMs} ms`);

  /**
   * A lost connection says nothing about the commit; asking again finds the inquiry's own row, or records it. An id raced
   * for, by another process or in its own group, is judged again, as the repeat it may have become: each time one of those
   * that race for it is settled, so it ends, at the deadline at the latest.
   */
  async function settle(pending: Pending): Promise<InquiryOutcome> {
    while (!pending.givenUp) {
      try {
        const outcome = await group.submit(pending);
        if (typeof outcome === "object") return outcome;
      } catch (error) {
        if (!isOutcomeUnknown(error)) throw error;
        await delay(pauseMs);
      }
    }
    throw new InquiryTimeout("the inquiry was given up");
  }

  return {
    inquire(request) {
      const pending: Pending = { request, bizNo: nextBizNo(clock.now()), begun: false, givenUp: false };
      return withinDeadline(settle(pending), deadlineMs, () => {
        pending.givenUp = true;
        if (pending.begun) closer.close(pending);
        return timeout();
      });
    },
    isAnsweredAgain: (answered) =>
      withinDeadline(repeats.submit(answered), deadlineMs, timeout).catch((error: unknown) => {
        if (error instanceof StoreError || error instanceof GroupQueueFull) return false;
        throw error;
      }),
    async idle() {
      await Promise.all([group.idle(), repeats.idle()]);
      await closer.finish();
    },
  };
}

/** Lost connections, a server that stops or starts, or one that undid us for another's sake. */
const passing = /^(?:08|57P0|53300|40001|40P01)/;

function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof StoreError && passing.test(error.sqlState);
}

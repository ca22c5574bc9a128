import { availableParallelism } from "node:os";
import { MessageChannel, Worker } from "node:worker_threads";
import type { Vault } from "../../keys/vault.ts";
import type { Portion } from "./portion.ts";
import { PortionCredit } from "./portion-credit.ts";
import { portionsUnderWay, type ReaderReply, type ReaderStart, type ReadRequest } from "./reader-protocol.ts";
import { type StagedFile, type StagingTask, usualPortion } from "./staging.ts";

/** A file being read: its rows as COPY takes them, and when they have all been taken, what was found. */
export interface Reading {
  readonly portions: AsyncIterable<Portion>;
  finished(): Promise<StagedFile>;
  /** Ends the reading where it is, and resolves when nobody looks at the file any more; harmless when it has ended. */
  giveUp(): Promise<void>;
}

/** Threads that read feedback files, a file each at a time; further files wait their turn. */
export interface FeedbackReaders {
  read(task: Omit<StagingTask, "portion">): Promise<Reading>;
  close(): Promise<void>;
}

const mostReaders = 2;
const waitingLimit = 200;
/**
 * A file that is too odd to be read piece by piece may need so much memory that its thread ends, and nothing else does. What
 * is made of a usual file is soon gone, so a small young generation is enough.
 */
const resourceLimits = { maxOldGenerationSizeMb: 1_024, maxYoungGenerationSizeMb: 24 };

/** `portion` says when a portion of a file is full; tests make it small. */
export function openFeedbackReaders(
  vault: Vault,
  { portion = usualPortion }: { readonly portion?: StagingTask["portion"] } = {},
): FeedbackReaders {
  const limit = Math.max(1, Math.min(mostReaders, availableParallelism() - 1));
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: (() => void)[] = [];
  let closed = false;

  async function take(): Promise<Worker> {
    for (;;) {
      const worker = idle.pop();
      if (worker !== undefined) return worker;
      if (all.size < limit) return start();
      if (waiting.length >= waitingLimit) throw new Error(`${waitingLimit} feedback files already wait to be read`);
      await new Promise<void>((settle) => waiting.push(settle));
    }
  }

  function start(): Worker {
    const workerData: ReaderStart = { keys: vault.keys };
    const worker = new Worker(new URL("./reader-worker.js", import.meta.url), { workerData, resourceLimits });
    worker.unref();
    all.add(worker);
    worker.once("exit", () => {
      all.delete(worker);
      const at = idle.indexOf(worker);
      if (at !== -1) idle.splice(at, 1);
      waiting.shift()?.();
    });
    // What ends a thread is told to the reading that it was doing.
    worker.on("error", () => {});
    return worker;
  }

  function giveBack(worker: Worker): void {
    if (all.has(worker)) idle.push(worker);
    waiting.shift()?.();
  }

  return {
    async read(task) {
      if (closed) throw new Error("feedback is closed");
      const worker = await take();
      return startReading(worker, { ...task, portion }, () => giveBack(worker));
    },
    async close() {
      closed = true;
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

function startReading(worker: Worker, task: StagingTask, done: () => void): Reading {
  const credit = PortionCredit.of(portionsUnderWay);
  const { port1: spent, port2: theirs } = new MessageChannel();
  const portions: Portion[] = [];
  let wake = (): void => {};
  let end: { readonly staged: StagedFile } | Error | undefined;

  const onMessage = (message: ReaderReply): void => {
    if (message.kind === "portion") portions.push(message.portion);
    else finish(message.kind === "done" ? message : new Error(`a feedback file could not be read: ${message.error}`));
    wake();
  };
  const onExit = (): void => {
    finish(new Error("the thread that read a feedback file has ended"));
    wake();
  };
  const finish = (how: { readonly staged: StagedFile } | Error): void => {
    if (end !== undefined) return;
    end = how;
    worker.off("message", onMessage);
    worker.off("exit", onExit);
    worker.unref();
    spent.close();
    done();
  };
  worker.on("message", onMessage);
  worker.once("exit", onExit);
  worker.ref();
  worker.postMessage({ task, credit: credit.memory, spent: theirs } satisfies ReadRequest, [theirs]);

  const arrival = (): Promise<void> => new Promise((settle) => (wake = settle));
  async function* inOrder(): AsyncGenerator<Portion, void, void> {
    for (;;) {
      const portion = portions.shift();
      if (portion !== undefined) {
        yield portion;
        spent.postMessage(portion.rows.buffer, [portion.rows.buffer]);
        credit.giveBack();
      } else if (end instanceof Error) throw end;
      else if (end !== undefined) return;
      else await arrival();
    }
  }
  return {
    portions: inOrder(),
    async finished() {
      while (end === undefined) await arrival();
      if (end instanceof Error) throw end;
      return end.staged;
    },
    async giveUp() {
      if (end === undefined) credit.giveUp();
      while (end === undefined) await arrival();
    },
  };
}

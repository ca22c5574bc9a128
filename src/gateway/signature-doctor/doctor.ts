import { Worker } from "node:worker_threads";
import type { DiagnosisReply, DiagnosisRequest, DiagnosisSummary } from "./diagnosis-protocol.ts";

/** Finds out why signatures do not verify, one at a time, in a thread of its own that begins with the first of them. */
export interface SignatureDoctor {
  /** `too_long` when the time for it was over; undefined when too many wait already, or when the server stops. */
  diagnose(request: DiagnosisRequest): Promise<DiagnosisSummary | "too_long" | undefined>;
  /** Whether there is room for one more to wait; false when the server stops. */
  hasRoom(): boolean;
  close(): Promise<void>;
}

/** How long one diagnosis may take in its thread. The usual ones take a few milliseconds, the longest some fifty. */
const diagnosisMs = 250;
/** What a thread may take to begin. */
const threadStartMs = 10_000;
/** Who waits is a caller that has been refused: more of them get their refusal without a diagnosis. */
const waitingLimit = 4;
/** A search that wants more memory ends its own thread at most. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 };

export interface SignatureDoctorOptions {
  readonly diagnosisMs?: number;
  readonly worker?: URL;
}

interface QueuedRequest {
  readonly request: DiagnosisRequest;
  readonly settle: (outcome: DiagnosisSummary | "too_long" | undefined) => void;
}

export function openSignatureDoctor(options: SignatureDoctorOptions = {}): SignatureDoctor {
  const { diagnosisMs: limitMs = diagnosisMs, worker: file = new URL("./diagnosis-worker.js", import.meta.url) } =
    options;
  const waiting: QueuedRequest[] = [];
  let current: QueuedRequest | undefined;
  let timer: NodeJS.Timeout | undefined;
  let worker: Worker | undefined;
  let closed = false;

  function start(): Worker {
    const started = new Worker(file, { resourceLimits });
    started.unref();
    started.on("message", (message: DiagnosisReply) => {
      if (started !== worker) return;
      if (message.kind === "begun") setLimit(limitMs);
      else finish(message.summary);
    });
    // What ends a thread, want of memory say, is told by its end.
    started.on("error", () => {});
    started.once("exit", () => started === worker && giveUp());
    return started;
  }

  function begin(): void {
    if (current !== undefined) return;
    current = waiting.shift();
    if (current === undefined) return;
    worker ??= start();
    setLimit(threadStartMs);
    worker.postMessage(current.request);
  }

  function setLimit(ms: number): void {
    clearTimeout(timer);
    const asked = current;
    // An answer that has come while this thread was busy is read before the time counts as over.
    timer = setTimeout(() => setImmediate(() => asked !== undefined && asked === current && giveUp()), ms);
  }

  function finish(outcome: DiagnosisSummary | "too_long" | undefined): void {
    clearTimeout(timer);
    const done = current;
    current = undefined;
    done?.settle(outcome);
    begin();
  }

  /** The thread may be anywhere in its search, so it ends; the next diagnosis gets a new one. */
  function giveUp(): void {
    void worker?.terminate();
    worker = undefined;
    finish("too_long");
  }

  const hasRoom = (): boolean => !closed && waiting.length < waitingLimit;

  return {
    hasRoom,
    diagnose: (request) =>
      new Promise((settle) => {
        if (!hasRoom()) return settle(undefined);
        waiting.push({ request, settle });
        begin();
      }),
    async close() {
      closed = true;
      for (const each of waiting.splice(0)) each.settle(undefined);
      const last = worker;
      worker = undefined;
      finish(undefined);
      await last?.terminate();
    },
  };
}

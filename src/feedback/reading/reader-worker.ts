import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { createVault } from "../../keys/vault.ts";
import { givenUp, type ReaderReply, type ReaderStart, type ReadRequest } from "./reader-protocol.ts";
import { type StagedFile, stageFile } from "./staging.ts";

/* The thread that reads feedback files: the gateway's own has inquiries to answer meanwhile. */

const { keys } = workerData as ReaderStart; // Made by readers.ts.
const vault = createVault(keys);
giveWay();

parentPort?.on("message", ({ task, credit, spent }: ReadRequest) => {
  try {
    reply({ kind: "done", staged: stage(task, new Int32Array(credit), spent) });
  } catch (error) {
    // The message alone: a stack may quote a merchant's file.
    reply({ kind: "failed", error: error instanceof Error ? `${error.name}: ${error.message}` : "unknown" });
  } finally {
    spent.close();
  }
});

/** Whoever waits for a score goes first. Linux gives each thread a priority of its own; where it does not, all are alike. */
function giveWay(): void {
  try {
    const thread = Number(/task\/(\d+)$/.exec(readlinkSync("/proc/thread-self"))?.[1]);
    if (thread !== process.pid && Number.isSafeInteger(thread)) setPriority(thread, constants.priority.PRIORITY_LOW);
  } catch {
    // No such file, or not allowed.
  }
}

function stage(task: ReadRequest["task"], credit: Int32Array, spent: MessagePort): StagedFile {
  const portions = stageFile(
    task,
    vault,
    () => (receiveMessageOnPort(spent) as { message: ArrayBuffer } | undefined)?.message,
  );
  let next = portions.next();
  while (next.done !== true) {
    const left = Atomics.sub(credit, 0, 1) - 1;
    for (let now = left; now < 0; now = Atomics.load(credit, 0)) {
      if (now <= givenUp / 2) throw new Error("the reading was given up");
      Atomics.wait(credit, 0, now);
    }
    const portion = next.value;
    reply({ kind: "portion", portion }, [portion.rows.buffer, portion.notes.buffer, portion.people.buffer]);
    next = portions.next();
  }
  return next.value;
}

function reply(message: ReaderReply, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

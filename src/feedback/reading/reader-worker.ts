import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { createVault } from "../../keys/vault.ts";
import { PortionCredit } from "./portion-credit.ts";
import { type ReaderReply, type ReaderStart, type ReadRequest } from "./reader-protocol.ts";
import { type StagedFile, stageFile } from "./staging.ts";

/* The thread that reads feedback files: the gateway's own has inquiries to answer meanwhile. */

const { keys } = workerData as ReaderStart; // Made by readers.ts.
const vault = createVault(keys);
giveWay();

parentPort?.on("message", ({ task, credit, spent }: ReadRequest) => {
  try {
    reply({ kind: "done", staged: stage(task, new PortionCredit(credit), spent) });
  } catch (error) {
    // The message alone: a stack may quote a merchant's file.
    reply({ kind: "failed", error: error instanceof Error ? `${error.name}: ${error.message}` : "unknown" });
  } finally {
    spent.close();
  }
});

/** Lowers the priority of this thread: whoever waits for a score goes first. Only Linux gives threads a priority of their own. */
function giveWay(): void {
  try {
    const thread = Number(/task\/(\d+)$/.exec(readlinkSync("/proc/thread-self"))?.[1]);
    if (thread !== process.pid && Number.isSafeInteger(thread)) setPriority(thread, constants.priority.PRIORITY_LOW);
  } catch {
    // The system has no such file, or does not allow it: then all threads are alike.
  }
}

function stage(task: ReadRequest["task"], credit: PortionCredit, spent: MessagePort): StagedFile {
  const portions = stageFile(
    task,
    vault,
    () => (receiveMessageOnPort(spent) as { message: ArrayBuffer } | undefined)?.message,
  );
  let next = portions.next();
  while (next.done !== true) {
    if (!credit.take()) throw new Error("the reading was given up");
    const portion = next.value;
    reply({ kind: "portion", portion }, [portion.rows.buffer, portion.notes.buffer, portion.people.buffer]);
    next = portions.next();
  }
  return next.value;
}

function reply(message: ReaderReply, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

import { createHash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { createVault } from "../keys/vault.ts";
import { givenUp, type ReaderReply, type ReaderStart, type ReadRequest } from "./reader-protocol.ts";
import { type StagedFile, stageFile } from "./staging.ts";

/* The thread that reads feedback files: the gateway's own has inquiries to answer meanwhile. */

const { keys } = workerData as ReaderStart; // Made by readers.ts.
const vault = createVault(keys);
const encoder = new TextEncoder();
const hashedAtOnce = 4 * 1_048_576;

parentPort?.on("message", ({ task, credit }: ReadRequest) => {
  try {
    const staged = stage(task, new Int32Array(credit));
    reply({ kind: "done", staged, sha256: sha256Of(task.file) });
  } catch (error) {
    // The message alone: a stack may quote a merchant's file.
    reply({ kind: "failed", error: error instanceof Error ? `${error.name}: ${error.message}` : "unknown" });
  }
});

function stage(task: ReadRequest["task"], credit: Int32Array): StagedFile {
  const rows = stageFile(task, vault);
  let next = rows.next();
  while (next.done !== true) {
    const left = Atomics.sub(credit, 0, 1) - 1;
    for (let now = left; now < 0; now = Atomics.load(credit, 0)) {
      if (now <= givenUp / 2) throw new Error("the reading was given up");
      Atomics.wait(credit, 0, now);
    }
    const bytes = encoder.encode(next.value);
    reply({ kind: "rows", rows: bytes }, [bytes.buffer]);
    next = rows.next();
  }
  return next.value;
}

function sha256Of(file: Uint8Array): Uint8Array {
  const digest = createHash("sha256");
  for (let at = 0; at < file.length; at += hashedAtOnce) digest.update(Buffer.from(file.subarray(at, at + hashedAtOnce)));
  return new Uint8Array(digest.digest());
}

function reply(message: ReaderReply, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

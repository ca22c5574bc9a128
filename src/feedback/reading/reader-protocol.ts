import type { MessagePort } from "node:worker_threads";
import type { VaultKeys } from "../../keys/vault.ts";
import type { Portion } from "./portion.ts";
import type { StagedFile, StagingTask } from "./staging.ts";

/** Between the gateway's thread and the one that reads feedback files. Large files lie on the disk; none is copied twice. */
export interface ReaderStart {
  readonly keys: VaultKeys;
}

export interface ReadRequest {
  readonly task: StagingTask;
  /** The memory of a PortionCredit: the reader takes of it for each portion that it sends. */
  readonly credit: SharedArrayBuffer;
  /** By which the memory of rows that have arrived comes back, to be used again: left to the collector, much of it would lie about. */
  readonly spent: MessagePort;
}

export type ReaderReply =
  | { readonly kind: "portion"; readonly portion: Portion }
  | { readonly kind: "done"; readonly staged: StagedFile }
  | { readonly kind: "failed"; readonly error: string };

/** Portions under way at once: one that the database takes, and those that wait for it. */
export const portionsUnderWay = 3;

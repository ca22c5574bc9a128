import type { MessagePort } from "node:worker_threads";
import type { VaultKeys } from "../../keys/vault.ts";
import type { Portion } from "./portion.ts";
import type { StagedFile, StagingTask } from "./staging.ts";

/** What a reading thread is started with. Files are not copied to it: they lie on the disk or in shared memory. */
export interface ReaderStart {
  readonly keys: VaultKeys;
}

export interface ReadRequest {
  readonly task: StagingTask;
  /** The memory of a PortionCredit: the reader takes of it for each portion that it sends. */
  readonly credit: SharedArrayBuffer;
  /**
   * The port through which the memory of rows that have arrived comes back to be used again. Left to the garbage collector,
   * much of it would lie about for long.
   */
  readonly spent: MessagePort;
}

export type ReaderReply =
  | { readonly kind: "portion"; readonly portion: Portion }
  | { readonly kind: "done"; readonly staged: StagedFile }
  | { readonly kind: "failed"; readonly error: string };

/** So many portions are under way at once: one that the database takes, and those that wait for it. */
export const portionsUnderWay = 3;

import type { VaultKeys } from "../keys/vault.ts";
import type { StagedFile, StagingTask } from "./staging.ts";

/** Between the gateway's thread and the one that reads feedback files. Files lie in shared memory: they are not copied. */
export interface ReaderStart {
  readonly keys: VaultKeys;
}

export interface ReadRequest {
  readonly task: StagingTask;
  /** One number: the chunks that may still be sent before the reader waits; below zero it gives up. */
  readonly credit: SharedArrayBuffer;
}

export type ReaderReply =
  | { readonly kind: "rows"; readonly rows: Uint8Array }
  | { readonly kind: "done"; readonly staged: StagedFile; readonly sha256: Uint8Array }
  | { readonly kind: "failed"; readonly error: string };

/** Chunks of rows under way at once. */
export const chunksUnderWay = 8;
export const givenUp = -1_000_000;

import type { CopyFormat } from "../copy-chunks.ts";

/** What passes between the store and the thread that runs the embedded database. One request at a time, but syncs. */
export type EngineRequest =
  /** Messages of PostgreSQL's wire protocol, answered by more of them. */
  | { readonly kind: "wire"; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }
  /** COPY `target` FROM the chunks. */
  | {
      readonly kind: "copy";
      readonly id: number;
      readonly target: string;
      readonly format: CopyFormat;
      readonly chunks: readonly Uint8Array<ArrayBuffer>[];
    }
  /** How many times fsync has really run. */
  | { readonly kind: "syncs"; readonly id: number }
  | { readonly kind: "close"; readonly id: number };

export type EngineReply =
  | { readonly kind: "ready" }
  | { readonly kind: "bytes"; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "number"; readonly id: number; readonly value: number }
  | { readonly kind: "failed"; readonly id: number; readonly message: string; readonly sqlState: string }
  /** The last word of a thread that cannot go on. `directoryLost`: its files were removed under its hands. */
  | { readonly kind: "died"; readonly reason: string; readonly directoryLost: boolean };

/** What a thread is started for: to create a database in an empty directory and end, or to serve one. */
export interface EngineTask {
  readonly task: "create" | "serve";
  readonly directory: string;
}

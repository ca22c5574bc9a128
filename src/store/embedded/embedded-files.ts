import { fstatSync, fsyncSync } from "node:fs";
import { NodeFS } from "@electric-sql/pglite/nodefs";

type InitParameters = Parameters<NodeFS["init"]>;

/** The parts of Emscripten's NODEFS we touch. */
interface FileStream {
  readonly nfd: number;
  readonly node: { readonly parent: { readonly name: string } };
}
interface NodeFiles {
  readonly NODEFS: {
    readonly stream_ops: {
      fsync?: (stream: FileStream) => number;
      write: (stream: FileStream, buffer: unknown, offset: number, length: number, position: number) => number;
    };
  };
}

/** What ends the database: neither is something that a commit may be answered after. */
interface FileFailures {
  readonly syncFailed: (error: unknown) => never;
  readonly logRemoved: () => never;
}

/**
 * The database's directory on disk, with an fsync. Emscripten's NODEFS has none: its fsync system call looks for
 * `stream_ops.fsync`, finds nothing, and reports success without asking the disk.
 *
 * A removed file can be written and synced as long as it is open: so that no commit goes to one, the write-ahead log must
 * still have its name after each fsync.
 */
export class SyncedFiles extends NodeFS {
  /** How many times fsync has really run. */
  syncs = 0;
  /** Bytes written to the write-ahead log. */
  walBytes = 0;
  readonly #failures: FileFailures;

  constructor(directory: string, failures: FileFailures) {
    super(directory);
    this.#failures = failures;
  }

  override async init(...[database, options]: InitParameters) {
    const { emscriptenOpts } = await super.init(database, options);
    const addSync = (module: unknown) => this.#addSync(module as NodeFiles); // Emscripten passes its module, untyped.
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), addSync] } };
  }

  #addSync({ NODEFS }: NodeFiles): void {
    const operations = NODEFS.stream_ops;
    const { write } = operations;
    operations.fsync = (stream) => {
      try {
        fsyncSync(stream.nfd);
      } catch (error) {
        this.#failures.syncFailed(error);
      }
      if (isWalFile(stream) && fstatSync(stream.nfd).nlink === 0) this.#failures.logRemoved();
      this.syncs += 1;
      return 0;
    };
    operations.write = (stream, buffer, offset, length, position) => {
      if (isWalFile(stream)) this.walBytes += length;
      return write(stream, buffer, offset, length, position);
    };
  }
}

function isWalFile(stream: FileStream): boolean {
  return stream.node.parent.name === "pg_wal";
}

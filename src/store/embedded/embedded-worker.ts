import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { SyncedFiles } from "./embedded-files.ts";
import type { EngineReply, EngineRequest, EngineTask } from "./embedded-protocol.ts";

/*
 * The thread that runs the embedded database. PGlite computes synchronously; on the main thread nothing else would
 * get a turn. Whatever it cannot recover from ends the thread, never the process: the log replays at the next start.
 */

/** PGlite's own parameters without its `-F`, which would turn fsync off, and with memory for a laptop. */
const settings = [
  "search_path=public",
  "exit_on_error=false",
  "log_checkpoints=false",
  "max_worker_processes=0",
  "max_parallel_workers=0",
  "max_parallel_workers_per_gather=0",
  "max_parallel_maintenance_workers=0",
  "io_method=sync",
  "fsync=on",
  "synchronous_commit=on",
  "wal_sync_method=fsync", // The default, fdatasync, is a system call that Emscripten answers without doing it.
  "full_page_writes=on",
  "shared_buffers=64MB",
  "max_wal_size=64MB",
  "min_wal_size=32MB",
  "jit=off",
  "TimeZone=UTC",
  "DateStyle=ISO",
  "bytea_output=hex",
];
const startParams = ["--single", "-O", "-j", ...settings.flatMap((setting) => ["-c", setting])];

/** A single-user PostgreSQL has neither checkpointer nor autovacuum: its log and its tables would grow for ever. */
const checkpointAfterWalBytes = 32 * 1024 * 1024;
const vacuumAfterWalBytes = 256 * 1024 * 1024;

/** How PGlite's PostgreSQL leaves its main loop after an ordinary error: siglongjmp, as this exit status. */
const ordinaryErrorStatus = 100;

const port = parentPort;
if (port === null) throw new Error("embedded-worker.js runs as a worker thread only");
const { task, directory } = workerData as EngineTask; // Our own main thread wrote it.

function reply(message: EngineReply, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

function die(reason: string, directoryLost = false): never {
  reply({ kind: "died", reason, directoryLost });
  process.exit(1); // In a worker this ends the thread.
}

const files = new SyncedFiles(directory, {
  syncFailed: (error) => die(`the disk refused an fsync (${codeOf(error)})`),
  logRemoved: () => die("its files were removed", true),
});
const database = await PGlite.create({
  fs: files,
  startParams,
  initDbStartParams: ["--no-sync", "--no-instructions", "--wal-segsize=4"],
});
endThreadOnCrash();

if (task === "create") {
  await database.close();
  process.exit(0);
}

let checkpointedAt = 0;
let vacuumedAt = 0;
port.on("message", (request: EngineRequest) => void answer(request));
reply({ kind: "ready" });

async function answer(request: EngineRequest): Promise<void> {
  const { id } = request;
  try {
    if (request.kind === "wire") {
      const bytes = await exchangeMessages(request.bytes);
      reply({ kind: "bytes", id, bytes }, [bytes.buffer]);
    } else if (request.kind === "copy") {
      const blob = new Blob([...request.chunks]);
      const result = await database.query(
        `COPY ${request.target} FROM '/dev/blob' WITH (FORMAT ${request.format})`,
        [],
        { blob },
      );
      reply({ kind: "number", id, value: result.affectedRows ?? 0 });
    } else if (request.kind === "syncs") {
      reply({ kind: "number", id, value: files.syncs });
    } else {
      await database.close();
      reply({ kind: "number", id, value: 0 });
      port?.close();
      return;
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply({ kind: "failed", id, message, sqlState: codeOf(error) });
  }
  await runHousekeeping();
}

/** After the answer has left, and only between transactions. */
async function runHousekeeping(): Promise<void> {
  if (files.walBytes - checkpointedAt < checkpointAfterWalBytes || database.isInTransaction()) return;
  if (files.walBytes - vacuumedAt >= vacuumAfterWalBytes) {
    await exchangeMessages(simpleQuery("VACUUM (ANALYZE)"));
    vacuumedAt = files.walBytes;
  }
  await exchangeMessages(simpleQuery("CHECKPOINT"));
  checkpointedAt = files.walBytes;
}

/** The raw protocol in and out. PGlite's own query functions take three times as long and parse what we parse again. */
async function exchangeMessages(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const onRawData = (piece: Uint8Array) => {
    pieces.push(piece.slice()); // It lies in the engine's memory, which the next piece overwrites.
    length += piece.length;
  };
  await database.execProtocolRawStream(bytes, { onRawData });
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function simpleQuery(sql: string): Uint8Array {
  const text = Buffer.from(`${sql}\0`);
  const message = Buffer.alloc(5 + text.length);
  message.write("Q");
  message.writeInt32BE(4 + text.length, 1);
  text.copy(message, 5);
  return message;
}

/** PGlite's loop swallows every exception, so a crashed engine would be called again for ever; we end it instead. */
function endThreadOnCrash(): void {
  const engine = database.Module as unknown as { _PostgresMainLoopOnce: () => void }; // Its exports, untyped here.
  const runOnce = engine._PostgresMainLoopOnce;
  engine._PostgresMainLoopOnce = () => {
    try {
      runOnce();
    } catch (error) {
      const { status } = error as { status?: unknown };
      if (status !== ordinaryErrorStatus) die(`PostgreSQL stopped (${String(error).split("\n")[0]})`);
      throw error;
    }
  };
}

function codeOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "XX000";
}

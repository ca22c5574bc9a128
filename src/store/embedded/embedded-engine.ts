import { Duplex } from "node:stream";
import { Worker } from "node:worker_threads";
import type { EngineReply, EngineRequest, EngineTask } from "./embedded-protocol.ts";
import { StoreError } from "../store.ts";
import { connectionLost, directoryLost } from "../sql-state.ts";
import { databaseError } from "../store-error.ts";

type Answer = Extract<EngineReply, { id: number }>;
type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

interface PendingTask {
  resolve(answer: Answer): void;
  reject(error: StoreError): void;
}

/** The thread that runs the embedded database, as seen from the main one. */
export class EmbeddedEngine {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PendingTask>();
  /** Resolves to the thread's exit code. */
  readonly #ended: Promise<number>;
  #lastId = 0;
  #death: StoreError | undefined;
  #closing = false;

  private constructor(task: EngineTask, ready: () => void) {
    this.#worker = new Worker(new URL("./embedded-worker.js", import.meta.url), { workerData: task });
    this.#worker.on("message", (reply: EngineReply) => {
      if (reply.kind === "ready") ready();
      else if (reply.kind === "died")
        this.#die(reply.directoryLost ? storeLost(reply.reason) : engineDied(reply.reason));
      else this.#settle(reply);
    });
    // WebAssembly's runtime throws objects that are no Errors and have no message.
    this.#worker.on("error", (error: unknown) =>
      this.#die(engineDied(error instanceof Error ? error.message : JSON.stringify(error))),
    );
    this.#ended = new Promise((resolve) => {
      this.#worker.on("exit", (code: number) => {
        if (!this.#closing) this.#die(engineDied(`its thread ended with ${code}`));
        resolve(code);
      });
    });
  }

  /** Creates a database in an empty directory. In a thread of its own: creating takes memory that serving does not. */
  static async create(directory: string): Promise<void> {
    const engine = new EmbeddedEngine({ task: "create", directory }, () => {});
    engine.#closing = true;
    const code = await engine.#ended;
    if (code !== 0) throw engine.#death ?? engineDied(`creating it ended with ${code}`);
  }

  static async serve(directory: string): Promise<EmbeddedEngine> {
    return new Promise((resolve, reject) => {
      const engine = new EmbeddedEngine({ task: "serve", directory }, () => resolve(engine));
      void engine.#ended.then(() => reject(engine.#death));
    });
  }

  /** Why nothing will be answered any more, if so. */
  get death(): StoreError | undefined {
    return this.#death;
  }

  /** Rejects with the database's own error, or with the reason why the thread died. */
  async ask(request: WithoutId<EngineRequest>, transfer: ArrayBuffer[] = []): Promise<Answer> {
    if (this.#death !== undefined) throw this.#death;
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise<Answer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#worker.postMessage({ ...request, id }, transfer);
    return answer;
  }

  /** A socket for `pg` whose other end is the engine. */
  openSocket(): Duplex {
    return new EngineSocket(this);
  }

  /** Shuts the database down cleanly if it still lives, and waits for the thread's end. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#death === undefined) await this.ask({ kind: "close" }).catch(() => {}); // The log replays instead.
    await this.#worker.terminate();
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.kind === "failed") waiting?.reject(databaseError(answer.message, answer.sqlState));
    else waiting?.resolve(answer);
  }

  /** Its files are not its own any more: it ends at once, without writing another byte. */
  async loseDirectory(reason: string): Promise<void> {
    this.#die(storeLost(reason));
    await this.#worker.terminate();
  }

  #die(death: StoreError): void {
    this.#death ??= death;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#death);
    this.#waiting.clear();
  }
}

function engineDied(reason: string): StoreError {
  const message = `the embedded database died: ${reason}; start again, what was committed is safe`;
  return new StoreError(message, connectionLost);
}

function storeLost(reason: string): StoreError {
  const message = `the embedded database stopped: ${reason}; see to its directory and start again`;
  return new StoreError(message, directoryLost);
}

/** Takes the place of a TCP socket: everything `pg` writes in one go is one conversation with the engine. */
class EngineSocket extends Duplex {
  readonly #engine: EmbeddedEngine;

  constructor(engine: EmbeddedEngine) {
    super();
    this.#engine = engine;
  }

  connect(): void {
    queueMicrotask(() => this.emit("connect"));
  }

  // What pg expects of a socket and a thread has no need for.
  setNoDelay(): void {}
  ref(): void {}
  unref(): void {}

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#converse(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error) => void): void {
    this.#converse(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  #converse(chunk: Buffer, done: (error?: Error) => void): void {
    const bytes = new Uint8Array(chunk); // A copy: chunk may be a view of a pool that cannot be transferred.
    this.#engine.ask({ kind: "wire", bytes }, [bytes.buffer]).then(
      (answer) => {
        if (answer.kind === "bytes" && answer.bytes.length > 0) this.push(Buffer.from(answer.bytes.buffer));
        done();
      },
      (error: Error) => done(error),
    );
  }
}

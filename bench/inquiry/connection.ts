import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface HttpReply {
  readonly status: number;
  readonly body: string;
}

export interface Connection {
  /** One request at a time. Rejects when the connection ends before the whole reply is there. */
  ask(request: Buffer): Promise<HttpReply>;
  close(): void;
}

const replyLimitMs = 30_000;
const headEnd = Buffer.from("\r\n\r\n");

/**
 * A keep-alive connection that knows just enough HTTP to time a reply with a content-length. A full client would take
 * more processor time than the part of the gateway that is being measured, on the same cores.
 */
export async function openConnection(address: { host: string; port: number }): Promise<Connection> {
  const socket = connect(address);
  socket.setNoDelay(true);
  socket.setTimeout(replyLimitMs, () => socket.destroy(new Error(`no reply within ${replyLimitMs / 1_000} s`)));
  await once(socket, "connect");
  return new SocketConnection(socket);
}

class SocketConnection implements Connection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (reply: HttpReply) => void; reject: (reason: Error) => void } | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the server closed the connection")));
  }

  ask(request: Buffer): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const bodyStart = this.#received.indexOf(headEnd) + headEnd.length;
    if (bodyStart < headEnd.length) return;
    const head = this.#received.toString("latin1", 0, bodyStart);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      this.#fail(new Error("a reply without content-length"));
      return;
    }
    const end = bodyStart + Number(length);
    if (this.#received.length < end) return;
    const reply = { status: Number(head.slice(9, 12)), body: this.#received.toString("utf8", bodyStart, end) };
    this.#received = this.#received.subarray(end);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(reply);
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    this.#socket.destroy();
  }
}

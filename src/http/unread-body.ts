import type { IncomingMessage } from "node:http";
import { finished, Readable } from "node:stream";
import type { FastifyInstance } from "fastify";

/** How long a client may go on sending what is not wanted any more. */
const lingerMs = 5_000;

/**
 * A request that is refused before its body was read is answered at once, and what still comes is thrown away: a
 * connection closed under the client's hands is reset, and the reply, though sent, is lost to it.
 */
export function registerUnreadBodies(server: FastifyInstance): void {
  server.addHook("onSend", async (request, reply, payload) => {
    const { "content-length": length, "transfer-encoding": encoding } = request.headers;
    const announced = encoding !== undefined || Number(length ?? 0) > 0;
    if (!announced || request.raw.complete || typeof payload !== "string") return payload;
    // The client has its whole reply with these bytes, whenever the stream ends.
    reply.header("content-length", Buffer.byteLength(payload));
    return Readable.from(replyThenFinish(payload, request.raw), { objectMode: false });
  });
}

async function* replyThenFinish(payload: string, request: IncomingMessage): AsyncGenerator<string> {
  yield payload;
  if (!(await discardUnread(request))) request.destroy();
}

/**
 * Waits until the client has sent all of its body, which is thrown away, for at most five seconds. Whether all has come by
 * then, or the connection has ended.
 */
export function discardUnread(request: IncomingMessage): Promise<boolean> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve(false), lingerMs);
    finished(request.resume(), () => {
      clearTimeout(limit);
      resolve(true);
    });
  });
}

import type { FastifyReply } from "fastify";
import { type CallFilter, matches, readCalls } from "../request-log/read-calls.ts";
import type { LoggedCall } from "../request-log/call.ts";
import type { Platform } from "../platform.ts";
import { describeCall } from "./call-replies.ts";
import { Problem } from "./problem.ts";

/** A comment is sent so often, so that proxies between keep the connection and a browser that is gone is noticed. */
const heartbeatMs = 15_000;
/** A stream ends after it and the browser asks again, by the guard: who may no longer read it does so for no longer. */
const streamLifeMs = 300_000;
/** Of calls that came while a browser was away. */
const missedLimit = 500;
/** Of events that a slow reader has not taken; whoever is slower is cut off, and goes on where it was. */
const unreadLimitBytes = 1_048_576;

/**
 * Sends calls as they come, as server-sent events: `event: call`, the id is the call's number. `after` is where a stream
 * before it ended. Resolves when the stream has begun.
 * @throws Problem where too many follow already.
 */
export async function streamCalls(
  { requestLog, store, vault }: Platform,
  reply: FastifyReply,
  { filter, after }: { filter: CallFilter; after: number | undefined },
): Promise<void> {
  const { raw } = reply;
  let last = after ?? 0;
  // What comes before the missed calls are sent waits for them.
  let early: LoggedCall[] | undefined = [];
  const send = (calls: readonly LoggedCall[]): void => {
    for (const call of calls) {
      if (call.callNo <= last) continue;
      last = call.callNo;
      if (matches(call, filter))
        raw.write(`id: ${call.callNo}\nevent: call\ndata: ${JSON.stringify(describeCall(call))}\n\n`);
    }
    if (raw.writableLength > unreadLimitBytes) raw.destroy();
  };
  const stop = await requestLog.follow({
    take: (calls) => (early === undefined ? send(calls) : void early.push(...calls)),
    end: () => raw.end(),
  });
  if (stop === undefined)
    throw new Problem("too-many-requests", "too many follow the request log already", { waitS: 10 });
  const missed =
    after === undefined
      ? []
      : (
          await readCalls({ store, vault }, filter, { after, limit: missedLimit }).catch((error: unknown) => {
            stop();
            throw error;
          })
        ).calls;
  reply.hijack();
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>), // Those that hooks have set: texts and numbers.
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
    connection: "close",
  });
  raw.write("retry: 1000\n\n");
  const heartbeat = setInterval(() => raw.write(": still here\n\n"), heartbeatMs).unref();
  const life = setTimeout(() => raw.end(), streamLifeMs).unref();
  raw.once("close", () => {
    stop();
    clearInterval(heartbeat);
    clearTimeout(life);
    // Of a browser that went away Node keeps its half of the connection, for which a server that stops would wait.
    reply.request.raw.socket.destroy();
  });
  send(missed);
  send(early);
  early = undefined;
}

import { type HttpReply, openConnection } from "./connection.ts";

export interface Load {
  /** In the order of the requests. */
  readonly replies: readonly HttpReply[];
  /** From the first byte sent to the last received. */
  readonly elapsedMs: number;
  /** Of each request; in no particular order. */
  readonly latenciesMs: Float64Array;
  /** Processor time of this process meanwhile. */
  readonly cpuUs: number;
}

/** Sends all requests, one at a time on each connection: as soon as one is answered, that connection sends the next. */
export async function sendAll(target: URL, requests: readonly Buffer[], connectionCount: number): Promise<Load> {
  const address = { host: target.hostname, port: Number(target.port) };
  const connections = await Promise.all(Array.from({ length: connectionCount }, () => openConnection(address)));
  const replies: HttpReply[] = Array.from({ length: requests.length });
  const latenciesMs = new Float64Array(requests.length);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  let next = 0;
  try {
    await Promise.all(
      connections.map(async (connection) => {
        for (let index = next++; index < requests.length; index = next++) {
          const sentAt = performance.now();
          const reply = await connection.ask(requests[index] ?? Buffer.alloc(0));
          latenciesMs[index] = performance.now() - sentAt;
          replies[index] = reply;
        }
      }),
    );
    const elapsedMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpuBefore);
    return { replies, elapsedMs, latenciesMs, cpuUs: user + system };
  } finally {
    for (const connection of connections) connection.close();
  }
}

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { addressBlockOf } from "../address-block.ts";

/** One address gets at most this part of the connections. */
const addressShare = 1 / 4;
/** Requests that a connection sends before an earlier one of its own is answered; no SDK sends any. */
const pipelinedLimit = 8;
/** How often those without a request are closed while there are too many. */
const closeIdleEveryMs = 1_000;

export interface ConnectionLimits {
  /** Connections of all addresses together. */
  readonly most: number;
  /** Whether behind this address stand many: a trusted proxy's has no part of its own. */
  readonly standsForMany: (address: string) => boolean;
}

/**
 * Bounds the connections of a server. Where there are as many as there may be, the newcomer takes the place of the oldest
 * connection of whichever address has the most: who holds many cannot keep out who holds few. One who has as many as
 * anybody is turned away.
 */
export function limitConnections(server: Server, { most, standsForMany }: ConnectionLimits): void {
  const byAddress = new Map<string, Set<Socket>>();
  let count = 0;
  let closedIdleAt = -Infinity;

  const forget = (address: string, socket: Socket): void => {
    const own = byAddress.get(address);
    if (own?.delete(socket) !== true) return;
    if (own.size === 0) byAddress.delete(address);
    count -= 1;
  };

  const makeRoom = (ownConnections: number): boolean => {
    if (performance.now() - closedIdleAt >= closeIdleEveryMs) {
      closedIdleAt = performance.now();
      server.closeIdleConnections();
    }
    const [address, largest] = largestOf(byAddress, standsForMany);
    const [oldest] = largest;
    if (oldest === undefined || largest.size <= ownConnections + 1) return false;
    forget(address, oldest);
    oldest.destroy();
    return true;
  };

  server.on("connection", (socket: Socket) => {
    const remote = socket.remoteAddress ?? "";
    const address = standsForMany(remote) ? remote : addressBlockOf(remote);
    const own = byAddress.get(address) ?? new Set();
    const isOverShare = !standsForMany(remote) && own.size >= most * addressShare;
    // Behind a proxy stand many, none of whom is known to have any yet.
    if (isOverShare || (count >= most && !makeRoom(standsForMany(remote) ? 0 : own.size))) return void socket.destroy();
    // Making room may have emptied the table of this very address.
    byAddress.set(address, own.add(socket));
    count += 1;
    socket.once("close", () => forget(address, socket));
  });
}

function largestOf(
  byAddress: ReadonlyMap<string, Set<Socket>>,
  spared: (address: string) => boolean,
): [string, ReadonlySet<Socket>] {
  let largest: [string, ReadonlySet<Socket>] = ["", new Set()];
  for (const entry of byAddress) if (entry[1].size > largest[1].size && !spared(entry[0])) largest = entry;
  return largest;
}

/**
 * Bounds what one connection may ask before it is answered; past it the connection is closed. Costs nothing where a client
 * waits for its answers: only a reply that waits for another one has no socket yet.
 */
export function createPipelineLimit(): (request: IncomingMessage, reply: ServerResponse) => boolean {
  const waiting = new WeakMap<Socket, number>();
  return ({ socket }, reply) => {
    if (reply.socket !== null) return true;
    const before = waiting.get(socket) ?? 0;
    if (before >= pipelinedLimit) {
      socket.destroy();
      return false;
    }
    waiting.set(socket, before + 1);
    reply.once("close", () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
    return true;
  };
}

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { limitConnections } from "#kaimen/gateway/connections.ts";

/** All of loopback is this machine's; to the server each is another one's. */
const [proxy, one, two] = ["127.0.0.1", "127.0.0.2", "127.0.0.3"] as const;
const most = 8;

describe("where all connections are taken", () => {
  let server: Server;
  const sockets: { from: string; socket: Socket }[] = [];
  beforeEach(async () => {
    server = createServer();
    limitConnections(server, { most, standsForMany: (address) => address === proxy });
    server.listen(0, proxy);
    await once(server, "listening");
  });
  afterEach(() => {
    for (const { socket } of sockets.splice(0)) socket.destroy();
    server.close();
  });

  /** With a request that has not come to its end, so that nobody's is idle. */
  async function open(from: string): Promise<Socket> {
    const socket = connect({ port: (server.address() as AddressInfo).port, host: proxy, localAddress: from });
    socket.on("error", () => undefined); // Turned away, or ended by us.
    sockets.push({ from, socket });
    await once(socket, "connect");
    socket.resume().write("GET / HTTP/1.1\r\n");
    return socket;
  }
  const openFrom = (): string[] => sockets.filter(({ socket }) => !socket.closed).map(({ from }) => from);
  const count = (from: string): number => openFrom().filter((each) => each === from).length;

  it("a proxy, which stands for many, is no one who has the most: a stranger makes room for it", async () => {
    for (const from of [one, one, two, two, proxy, proxy, proxy, proxy]) await open(from);
    await delay(50);
    expect(openFrom()).toHaveLength(most);
    const late = await open(proxy);
    await expect.poll(() => count(one) + count(two), { timeout: 10_000 }).toBe(3);
    expect(late.closed).toBe(false);
    expect(count(proxy)).toBe(5);
  });

  it("by a proxy's alone, one more of them is turned away", async () => {
    for (let number = 0; number < most; number += 1) await open(proxy);
    const late = await open(proxy);
    await expect.poll(() => late.closed, { timeout: 10_000 }).toBe(true);
    expect(count(proxy)).toBe(most);
  });
});

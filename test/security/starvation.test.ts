import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parsePrivateKey } from "#kaimen/keys/formats.ts";
import { signParameters } from "#kaimen/keys/signed-request.ts";
import { newTransactionId, productCode } from "../support/integrator.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const megabyte = 1_048_576;
const busy = "20000 aop.unknow-error";
const readWhole = "40001 isv.missing-app-id";
const connections = 64;
/** All of loopback is this machine's; to the server each is another stranger's. 127.0.0.1 is its proxy's. */
const proxy = "127.0.0.1";
const [one = "", two = "", three = "", four = "", five = ""] = [
  "127.0.0.2",
  "127.0.0.3",
  "127.0.0.4",
  "127.0.0.5",
  "127.0.0.6",
];

interface Sender {
  readonly from: string;
  readonly forwardedFor?: string;
}

let kaimen: RunningKaimen;
let port: number;
const open = new Set<Socket>();

beforeAll(async () => {
  kaimen = await startKaimen({
    env: {
      KAIMEN_BODY_LIMIT_MB: "4",
      KAIMEN_CONNECTIONS: String(connections),
      KAIMEN_TRUSTED_PROXIES: proxy,
      KAIMEN_BODY_TIMEOUT_MS: "600000",
    },
  });
  port = Number(new URL(kaimen.sandbox.gateway_url).port);
}, 200_000);
afterAll(() => kaimen?.stop());
afterEach(async () => {
  await Promise.all([...open].map(end));
  await untilHeld("memory", 0);
  await untilHeld("disk", 0);
  uploaded = 0;
});

function connectFrom(from: string): Socket {
  const socket = connect({ port, host: proxy, localAddress: from });
  open.add(socket);
  socket.on("error", () => undefined); // Turned away, or ended by us.
  socket.on("close", () => open.delete(socket));
  return socket;
}

async function end(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  socket.destroy();
  await once(socket, "close");
}

/** Begins a request with a body and sends so much of it; what comes after, and the answer, is the caller's affair. */
async function begin(
  { from, forwardedFor }: Sender,
  { head, body, announced }: { head: string; body: Buffer; announced: number },
): Promise<Socket> {
  const socket = connectFrom(from);
  const forwarded = forwardedFor === undefined ? "" : `X-Forwarded-For: ${forwardedFor}\r\n`;
  socket.write(`POST /gateway.do HTTP/1.1\r\nHost: x\r\n${forwarded}${head}Content-Length: ${announced}\r\n\r\n`);
  if (body.length > 0) await new Promise<void>((sent) => socket.write(body, () => sent()));
  return socket;
}

const partHead = Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n\r\n');
const partEnd = Buffer.from("\r\n--b--\r\n");
const multipart = "Content-Type: multipart/form-data; boundary=b\r\n";
const form = "Content-Type: application/x-www-form-urlencoded\r\n";

/** All of a file but its end. */
function unfinishedUpload(sender: Sender, bytes: number): Promise<Socket> {
  return begin(sender, {
    head: multipart,
    body: Buffer.concat([partHead, Buffer.alloc(bytes)]),
    announced: partHead.length + bytes + partEnd.length,
  });
}

function unfinishedForm(sender: Sender, bytes: number): Promise<Socket> {
  return begin(sender, {
    head: form,
    body: Buffer.concat([Buffer.from("a="), Buffer.alloc(bytes - 2, "a")]),
    announced: bytes + 1,
  });
}

async function answerOf(socket: Socket): Promise<string> {
  let received = "";
  socket.setEncoding("latin1");
  socket.on("data", (piece: string) => (received += piece));
  while (!isWhole(received)) {
    if (socket.destroyed) return received === "" ? "closed" : received;
    await delay(20);
  }
  return codesOf(received.slice(received.indexOf("\r\n\r\n") + 4));
}

/** A reply of the gateway, a character a byte, of which all has come that its Content-Length announces. */
function isWhole(reply: string): boolean {
  const [head = "", announced] = /^HTTP\/1\.1 200 .*?\r\ncontent-length: (\d+)\r\n.*?\r\n\r\n/is.exec(reply) ?? [];
  return announced !== undefined && reply.length === head.length + Number(announced);
}

function codesOf(reply: string): string {
  const [node] = Object.values(JSON.parse(reply) as Record<string, { code: string; sub_code?: string }>);
  return [node?.code, node?.sub_code].filter((code) => code !== undefined).join(" ");
}

async function upload(sender: Sender, bytes: number): Promise<string> {
  const socket = await unfinishedUpload(sender, bytes);
  socket.write(partEnd);
  return answerOf(socket);
}

async function sendForm(sender: Sender, bytes: number): Promise<string> {
  const socket = await unfinishedForm(sender, bytes);
  socket.write("a");
  return answerOf(socket);
}

/** A signed inquiry, as any client sends it. */
async function inquire({ from, forwardedFor }: Sender): Promise<string> {
  const { sandbox } = kaimen;
  const body = await signParameters(
    {
      app_id: sandbox.app_id,
      method: "zhima.credit.score.get",
      charset: "utf-8",
      timestamp: "2026-11-22 12:00:00",
      version: "1.0",
      auth_token: userByLogin(sandbox, "excellent").access_token,
      biz_content: JSON.stringify({ transaction_id: newTransactionId(), product_code: productCode }),
    },
    { privateKey: parsePrivateKey(sandbox.app_private_key_pkcs8), signType: "RSA2" },
  );
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    ...(forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor }),
  };
  const asked = request(sandbox.gateway_url, { method: "POST", localAddress: from, headers, agent: false }).end(
    body.toString(),
  );
  const [reply] = (await once(asked, "response")) as [IncomingMessage];
  return codesOf(await text(reply));
}

function times<T>(count: number, what: (number: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, number) => what(number)));
}

const almostFull = 4_000_000;

/** What was sent before is on its way a moment longer: waits until bodies hold so many bytes, or none. */
async function untilHeld(kind: "memory" | "disk", least: number): Promise<void> {
  const held = async (): Promise<number> => {
    const metrics = await (await fetch(new URL("/metrics", kaimen.sandbox.gateway_url))).text();
    return Number(new RegExp(`^kaimen_gateway_bodies_held\\{kind="${kind}"\\} (\\d+)$`, "m").exec(metrics)?.[1]);
  };
  if (least === 0) await expect.poll(held, { timeout: 20_000, interval: 200 }).toBe(0);
  else await expect.poll(held, { timeout: 20_000, interval: 200 }).toBeGreaterThanOrEqual(least);
}

async function fillWithUploads(count: number, sender: Sender): Promise<Socket[]> {
  const sockets = await times(count, () => unfinishedUpload(sender, almostFull));
  uploaded += count;
  await untilHeld("disk", uploaded * (almostFull - 1_000));
  return sockets;
}
let uploaded = 0;

describe("unfinished uploads", () => {
  it("of four full bodies leave forms their room, keep a fifth of that address waiting, and nobody else", async () => {
    const [first] = await fillWithUploads(4, { from: one });
    expect(await inquire({ from: one })).toBe("10000");
    expect(await sendForm({ from: one }, 3 * megabyte)).toBe(readWhole);
    expect(await upload({ from: one }, almostFull)).toBe(busy);
    expect(await upload({ from: two }, almostFull)).toBe(readWhole);
    if (first !== undefined) await end(first);
    await expect.poll(() => upload({ from: one }, almostFull), { timeout: 20_000 }).toBe(readWhole);
  });

  it("of every address that fill the disk's room keep the next one waiting, and still no form", async () => {
    for (const from of [one, two, three, four]) await fillWithUploads(4, { from });
    expect(await upload({ from: five }, almostFull)).toBe(busy);
    expect(await sendForm({ from: five }, 3 * megabyte)).toBe(readWhole);
    expect(await inquire({ from: five })).toBe("10000");
  });

  it("that only announce their length hold nothing", async () => {
    await times(12, () => begin({ from: one }, { head: multipart, body: Buffer.alloc(0), announced: 4 * megabyte }));
    expect(await upload({ from: one }, almostFull)).toBe(readWhole);
  });

  it.each([
    ["no parts", multipart],
    ["parts without a boundary", "Content-Type: multipart/form-data\r\n"],
  ])("of %s are refused by what has come, before the rest is sent", async (_, head) => {
    // More than may stand before the first boundary.
    const socket = await begin({ from: one }, { head, body: Buffer.alloc(2_000, "x"), announced: 4 * megabyte - 1 });
    expect(await answerOf(socket)).toBe("40002 isv.upload-fail");
  });

  it("count for whom a trusted proxy names, not for whom a stranger names", async () => {
    await fillWithUploads(4, { from: proxy, forwardedFor: "192.0.2.1" });
    expect(await upload({ from: proxy, forwardedFor: "192.0.2.1" }, almostFull)).toBe(busy);
    expect(await upload({ from: proxy, forwardedFor: "192.0.2.1, 192.0.2.2" }, almostFull)).toBe(readWhole);
    await fillWithUploads(4, { from: one, forwardedFor: "192.0.2.3" });
    expect(await upload({ from: one, forwardedFor: "192.0.2.4" }, almostFull)).toBe(busy);
    expect(await upload({ from: proxy, forwardedFor: "192.0.2.3" }, almostFull)).toBe(readWhole);
  });

  it("of a proxy that names nobody are everybody's, so it is not kept to the part of one", async () => {
    await fillWithUploads(6, { from: proxy });
    expect(await upload({ from: proxy }, almostFull)).toBe(readWhole);
  });
});

describe("unfinished forms", () => {
  it("that fill the memory's room leave every inquiry its own, and other addresses theirs", async () => {
    // A quarter of 64 MB, in forms of 4 MB at the most.
    await times(4, () => unfinishedForm({ from: one }, almostFull));
    await untilHeld("memory", 4 * (almostFull - 100_000));
    expect(await sendForm({ from: one }, almostFull)).toBe(busy);
    expect(await inquire({ from: one })).toBe("10000");
    expect(await sendForm({ from: two }, almostFull)).toBe(readWhole);
  });

  it("of one-byte pieces count as what they cost, not as what they say", async () => {
    const socket = connectFrom(one);
    socket.write(`POST /gateway.do HTTP/1.1\r\nHost: x\r\n${form}Transfer-Encoding: chunked\r\n\r\n`);
    socket.write("1\r\na\r\n".repeat(100_000));
    expect(await answerOf(socket)).toBe(busy);
  });
});

describe("connections", () => {
  const isAnswered = async (sender: Sender): Promise<string> => inquire(sender).catch(() => "closed");

  it("of one address are a quarter of all, and another address has its own", async () => {
    const sockets = Array.from({ length: connections }, () => connectFrom(one));
    await expect
      .poll(() => sockets.filter(({ destroyed }) => !destroyed).length, { timeout: 20_000 })
      .toBe(connections / 4);
    expect(await isAnswered({ from: one })).toBe("closed");
    expect(await isAnswered({ from: two })).toBe("10000");
  });

  it("that are all taken make room for an address that has fewer", async () => {
    const sockets = [one, two, three, four].flatMap((from) =>
      Array.from({ length: connections / 4 }, () => connectFrom(from)),
    );
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    await delay(200);
    // All but one or two that are the test's own.
    expect(sockets.filter(({ destroyed }) => !destroyed).length).toBeGreaterThan(connections - 3);
    const late = Array.from({ length: 8 }, () => connectFrom(five));
    await expect
      .poll(() => sockets.filter(({ destroyed }) => destroyed).length, { timeout: 20_000 })
      .toBeGreaterThan(5);
    expect(late.filter(({ destroyed }) => destroyed)).toEqual([]);
    expect(await isAnswered({ from: five })).toBe("10000");
  });

  it("that ask again and again without waiting for an answer are closed", async () => {
    const socket = connectFrom(one);
    socket.write("GET /gateway.do HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000));
    socket.resume();
    await expect.poll(() => socket.destroyed, { timeout: 20_000 }).toBe(true);
    expect(await isAnswered({ from: one })).toBe("10000");
  });
});

describe("refused calls in the log", () => {
  it("are counted by /64: a stranger who has one gets the lines of one", async () => {
    const subCode = "isv.missing-app-id";
    const logged = (): number => kaimen.log().split(`"sub_code":"${subCode}"`).length - 1;
    const before = logged();
    const startedAt = performance.now();
    await times(40, (number) =>
      fetch(kaimen.sandbox.gateway_url, { headers: { "x-forwarded-for": `2001:db8:0:7::${number + 1}` } }),
    );
    const seconds = Math.ceil((performance.now() - startedAt) / 1_000) + 1;
    // Another's line comes after all of theirs.
    await fetch(kaimen.sandbox.gateway_url, { headers: { "x-forwarded-for": "2001:db8:0:8::1" } });
    await expect.poll(logged, { timeout: 20_000 }).toBeGreaterThan(before + 1);
    expect(logged() - before).toBeLessThanOrEqual(5 * seconds + 1);
  });
});

const cluster = await startPostgres();

describe.skipIf(cluster === undefined)("apps that nobody has", () => {
  let started: KaimenOnPostgres | undefined;
  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster, { KAIMEN_DATABASE_CONNECTIONS: "6" });
  }, 200_000);
  afterAll(() => started?.stop());

  it("asked for by the hundred take two connections to the database, and leave the others to everybody", async () => {
    if (started === undefined) throw new Error("it was started above");
    const { kaimen: onPostgres, database } = started;
    const { gateway_url: gateway } = onPostgres.sandbox;
    await database.query("begin");
    await database.query("lock table app in access exclusive mode");
    const guesses = times(300, (number) => fetch(`${gateway}?app_id=guess${number}`).then((reply) => reply.text()));
    const waiting = async (): Promise<number> => {
      const { rows } = await database.query<{ waiting: string }>(
        "select count(*) as waiting from pg_locks where not granted",
      );
      return Number(rows[0]?.waiting);
    };
    await expect.poll(waiting, { timeout: 20_000 }).toBe(2);
    expect((await fetch(new URL("/health/ready", gateway))).status).toBe(200);
    expect(await waiting()).toBe(2);
    await database.query("rollback");
    expect(new Set((await guesses).map(codesOf))).toEqual(new Set(["40002 isv.invalid-app-id"]));
  });
});

import { connect } from "node:net";

const crlf = "\r\n";

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  /** By name in lower case; of one that came twice the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

const answerLimitMs = 10_000;
const unfinishedLimitMs = 250;

/**
 * Writes the bytes and reads to the end; undefined when the server closed without an answer. An unfinished request is
 * given up after a while by closing this side. A whole one is not: Node drops a request whose client has closed.
 */
export async function exchange(port: number, wire: Buffer, whole: boolean): Promise<HttpAnswer | undefined> {
  const received = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => socket.write(wire));
    const giveUp = whole ? undefined : setTimeout(() => socket.end(), unfinishedLimitMs);
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no answer within ${answerLimitMs} ms`));
    }, answerLimitMs);
    socket.on("data", (chunk) => chunks.push(chunk));
    // A server that refuses a request midway resets the connection; what it said before counts.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(timer);
      clearTimeout(giveUp);
      resolve(Buffer.concat(chunks));
    });
  });
  return parseAnswer(received);
}

function parseAnswer(received: Buffer): HttpAnswer | undefined {
  const end = received.indexOf(`${crlf}${crlf}`);
  if (end < 0) return undefined;
  const [statusLine = "", ...lines] = received.subarray(0, end).toString("latin1").split(crlf);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? Number.NaN);
  if (status === 100) return parseAnswer(received.subarray(end + 4));
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const rest = received.subarray(end + 4);
  const body = headers.get("transfer-encoding") === "chunked" ? joinChunks(rest) : rest;
  return { status, contentType: headers.get("content-type") ?? "", headers, body };
}

function joinChunks(data: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let offset = 0; offset < data.length;) {
    const lineEnd = data.indexOf(crlf, offset);
    const size = Number.parseInt(data.subarray(offset, lineEnd).toString("latin1"), 16);
    if (lineEnd < 0 || !(size > 0)) break;
    parts.push(data.subarray(lineEnd + 2, lineEnd + 2 + size));
    offset = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(parts);
}

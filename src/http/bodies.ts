import { isUtf8 } from "node:buffer";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { nestingLimit } from "../protocol/json.ts";
import { BracketScanner } from "../protocol/json-brackets.ts";
import { RequestRefusal } from "./refuse.ts";

const space = 0x20;
const openBracket = 0x5b;
const openBrace = 0x7b;
const firstAboveAscii = 0x80;

/** Bodies are JSON in the API and forms on pages; what a route takes is checked before the body is read. */
export function registerBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("application/json", { parseAs: "buffer" }, async (_: FastifyRequest, body: Buffer) =>
    parseJson(body),
  );
  server.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "buffer" },
    async (_: FastifyRequest, body: Buffer) => parseFields(textOf(body)),
  );
  // Only a body of no length comes here.
  server.addContentTypeParser("*", { parseAs: "buffer" }, async () => undefined);
}

/** Throws a refusal where the body is of another type than the route takes. A request without a body is fine. */
export function checkMediaType(request: FastifyRequest, takesJson: boolean): void {
  const { "content-length": length, "transfer-encoding": encoding, "content-type": type } = request.headers;
  if (encoding === undefined && !(Number(length ?? 0) > 0)) return;
  const wanted = takesJson ? "application/json" : "application/x-www-form-urlencoded";
  if (type?.split(";", 1)[0]?.trim().toLowerCase() === wanted) return;
  throw new RequestRefusal(415, `send the body as ${wanted}, and say so in the header Content-Type`);
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  const text = textOf(body);
  if (nestsTooDeep(body)) throw new RequestRefusal(400, `the body nests deeper than ${nestingLimit} levels`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new RequestRefusal(400, "the body is no JSON");
  }
}

function textOf(body: Buffer): string {
  if (!isUtf8(body)) throw new RequestRefusal(400, "the body is no UTF-8");
  const text = body.toString("utf8");
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** Looks without parsing: an array of arrays of arrays costs a parser far more than its length. */
function nestsTooDeep(body: Buffer): boolean {
  // What comes before the first printable character is white space, or a byte order mark, which is above ASCII.
  const start = body.findIndex((byte) => byte > space && byte < firstAboveAscii);
  const isNested = body[start] === openBrace || body[start] === openBracket;
  return isNested && new BracketScanner({ depthLimit: nestingLimit }).endOf(body, start) === "too_deep";
}

/** The fields of a form or a query; one that came more than once is a list. What is no UTF-8 comes out as U+FFFD. */
export function parseFields(text: string): Record<string, string | string[]> {
  const fields = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const earlier = fields.get(name);
    if (earlier === undefined) fields.set(name, value);
    else if (Array.isArray(earlier)) earlier.push(value);
    else fields.set(name, [earlier, value]);
  }
  return Object.fromEntries(fields);
}

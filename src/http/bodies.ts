import { isUtf8 } from "node:buffer";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { RequestRefusal } from "./refuse.ts";

/** As in the gateway. */
const nestingLimit = 32;

const openBrace = 0x7b;
const openBracket = 0x5b;
const closeBrace = 0x7d;
const closeBracket = 0x5d;
const quote = 0x22;
const backslash = 0x5c;

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
  if (nestsDeeper(body, nestingLimit))
    throw new RequestRefusal(400, `the body nests deeper than ${nestingLimit} levels`);
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

/** Without parsing: an array of arrays of arrays costs a parser far more than its length. */
function nestsDeeper(body: Buffer, limit: number): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (inText) {
      if (byte === backslash) at += 1;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if (byte === openBrace || byte === openBracket) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === closeBrace || byte === closeBracket) depth -= 1;
  }
  return false;
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

import { createHash } from "node:crypto";
import { parseCharset } from "../../protocol/charset.ts";
import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { addParameters, parseForm, type RawParameter } from "../../protocol/parameters.ts";
import type { Refusal } from "../../protocol/refusal.ts";
import { pieceBytes } from "../body/body-budget.ts";
import type { Exchange } from "../exchange.ts";
import type { GatewayParts } from "../parts.ts";
import { formLimitBytes, holdOf, isMultipart, noRoom, receiveMultipart } from "../body/receive-body.ts";

/** What the request's target says: it is known before the body has arrived, so even a refused body is answered in kind. */
export function readQuery(exchange: Exchange): undefined {
  const target = exchange.http.url ?? "";
  const start = target.indexOf("?");
  const query = start === -1 ? "" : target.slice(start + 1);
  exchange.queryIsCrowded = hasTooManyPairs(query);
  // The first of them are enough to answer in the charset and the node that were asked for.
  adoptParameters(exchange, parseForm(exchange.queryIsCrowded ? query.split("&", pairLimit).join("&") : query));
}

function adoptParameters(exchange: Exchange, place: readonly RawParameter[]): void {
  const conflict = addParameters(exchange.parameters, place);
  exchange.conflict ??= conflict;
  exchange.charset = parseCharset(exchange.parameter("charset") ?? "utf-8") ?? "utf-8";
  exchange.methodName = exchange.parameter("method");
}

/**
 * The whole body, within the limits of size and time: a signature may come after the file it is sent with. A large file
 * of it lies on the disk.
 */
export async function readBody(exchange: Exchange, parts: GatewayParts): Promise<Refusal | undefined> {
  const { http, ownBytes } = exchange;
  const { bodyLimitBytes } = parts.config;
  const announced = Number(http.headers["content-length"] ?? 0);
  const inParts = isMultipart(http);
  const limit = inParts ? bodyLimitBytes : Math.min(bodyLimitBytes, formLimitBytes);
  if (announced > limit) return gatewayRefusal("isv.invalid-file-size");
  if (inParts) return receiveMultipart(exchange, parts);
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve) => {
    const refuse = (refusal: Refusal): void => {
      http.removeAllListeners("data").pause();
      chunks.length = 0; // The rest of the body may take a while yet.
      resolve(refusal);
    };
    http.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) return refuse(gatewayRefusal("isv.invalid-file-size"));
      chunks.push(chunk);
      exchange.bodyTaken = length;
      const shared = length + chunks.length * pieceBytes - ownBytes;
      if (shared > 0 && !holdOf(exchange, parts).needs("memory", shared)) refuse(noRoom);
    });
    http.once("end", () => {
      exchange.hold?.noteWhole();
      const [first = Buffer.alloc(0)] = chunks;
      exchange.body = (chunks.length === 1 ? first : Buffer.concat(chunks, length)).toString("latin1");
      resolve(undefined);
    });
    // The client went away or took too long; there is nobody to answer, but the pipeline ends as for any other refusal.
    http.on("error", () => resolve(gatewayRefusal("isv.upload-fail")));
    http.once("close", () => resolve(gatewayRefusal("isv.upload-fail")));
  });
}

/** A digest that came with the body is the body's: what was damaged on its way is not judged by its signature. */
export function checkDigest(exchange: Exchange): Refusal | undefined {
  const { headers } = exchange.http;
  const md5 = headers["content-md5"];
  if (md5 === undefined && headers["digest"] === undefined) return undefined;
  const sha256 = /(?:^|,)\s*sha-256=([A-Za-z0-9+/=]+)/i.exec(String(headers["digest"] ?? ""))?.[1];
  const fits = (algorithm: string, digest: unknown): boolean =>
    digest === undefined || (exchange.digests.get(algorithm) ?? createHash(algorithm).update(exchange.body, "latin1").digest("base64")) === digest;
  return fits("md5", md5) && fits("sha256", sha256) ? undefined : gatewayRefusal("isv.invalid-digest");
}

/** One value a name, from the query and the body, whatever their form. */
export function mergeParameters(exchange: Exchange): Refusal | undefined {
  // Even of one name: each would be taken apart before they are counted by name.
  if (exchange.queryIsCrowded || hasTooManyPairs(exchange.body)) return tooMany;
  const fields = readFields(exchange);
  adoptParameters(exchange, fields ?? []);
  if (fields === undefined) return gatewayRefusal("isv.upload-fail");
  const { parameters, conflict } = exchange;
  if (parameters.size > parameterLimit) return tooMany;
  for (const name of parameters.keys()) {
    if (name.length > nameLimit) return gatewayRefusal("isv.invalid-parameter", "参数无效：参数名过长");
  }
  return conflict === undefined ? undefined : gatewayRefusal("isv.suspected-attack");
}

const parameterLimit = 200;
const pairLimit = 1_000;
const tooMany = gatewayRefusal("isv.invalid-parameter", "参数无效：参数个数过多");
const nameLimit = 128;

function hasTooManyPairs(form: string): boolean {
  return form.length > pairLimit && form.split("&", pairLimit + 1).length > pairLimit;
}

/** The body's text parameters, or undefined when a multipart body is broken. */
function readFields(exchange: Exchange): readonly RawParameter[] | undefined {
  if (exchange.bodyTaken === 0) return [];
  return isMultipart(exchange.http) ? exchange.multipart?.fields : parseForm(exchange.body);
}

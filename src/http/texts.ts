import type { FastifyRequest } from "fastify";
import { RequestRefusal } from "./refuse.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Fields of the body that may be longer than others, with the number of characters. */
    longTexts?: Readonly<Record<string, number>>;
  }
}

/** In UTF-16 units. What is longer says so in its route. */
export const textLimit = 4_096;
const cookieNames = ["kaimen_user", "kaimen_merchant", "kaimen_operator"];
const headerNames = ["accept-language", "authorization", "content-type", "host", "origin", "sec-fetch-site"] as const;

/** A certificate of an 8,192-bit key, with what a tool writes beside it. */
export const pemLimit = 16_384;
/**
 * PostgreSQL cannot store a NUL, half a surrogate pair is no text, and U+FFFD stands where bytes were no UTF-8: whatever
 * was meant, it was damaged on its way.
 */
const unfit = /[\p{Surrogate}\uFFFD]/u;
/** As the pages make them; a closed session's is empty. */
const sessionSecret = /^[\w-]{0,128}$/;
const printableAscii = /^[\t -~]*$/;
/** Such a name could reach the prototype of an object that a field is copied to. */
const reservedNames = new Set(["__proto__", "constructor"]);

/** Throws a refusal where the address, a header that is read or a cookie of ours holds what no text may hold. */
export function checkHead(request: FastifyRequest): void {
  for (const name of headerNames) {
    const value = request.headers[name];
    if (value === undefined) continue;
    if (value.length > textLimit)
      throw new RequestRefusal(431, `the header ${name} is longer than ${textLimit} characters`);
    if (!printableAscii.test(value))
      throw new RequestRefusal(400, `the header ${name} holds other characters than ASCII's`);
  }
  for (const name of cookieNames) {
    if (!sessionSecret.test(request.cookies[name] ?? ""))
      throw new RequestRefusal(400, `the cookie ${name} is none of ours`);
  }
  checkTexts(request.params, "the address");
  checkTexts(request.query, "the address");
}

/** Throws a refusal where a text of the body, at whatever depth, holds what no text may hold. */
export function checkBody(request: FastifyRequest): void {
  const { body } = request;
  const longTexts = request.routeOptions.config.longTexts ?? {};
  if (typeof body !== "object" || body === null) return checkTexts(body, "the body");
  for (const [name, value] of Object.entries(body)) {
    checkName(name);
    const where = /^\w{1,64}$/.test(name) ? name : "a field";
    checkTexts(value, where, Object.hasOwn(longTexts, name) ? longTexts[name] : textLimit);
  }
}

/** Recurses no deeper than JSON may nest. */
function checkTexts(value: unknown, where: string, limit = textLimit): void {
  if (typeof value === "string") return checkText(value, where, limit);
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const each of value as unknown[]) checkTexts(each, where, limit);
    return;
  }
  for (const [name, each] of Object.entries(value)) {
    checkName(name);
    checkTexts(each, where, limit);
  }
}

function checkText(text: string, where: string, limit = textLimit): void {
  if (text.length > limit) throw new RequestRefusal(400, `${where} is longer than ${limit} characters`);
  if (text.includes("\0") || unfit.test(text))
    throw new RequestRefusal(
      400,
      `${where} holds a character that no text may hold: NUL, half a surrogate pair, or U+FFFD for bytes that are no UTF-8`,
    );
}

function checkName(name: string): void {
  checkText(name, "the name of a field");
  if (reservedNames.has(name)) throw new RequestRefusal(400, "no field may have the name __proto__ or constructor");
}

import type { FastifyRequest } from "fastify";

/**
 * False where a browser says that a page of another site made the request (`Sec-Fetch-Site`, `Origin`). A client that is
 * no browser says nothing of the kind. A page on another port, or on another host of our domain, is a foreign one too.
 * Browsers send the first to https and to the machine itself only, and the second with every form that is posted.
 */
export function isFromOwnSite(request: FastifyRequest, publicUrl: string | undefined): boolean {
  const { origin, "sec-fetch-site": site } = request.headers;
  // "none" is what somebody typed or opened from a bookmark.
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  // A page without an origin, say one in a sandboxed frame, names it "null".
  return origin === undefined || (URL.canParse(origin) && isOwnOrigin(new URL(origin), request, publicUrl));
}

/** Of this machine: no name that somebody else could make lead here. */
const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Where the public address is known, a Host that says otherwise is believed of this machine's own names alone. */
function isOwnOrigin(
  origin: URL,
  { headers: { host }, protocol }: FastifyRequest,
  publicUrl: string | undefined,
): boolean {
  const known = publicUrl === undefined ? undefined : new URL(publicUrl);
  if (origin.host === known?.host) return origin.protocol === known.protocol;
  if (known !== undefined && !loopback.test(origin.hostname)) return false;
  // Behind a proxy that is not trusted, https looks like http here; never the other way round.
  if (protocol === "https" && origin.protocol !== "https:") return false;
  if (host === undefined || host.includes("@")) return false;
  const address = `${origin.protocol}//${host}`;
  return URL.canParse(address) && new URL(address).host === origin.host;
}

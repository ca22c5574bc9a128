/** Any address may be sent back to: for the sandbox's own app only. */
export const anyRedirect = "*";

/**
 * Whether a user may be sent back to this address: scheme, host and port as registered (any port on the loopback
 * interface, as RFC 8252 7.3 has it), a path at or below the registered one, and the registered query, if there is one,
 * at the beginning of its own. What is compared is the browser's own reading of both (WHATWG URL), to which the user is
 * sent; an address that servers are known to read otherwise is refused whatever it comes to.
 */
export function redirectAllowed(registered: readonly string[], redirectUri: string): boolean {
  const target = parseRedirect(redirectUri);
  if (target === undefined) return false;
  return registered.some((each) => {
    if (each === anyRedirect) return true;
    const allowed = parseRedirect(each);
    return allowed !== undefined && isSameSite(allowed, target) && isAtOrBelow(allowed, target, redirectUri);
  });
}

/** Whether an address can be registered at all. */
export function isRedirect(text: string): boolean {
  return parseRedirect(text) !== undefined;
}

function isSameSite(allowed: URL, target: URL): boolean {
  const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(target.hostname);
  return (
    allowed.protocol === target.protocol &&
    allowed.hostname === target.hostname &&
    (loopback || allowed.port === target.port)
  );
}

function isAtOrBelow(allowed: URL, target: URL, written: string): boolean {
  if (allowed.search !== "") {
    // Somebody who registered a query means that very page; a server may tell its pages apart by nothing else.
    if (target.pathname !== allowed.pathname) return false;
    return target.search === allowed.search || target.search.startsWith(`${allowed.search}&`);
  }
  if (target.pathname === allowed.pathname && !hasDotWithParameter(written)) return true;
  const below = allowed.pathname.endsWith("/") ? allowed.pathname : `${allowed.pathname}/`;
  // Above the whole host there is nothing to climb to.
  return (
    target.pathname.startsWith(below) &&
    (below === "/" || (staysBelow(target.pathname.slice(below.length)) && !hasDotWithParameter(written)))
  );
}

/**
 * What follows the registered path, as some server may read it: with slashes decoded, once or several times, or with
 * parameters behind a segment (`..;x`), it may climb out of it. No honest address needs any of these.
 */
function staysBelow(rest: string): boolean {
  return !encodedSlash.test(rest) && isText(rest);
}

/** As it was written: what stands in `.;/..` is gone in the browser's reading, and which Node reads alike depends on its age. */
function hasDotWithParameter(written: string): boolean {
  const [, path = ""] = /^https?:\/\/[^/?#]+([^?#]*)/i.exec(written) ?? [];
  return path.split("/").some((segment) => /^\.{0,2};/.test(segment));
}

/** Encoded however often: %2f, %252f, %25252f; a backslash is a slash to a browser and to some servers. */
const encodedSlash = /%(?:25)*(?:2f|5c)/i;
const encodedDot = /%(?:25)*2e/i;
/** A browser drops some of these, and turns a backslash into a slash: then it does not read what others read. */
const controls = /[\p{Cc}\p{Zl}\p{Zp}]/u;
const oddInHostOrPath = /[\s\\]/;

/** Bytes that are no UTF-8 are read by each server in its own way: an overlong dot is a dot to some. */
function isText(path: string): boolean {
  try {
    return !controls.test(decodeURIComponent(path));
  } catch {
    return false;
  }
}

function parseRedirect(text: string): URL | undefined {
  const [, authority = "", path = ""] = /^https?:\/\/([^/?#]+)([^?#]*)/i.exec(text) ?? [];
  if (authority === "" || /[@%]/.test(authority) || text.includes("#") || controls.test(text)) return undefined;
  if (oddInHostOrPath.test(authority + path) || encodedDot.test(path)) return undefined;
  return URL.canParse(text) ? new URL(text) : undefined;
}

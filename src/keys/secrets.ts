import { createHash, randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** A secret for somebody to carry: `length` characters of base64url, six random bits each. */
export function randomToken(length: number): string {
  return randomBytes(length).toString("base64url").slice(0, length);
}

/** How a random secret is stored: it has too many bits to guess, so a plain hash hides it. */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

export function sameSecret(left: Uint8Array | string, right: Uint8Array | string): boolean {
  return timingSafeEqual(createHash("sha256").update(left).digest(), createHash("sha256").update(right).digest());
}

const cost = { N: 16_384, r: 8, p: 1 } as const;
const keyLength = 32;
const passwordLimit = 256;

/** A stranger may send any number of passwords; past these, the next is refused unread. */
const waitingLimit = 1_000;
let waiting = 0;
let last: Promise<unknown> = Promise.resolve();

/** One at a time: replies are signed by the same threads, and would wait behind all of them. */
function derive(password: string, salt: Buffer): Promise<Buffer> {
  if (waiting >= waitingLimit) return Promise.reject(new Error(`${waitingLimit} passwords already wait to be checked`));
  waiting += 1;
  const derived = last.then(
    () =>
      new Promise<Buffer>((resolve, reject) => {
        scrypt(password.normalize("NFKC"), salt, keyLength, cost, (error, key) => (error ? reject(error) : resolve(key)));
      }),
  );
  last = derived.catch(() => undefined).finally(() => (waiting -= 1));
  return derived;
}

/** `scrypt$N$r$p$salt$key`, so that the cost can be raised later without locking anybody out. */
export async function hashPassword(password: string): Promise<string> {
  if (password.length > passwordLimit) throw new RangeError(`a password has at most ${passwordLimit} characters`);
  const salt = randomBytes(16);
  const key = await derive(password, salt);
  return `scrypt$${cost.N}$${cost.r}$${cost.p}$${salt.toString("base64")}$${key.toString("base64")}`;
}

export async function passwordMatches(password: string, hash: string): Promise<boolean> {
  const [scheme, n, r, p, salt, key] = hash.split("$");
  if (scheme !== "scrypt" || salt === undefined || key === undefined) throw new Error("unknown password hash");
  if (Number(n) !== cost.N || Number(r) !== cost.r || Number(p) !== cost.p) throw new Error("unknown password cost");
  if (password.length > passwordLimit) return false;
  return timingSafeEqual(await derive(password, Buffer.from(salt, "base64")), Buffer.from(key, "base64"));
}

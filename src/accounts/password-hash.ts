import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { createHashQueue, type Lane } from "./hash-queue.ts";

/** A password as it is stored: `scrypt$N$r$p$salt$key`, made only by this file. */
export type PasswordHash = string & { readonly kind: "scrypt" };

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/**
 * One of the least costs that OWASP's Password Storage Cheat Sheet asks of scrypt, the one of 16 MB: those of up to 128 MB
 * are equal by its account, and wait three times as long for memory where several are hashed at once.
 */
const cost: Cost = { N: 16_384, r: 8, p: 5 };
/** Of a password that nobody could guess at any price, and of those stored before; raised when next used, as any other. */
const generatedCost: Cost = { N: 16_384, r: 8, p: 1 };
/** What a stored hash may cost at most: a line in the database must not take all memory. */
const highestCost: Cost = { N: 1_048_576, r: 16, p: 16 };
const keyLength = 32;
const saltLength = 16;
/** scrypt needs 128·N·r bytes and a little more. */
const memorySlackBytes = 4_194_304;

export const passwordLengthLimit = 256;

const queue = createHashQueue({ waitingOfLane: 4, waiting: 50 });

const newPasswordsLimit = 1_000;
let newPasswords = 0;
let lastNewPassword: Promise<unknown> = Promise.resolve();

/** Hashes a password that somebody sets. These follow each other, as one lane beside those that are checked. */
export async function hashPassword(password: string): Promise<PasswordHash> {
  if (newPasswords >= newPasswordsLimit)
    throw new Error(`${newPasswordsLimit} new passwords already wait to be hashed`);
  newPasswords += 1;
  const hashed = lastNewPassword.then(() => queue.run({ name: "new passwords", known: true }, () => hashNow(password)));
  lastNewPassword = hashed.catch(() => undefined).finally(() => (newPasswords -= 1));
  const hash = await hashed;
  if (hash === undefined) throw new Error("too many passwords wait to be checked; try again");
  return hash;
}

/**
 * Hashes a password that Kaimen made itself, of 70 random bits or more: stretching it protects nothing, and a sandbox that
 * makes some at its start is ready seconds sooner.
 */
export async function hashGeneratedPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(saltLength);
  return formatHash(salt, await derive(password, salt, generatedCost), generatedCost);
}

/** What came of comparing: whether they match and, where the stored hash is cheaper than hashes are today, a new one. */
export interface Comparison {
  readonly matches: boolean;
  readonly raised?: PasswordHash;
}

/**
 * Compares a password with what is stored, in its turn; undefined at once when too many wait already. After a hash that
 * is cheaper than today's comes one of today's cost, the new one of a password that matches or one for nothing, and after
 * one of today's that does not match comes a cheap one: neither a quick answer nor a slow one tells strangers of an account
 * whose owner has been away for long.
 */
export function comparePassword(lane: Lane, password: string, stored: string): Promise<Comparison> | undefined {
  const { salt, key, ...spent } = parseHash(stored);
  return queue.run(lane, async () => {
    const matches = timingSafeEqual(await derive(password, salt, spent), key);
    if (spent.N * spent.r * spent.p >= cost.N * cost.r * cost.p) {
      if (!matches) await derive(password, salt, generatedCost);
      return { matches };
    }
    const raised = await hashNow(password);
    return matches ? { matches, raised } : { matches };
  });
}

/** Matches no password and costs what any does: what an unknown login is compared with. */
export function decoyHash(): PasswordHash {
  return formatHash(randomBytes(saltLength), randomBytes(keyLength), cost);
}

async function hashNow(password: string): Promise<PasswordHash> {
  if (password.length > passwordLengthLimit)
    throw new RangeError(`a password has at most ${passwordLengthLimit} characters`);
  const salt = randomBytes(saltLength);
  return formatHash(salt, await derive(password, salt, cost), cost);
}

function derive(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  const maxmem = 128 * r * (N + p) + memorySlackBytes;
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, keyLength, { N, r, p, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

function formatHash(salt: Buffer, key: Buffer, { N, r, p }: Cost): PasswordHash {
  const text = `scrypt$${N}$${r}$${p}$${salt.toString("base64")}$${key.toString("base64")}`;
  return text as PasswordHash; // The only place that makes one.
}

/** @throws Error for what this file has not made: such a password is neither right nor wrong. */
function parseHash(stored: string): Cost & { salt: Buffer; key: Buffer } {
  const [scheme, n, r, p, saltText, keyText, ...more] = stored.split("$");
  const key = Buffer.from(keyText ?? "", "base64");
  const salt = Buffer.from(saltText ?? "", "base64");
  if (scheme !== "scrypt" || salt.length === 0 || key.length !== keyLength || more.length > 0)
    throw new Error("unknown password hash");
  const spent = { N: Number(n), r: Number(r), p: Number(p) };
  const known = Number.isInteger(Math.log2(spent.N)) && spent.N > 1 && spent.N <= highestCost.N;
  if (!known || !isFrom1To(spent.r, highestCost.r) || !isFrom1To(spent.p, highestCost.p))
    throw new Error("unknown password cost");
  return { ...spent, salt, key };
}

function isFrom1To(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most;
}

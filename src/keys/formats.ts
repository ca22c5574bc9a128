import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

/** Why a key was refused, in words for the person who supplied it. Never holds any part of the key. */
export class KeyFormatError extends Error {
  override readonly name = "KeyFormatError";
}

/** What is read at all; who registers a key may be asked for more. */
export const leastKeyBits = 1_024;
const maximumBits = 8192;
const maximumLength = 16_384;

/**
 * A public RSA key from PEM or from the bare base64 body that SDK configurations hold, as SPKI (`BEGIN PUBLIC KEY`) or
 * PKCS#1 (`BEGIN RSA PUBLIC KEY`). 1,024 to 8,192 bits, or `leastBits` to 8,192.
 */
export function parsePublicKey(text: string, leastBits: number = leastKeyBits): KeyObject {
  if (/PRIVATE KEY/.test(text)) {
    throw new KeyFormatError("this is a private key; give the public key that belongs to it");
  }
  const der = derOf(text);
  if (isPrivate(der)) throw new KeyFormatError("this is a private key; give the public key that belongs to it");
  return checkRsa(
    firstThatParses([
      () => createPublicKey({ key: der, format: "der", type: "spki" }),
      () => createPublicKey({ key: der, format: "der", type: "pkcs1" }),
    ]),
    leastBits,
  );
}

/** A private RSA key from PEM or bare base64, as PKCS#8 (`BEGIN PRIVATE KEY`) or PKCS#1 (`BEGIN RSA PRIVATE KEY`). */
export function parsePrivateKey(text: string): KeyObject {
  if (/PUBLIC KEY/.test(text)) {
    throw new KeyFormatError("this is a public key; give the private key that belongs to it");
  }
  const der = derOf(text);
  return checkRsa(
    firstThatParses([
      () => createPrivateKey({ key: der, format: "der", type: "pkcs8" }),
      () => createPrivateKey({ key: der, format: "der", type: "pkcs1" }),
    ]),
  );
}

/** The base64 body of a key, as SDK configurations want it. */
export function exportKey(key: KeyObject, form: "spki" | "pkcs8" | "pkcs1"): string {
  const der =
    form === "spki"
      ? key.export({ format: "der", type: "spki" })
      : form === "pkcs8"
        ? key.export({ format: "der", type: "pkcs8" })
        : key.export({ format: "der", type: "pkcs1" });
  return der.toString("base64");
}

function derOf(text: string): Buffer {
  if (text.length > maximumLength) throw new KeyFormatError(`a key of more than ${maximumLength} characters`);
  const body = text.replaceAll(/-----(?:BEGIN|END) [A-Z ]+-----/g, "").replaceAll(/\s+/g, "");
  if (body === "") throw new KeyFormatError("the key is empty");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body)) {
    throw new KeyFormatError("not a key: neither PEM nor base64");
  }
  return Buffer.from(body, "base64");
}

/** OpenSSL would take a private key for the public one inside it, and its owner would never hear of the mistake. */
function isPrivate(der: Buffer): boolean {
  return (["pkcs8", "pkcs1"] as const).some((type) => {
    try {
      createPrivateKey({ key: der, format: "der", type });
      return true;
    } catch {
      return false;
    }
  });
}

function firstThatParses(attempts: readonly (() => KeyObject)[]): KeyObject {
  for (const attempt of attempts) {
    try {
      return attempt();
    } catch {
      // Another encoding may fit; what OpenSSL says about this one would only confuse.
    }
  }
  throw new KeyFormatError("not a key in a form known here: SPKI, PKCS#1 or PKCS#8, as PEM or base64");
}

/** @throws KeyFormatError for a key that is not RSA, or of fewer or more bits than are accepted. */
export function checkRsa(key: KeyObject, leastBits: number = leastKeyBits): KeyObject {
  if (key.asymmetricKeyType !== "rsa") throw new KeyFormatError("not an RSA key");
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < leastBits || bits > maximumBits) {
    throw new KeyFormatError(`an RSA key of ${bits} bits; ${leastBits} to ${maximumBits} are accepted, 2048 is usual`);
  }
  return key;
}

import { hash } from "node:crypto";

/** A uuid's length in bytes; so much of the hash is the id. */
const idBytes = 16;
/** Text that JSON writes as it is, between quotes. */
const simple = /^[ !#-[\]-~]*$/;

/**
 * What identifies a record within its merchant: the first 16 bytes of the SHA-256 of the JSON list of the merchant's id
 * and the values of the primary key columns. In JSON no two lists look alike, wherever one value ends and the next begins.
 */
export class RecordIds {
  /** The id of the key that was hashed last. */
  readonly bytes = new Uint8Array(idBytes);
  readonly #prefix: string;

  constructor(merchantId: string) {
    this.#prefix = JSON.stringify([merchantId]).slice(0, -1);
  }

  /** The id lies where the next one will: an array of its own for each record would cost more than the hash. */
  of(key: readonly string[]): Uint8Array {
    let text = this.#prefix;
    for (const value of key) text += `,${simple.test(value) ? `"${value}"` : JSON.stringify(value)}`;
    // A digest as text, one character a byte, is cheaper to make than a buffer.
    const digest = hash("sha256", `${text}]`, "binary");
    for (let index = 0; index < idBytes; index += 1) this.bytes[index] = digest.charCodeAt(index);
    return this.bytes;
  }
}

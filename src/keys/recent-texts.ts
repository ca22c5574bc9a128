import { hash } from "node:crypto";
import { asByteText, type ByteText } from "../protocol/byte-text.ts";

/** What a text is kept under: 32 characters, the SHA-256 of a name. */
export type Digest = ByteText;

export function digestOf(name: string): Digest {
  return asByteText(hash("sha256", name, "binary")); // One character a byte.
}

const digestBytes = 32;
/** Places of a set: a text that is new takes the one whose text came the longest ago. */
const ways = 8;

/**
 * Texts by digest, of which some `count` are kept, those that came last. Memory of a fixed size outside the heap: a string
 * cut from a request keeps all of it alive, and what nobody asks for again would be gone through by the garbage collector
 * all the same. Arranged as a processor's cache is, so a text may go somewhat before its turn.
 */
export class RecentTexts {
  readonly #sets: number;
  readonly #longest: number;
  readonly #digests: Buffer;
  readonly #texts: Buffer;
  /** Of the text in a place; 0 where there is none. */
  readonly #lengths: Uint16Array;
  /** Of each set, how often one of its places was filled. */
  readonly #turns: Uint8Array;

  /** Texts of more than `longest` bytes, 65,535 at most, are not kept. */
  constructor({ count, longest }: { count: number; longest: number }) {
    this.#sets = Math.ceil(count / ways);
    this.#longest = longest;
    this.#digests = Buffer.alloc(this.#sets * ways * digestBytes);
    this.#texts = Buffer.alloc(this.#sets * ways * longest);
    this.#lengths = new Uint16Array(this.#sets * ways);
    this.#turns = new Uint8Array(this.#sets);
  }

  get(digest: Digest): ByteText | undefined {
    const place = this.#find(digest);
    if (place === undefined) return undefined;
    const start = place * this.#longest;
    return asByteText(this.#texts.toString("latin1", start, start + (this.#lengths[place] ?? 0)));
  }

  set(digest: Digest, text: ByteText): void {
    const known = this.#find(digest);
    if (text.length > this.#longest) {
      if (known !== undefined) this.#lengths[known] = 0;
      return;
    }
    const place = known ?? this.#nextPlace(this.#setOf(digest));
    this.#digests.write(digest, place * digestBytes, "latin1");
    this.#texts.write(text, place * this.#longest, "latin1");
    this.#lengths[place] = text.length;
  }

  #find(digest: Digest): number | undefined {
    const first = this.#setOf(digest) * ways;
    for (let place = first; place < first + ways; place += 1) {
      if (this.#lengths[place] !== 0 && this.#isAt(place, digest)) return place;
    }
    return undefined;
  }

  #nextPlace(set: number): number {
    const turn = this.#turns[set] ?? 0;
    this.#turns[set] = turn + 1;
    return set * ways + (turn % ways);
  }

  #isAt(place: number, digest: Digest): boolean {
    const start = place * digestBytes;
    for (let index = 0; index < digestBytes; index += 1) {
      if (this.#digests[start + index] !== digest.charCodeAt(index)) return false;
    }
    return true;
  }

  #setOf(digest: Digest): number {
    return (digest.charCodeAt(0) * 0x1_00_00 + digest.charCodeAt(1) * 0x1_00 + digest.charCodeAt(2)) % this.#sets;
  }
}

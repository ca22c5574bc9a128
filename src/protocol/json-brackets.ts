const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const minus = 0x2d;
const colon = 0x3a;
const zero = 0x30;
const nine = 0x39;

export interface BracketOptions {
  /** Objects and arrays may stand in each other this deep. */
  readonly depthLimit: number;
  /** In GBK and GB18030 the byte after one of 0x80 and above may look like a quote or a backslash; it is skipped. */
  readonly twoByteCharacters?: boolean;
}

/**
 * Finds the end of a JSON object or array by counting brackets outside of strings, without decoding or parsing it: that
 * costs a fraction of parsing, and a body of brackets alone costs no more than any other of its length. Whether what lies
 * between the brackets is JSON is for a parser to say; which kind of bracket closes which is not looked at either.
 */
export class BracketScanner {
  /** Whether a digit or a minus sign has stood outside of strings, where JSON.parse would round a number. */
  sawBareNumber = false;
  /** How many members the objects that were scanned have, by their colons. */
  members = 0;
  readonly #depthLimit: number;
  readonly #twoByteCharacters: boolean;

  constructor({ depthLimit, twoByteCharacters = false }: BracketOptions) {
    this.#depthLimit = depthLimit;
    this.#twoByteCharacters = twoByteCharacters;
  }

  /** The index after the bracket that closes the one at `start`; "unended" where the bytes end before it. */
  endOf(bytes: Uint8Array, start: number): number | "unended" | "too_deep" {
    // All that the loop reads is local: it sees every byte of a feedback file.
    const { length } = bytes;
    const depthLimit = this.#depthLimit;
    const twoByteCharacters = this.#twoByteCharacters;
    let sawBareNumber = false;
    let members = 0;
    let depth = 0;
    let at = start;
    do {
      const byte = bytes[at] ?? 0;
      at += 1;
      if (byte === quote) {
        for (;;) {
          const inside = bytes[at] ?? quote;
          at += 1;
          if (inside === quote) break;
          if (inside === backslash || (twoByteCharacters && inside >= 0x80)) at += 1;
        }
      } else if (byte === colon) members += 1;
      else if (byte === openBrace || byte === openBracket) {
        depth += 1;
        if (depth > depthLimit) return "too_deep";
      } else if (byte === closeBrace || byte === closeBracket) depth -= 1;
      else if (byte === minus || (byte >= zero && byte <= nine)) sawBareNumber = true;
    } while (depth > 0 && at < length);
    if (sawBareNumber) this.sawBareNumber = true;
    this.members += members;
    return depth > 0 || at > length ? "unended" : at;
  }
}

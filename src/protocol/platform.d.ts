/**
 * What protocol/ may use of its platform beyond ECMAScript: the text codecs of the WHATWG Encoding Standard, found in
 * Node and browsers alike. This file replaces Node's types when the compiler checks that protocol/ is pure.
 */
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: Uint8Array): string;
}

declare class TextEncoder {
  encode(input?: string): Uint8Array;
}

/** iconv-lite's types name Node's Buffer, which is a Uint8Array and is used as no more than that. */
interface Buffer extends Uint8Array {}

declare module "stream" {
  class Stream {}
  export = Stream;
}

import type { Bytes } from "../../src/sdk/bytes.ts";
import { derTag, writeDer } from "../../src/sdk/keys/der.ts";

/** An object identifier in DER, from its dotted numbers. */
export function writeObjectId(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((part) => {
    const sevens = [part & 0x7f];
    for (let left = Math.floor(part / 0x80); left > 0; left = Math.floor(left / 0x80))
      sevens.unshift((left & 0x7f) | 0x80);
    return sevens;
  });
  return writeDer(derTag.objectId, Uint8Array.from(bytes));
}

/**
 * Bytes as a string of one character each, U+0000 to U+00FF. What comes and what is sent is cut, compared, joined and kept
 * as such, in whatever charset it is: a signature covers bytes, and a string is lighter than an array of its own for each.
 */
export type ByteText = string & { readonly characters: "a byte each" };

/**
 * Takes a text for bytes without looking at it, since looking would cost as much as what is done with it. Right for a text
 * of ASCII, for one read as latin1, and for one cut from or joined of such texts; whoever calls it says which.
 */
export function asByteText(text: string): ByteText {
  return text as ByteText; // The only door: see above.
}

export const emptyByteText = asByteText("");

/** So many bytes become text at a time: as many as a call may have arguments on every platform. */
const pieceLength = 4_096;

export function toByteText(bytes: Uint8Array): ByteText {
  let text = "";
  for (let start = 0; start < bytes.length; start += pieceLength) {
    // Spread, the same would take five times as long.
    text += String.fromCharCode.apply(undefined, bytes.subarray(start, start + pieceLength) as unknown as number[]);
  }
  return asByteText(text); // Each character was made of a byte.
}

export function toBytes(text: ByteText): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/**
 * The same text in memory of its own: what was cut from a request keeps all of it alive, so this is for what is kept
 * longer than the request. The text has no character above U+00FF: it is a ByteText or ASCII.
 */
export function ownCopy(text: string): string {
  return toByteText(toBytes(asByteText(text)));
}

/** Whether a text has no character outside ASCII: such a text has the same bytes in UTF-8 and in every charset of China. */
export function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}

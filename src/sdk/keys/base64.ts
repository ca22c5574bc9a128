import { asByteText, toByteText, toBytes } from "../../protocol/byte-text.ts";

export function toBase64(bytes: Uint8Array): string {
  return btoa(toByteText(bytes));
}

/** Undefined for anything but base64; white space in it does not matter. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const body = text.replaceAll(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(body)) return undefined;
  try {
    return new Uint8Array(toBytes(asByteText(atob(body)))); // atob gives a character for each byte.
  } catch {
    return undefined;
  }
}

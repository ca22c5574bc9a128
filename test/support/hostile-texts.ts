/** Texts that no input may hold, by name. Half a surrogate pair exists in JSON's escapes, and in bytes that are no UTF-8. */
export const hostileTexts = [
  { name: "a NUL", text: "a\0b" },
  { name: "half a surrogate pair", text: "a\ud800b" },
  { name: "10,000 characters", text: "a".repeat(10_000) },
] as const;

/** As bytes; a half of a surrogate pair as an encoder without scruples would write it. */
export function bytesOf(text: string): Buffer {
  return Buffer.concat(
    text
      .split("\ud800")
      .flatMap((part, index) => [...(index === 0 ? [] : [Buffer.from([0xed, 0xa0, 0x80])]), Buffer.from(part)]),
  );
}

/** Percent-encoded, every byte that is no letter or digit. */
export function percentEncoded(text: string): string {
  return [...bytesOf(text)]
    .map((byte) =>
      /\w/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, "0").toUpperCase()}`,
    )
    .join("");
}

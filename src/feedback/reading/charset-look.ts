import { isAscii, isUtf8 } from "node:buffer";
import { readContent } from "../../keys/aside-file.ts";
import { decodeText } from "../../protocol/charset.ts";
import type { FileContent } from "../../protocol/method-spec.ts";

const windowBytes = 1024 * 1024;
/** A character of UTF-8 has at most four bytes: so many of its first ones may end a window. */
const longestBeginning = 3;
const leastThreeByteLead = 0xe0;

/**
 * Whether a file is UTF-8 with a character of three bytes or more in it, as each Chinese one is. A file in GBK is not, and is
 * seen not to be after its first names; one in ASCII is both. Looks at a megabyte at a time.
 */
export function isChineseUtf8(file: FileContent): boolean {
  let sawLong = false;
  for (let from = 0; from < file.length;) {
    const bytes = readContent(file, from, Math.min(from + windowBytes, file.length));
    const isLast = from + bytes.length >= file.length;
    const whole = isLast ? bytes : bytes.subarray(0, wholeLength(bytes));
    if (!isAscii(whole)) {
      if (!isUtf8(whole)) return false;
      sawLong ||= whole.some((byte) => byte >= leastThreeByteLead);
    }
    from += whole.length;
  }
  return sawLong;
}

/** The length without a character that has only begun; all of it where no UTF-8 ends so. */
function wholeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(longestBeginning, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) return bytes.length - back;
  }
  return bytes.length;
}

/** Whether most of it is UTF-8 all the same: cut off, or with a byte that was lost. */
function isDamagedUtf8(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes);
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  return han > (text.match(/\ufffd/gu)?.length ?? 0);
}

const looked = 64 * 1024;
const enoughHan = /\p{Script=Han}/u;

/** What bytes that are no UTF-8 seem to be; undefined where nobody can tell. */
export function charsetLook(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return "UTF-16";
  // A piece may end within a character: it is cut where no character of GBK goes on.
  const piece = bytes.subarray(0, looked);
  const end = piece.length < bytes.length ? piece.lastIndexOf(0x22) + 1 : piece.length;
  const part = piece.subarray(0, end);
  if (end === 0 || isDamagedUtf8(part)) return undefined;
  const text = decodeText(part, "gb18030");
  return text !== undefined && text.includes('"') && enoughHan.test(text) ? "GBK或GB18030" : undefined;
}

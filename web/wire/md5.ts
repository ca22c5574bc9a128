import { type Bytes, joinBytes, toHex } from "./bytes.ts";

const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const sines = Array.from({ length: 64 }, (_, index) => Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32));

/** MD5 (RFC 1321) in hexadecimal: the SN of a certificate is one, and browsers have none. It proves nothing here. */
export function md5(bytes: Uint8Array): string {
  const padded = pad(bytes);
  const view = new DataView(padded.buffer);
  let [a0, b0, c0, d0] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let block = 0; block < padded.length; block += 64) {
    let [a, b, c, d] = [a0, b0, c0, d0];
    for (let step = 0; step < 64; step += 1) {
      const round = step >> 4;
      const mixed =
        round === 0 ? (b & c) | (~b & d) : round === 1 ? (d & b) | (~d & c) : round === 2 ? b ^ c ^ d : c ^ (b | ~d);
      const word = round === 0 ? step : round === 1 ? 5 * step + 1 : round === 2 ? 3 * step + 5 : 7 * step;
      const sum = (a + mixed + (sines[step] ?? 0) + view.getUint32(block + (word % 16) * 4, true)) | 0;
      const shift = shifts[round * 4 + (step % 4)] ?? 0;
      [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
    }
    [a0, b0, c0, d0] = [(a0 + a) | 0, (b0 + b) | 0, (c0 + c) | 0, (d0 + d) | 0];
  }
  const digest = new DataView(new ArrayBuffer(16));
  for (const [index, word] of [a0, b0, c0, d0].entries()) digest.setUint32(index * 4, word, true);
  return toHex(new Uint8Array(digest.buffer));
}

function pad(bytes: Uint8Array): Bytes {
  const zeros = (120 - ((bytes.length + 1) % 64)) % 64;
  const length = new DataView(new ArrayBuffer(8));
  length.setUint32(0, (bytes.length * 8) >>> 0, true);
  length.setUint32(4, Math.floor((bytes.length * 8) / 2 ** 32), true);
  return joinBytes(bytes, Uint8Array.of(0x80), new Uint8Array(zeros), new Uint8Array(length.buffer));
}

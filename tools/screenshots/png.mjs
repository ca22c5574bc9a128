import { crc32, deflateSync, inflateSync } from "node:zlib";

const signatureBytes = 8;
const paletteColours = 256;

/**
 * The same picture with a palette of 256 colours, each other one replaced by the nearest: of a page, that is a shade at
 * the edge of a letter. A third of the size. Takes what browsers make: 8 bits a channel, not interlaced.
 * @param {Buffer} png
 * @returns {Buffer}
 */
export function withPalette(png) {
  const { width, height, pixels } = pixelsOf(png);
  const counts = new Map();
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const colours = [...counts].toSorted((a, b) => b[1] - a[1]).map(([colour]) => colour);
  const palette = paletteOf(colours);
  const places = new Map(palette.map((colour, at) => [colour, at]));
  const indexes = new Map(colours.map((colour) => [colour, places.get(colour) ?? nearest(palette, colour)]));
  const rows = Buffer.alloc((width + 1) * height);
  for (const [at, colour] of pixels.entries()) {
    const row = Math.floor(at / width);
    rows[row * (width + 1) + 1 + (at % width)] = indexes.get(colour) ?? 0;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8); // Eight bits a pixel, of a palette.
  return Buffer.concat([
    png.subarray(0, signatureBytes),
    chunkOf("IHDR", header),
    chunkOf("PLTE", Buffer.from(palette.flatMap(channelsOf))),
    chunkOf("IDAT", deflateSync(rows, { level: 9 })),
    chunkOf("IEND", Buffer.alloc(0)),
  ]);
}

/**
 * First the most frequent colour of each region of the cube, so that a small red word stays red, then the most frequent.
 * @param {readonly number[]} colours The most frequent first.
 */
function paletteOf(colours) {
  const ofRegions = new Map(colours.toReversed().map((colour) => [colour & 0xe0e0e0, colour]));
  return [...new Set([...ofRegions.values(), ...colours])].slice(0, paletteColours);
}

/** Each pixel as 0xRRGGBB. @param {Buffer} png */
function pixelsOf(png) {
  const chunks = chunksOf(png);
  const header = chunks.find(({ type }) => type === "IHDR")?.data ?? Buffer.alloc(13);
  const width = header.readUInt32BE(0);
  const height = header.readUInt32BE(4);
  const channels = header[9] === 6 ? 4 : 3;
  const data = inflateSync(Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map((chunk) => chunk.data)));
  const stride = width * channels;
  const bytes = Buffer.alloc(stride * height);
  const pixels = new Uint32Array(width * height);
  for (let row = 0; row < height; row += 1) {
    const filter = data[row * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const at = row * stride + x;
      const left = x < channels ? 0 : (bytes[at - channels] ?? 0);
      const up = row === 0 ? 0 : (bytes[at - stride] ?? 0);
      const corner = row === 0 || x < channels ? 0 : (bytes[at - stride - channels] ?? 0);
      bytes[at] = (data[row * (stride + 1) + 1 + x] ?? 0) + predicted(filter, left, up, corner);
    }
    for (let x = 0; x < width; x += 1) pixels[row * width + x] = bytes.readUIntBE(row * stride + x * channels, 3);
  }
  return { width, height, pixels };
}

/** What a byte is told the difference from: the five filters of PNG. @param {number} filter @param {number} left @param {number} up @param {number} corner */
function predicted(filter, left, up, corner) {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return Math.floor((left + up) / 2);
  if (filter === 0) return 0;
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** @param {readonly number[]} palette @param {number} colour */
function nearest(palette, colour) {
  const wanted = channelsOf(colour);
  let best = 0;
  let least = Infinity;
  for (const [at, offered] of palette.entries()) {
    const distance = channelsOf(offered).reduce((sum, each, index) => sum + (each - (wanted[index] ?? 0)) ** 2, 0);
    if (distance < least) [best, least] = [at, distance];
  }
  return best;
}

/** @param {number} colour */
const channelsOf = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];

/** @param {Buffer} png */
function chunksOf(png) {
  const chunks = [];
  for (let at = signatureBytes; at < png.length;) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

/** @param {string} type @param {Buffer} data */
function chunkOf(type, data) {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

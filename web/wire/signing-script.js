// @ts-nocheck It runs in Postman, whose objects have no types here.
// Signs each request of this collection with app_private_key (PKCS#8 or PKCS#1, PEM or one line), RSA2.
// It needs nothing from outside: SHA-256 and RSA stand below. Postman, Apifox and newman run it.
const digestInfo = "3031300d060960864801650304020105000420";
function utf8(text) {
  return Array.from(unescape(encodeURIComponent(text)), (character) => character.charCodeAt(0));
}
function sha256(bytes) {
  const primes = [];
  for (let number = 2; primes.length < 64; number += 1)
    if (primes.every((prime) => number % prime !== 0)) primes.push(number);
  const fraction = (root) => Math.floor((root - Math.floor(root)) * 4294967296);
  const constants = primes.map((prime) => fraction(Math.cbrt(prime)));
  const hash = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
  const padded = [...bytes, 128];
  while (padded.length % 64 !== 56) padded.push(0);
  const bits = bytes.length * 8;
  for (const shift of [56, 48, 40, 32, 24, 16, 8, 0]) padded.push(Math.floor(bits / 2 ** shift) % 256);
  const turn = (word, by) => (word >>> by) | (word << (32 - by));
  for (let block = 0; block < padded.length; block += 64) {
    const words = [];
    for (let at = 0; at < 64; at += 1) {
      const from = block + at * 4;
      const [w15, w2] = [words[at - 15] || 0, words[at - 2] || 0];
      const s0 = turn(w15, 7) ^ turn(w15, 18) ^ (w15 >>> 3);
      const s1 = turn(w2, 17) ^ turn(w2, 19) ^ (w2 >>> 10);
      words.push(
        at < 16
          ? (padded[from] << 24) | (padded[from + 1] << 16) | (padded[from + 2] << 8) | padded[from + 3]
          : (words[at - 16] + s0 + words[at - 7] + s1) | 0,
      );
    }
    let [a, b, c, d, e, f, g, h] = hash;
    for (let at = 0; at < 64; at += 1) {
      const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + constants[at] + words[at]) | 0;
      const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, at) => (hash[at] = (hash[at] + word) | 0));
  }
  return hash.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** The numbers of a private key: modulus, public and private exponent. */
function readKey(text) {
  const body = text.replace(/-----[A-Z ]+-----|\s/g, "");
  const bytes = Array.from(atob(body), (character) => character.charCodeAt(0));
  const valueAt = (at) => {
    let [length, start] = [bytes[at + 1], at + 2];
    if (length > 127) {
      const count = length - 128;
      length = bytes.slice(start, start + count).reduce((sum, byte) => sum * 256 + byte, 0);
      start += count;
    }
    return { tag: bytes[at], start, end: start + length };
  };
  const inside = (of) => {
    const values = [];
    for (let at = of.start; at < of.end; at = values[values.length - 1].end) values.push(valueAt(at));
    return values;
  };
  let parts = inside(valueAt(0));
  if (parts[1].tag === 48) parts = inside(valueAt(parts[2].start));
  const number = ({ start, end }) =>
    BigInt(
      `0x${bytes
        .slice(start, end)
        .map((byte) => byte.toString(16).padStart(2, "0"))
        .join("")}`,
    );
  return { modulus: number(parts[1]), exponent: number(parts[3]) };
}
function power(base, exponent, modulus) {
  let result = BigInt(1);
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === "1") result = (result * base) % modulus;
  }
  return result;
}

/** RSASSA-PKCS1-v1_5 with SHA-256, in base64. */
function sign(text, key) {
  const { modulus, exponent } = readKey(key);
  const digits = Math.ceil(modulus.toString(16).length / 2) * 2;
  const info = digestInfo + sha256(utf8(text));
  const block = `0001${"ff".repeat(digits / 2 - info.length / 2 - 3)}00${info}`;
  const signature = power(BigInt(`0x${block}`), exponent, modulus)
    .toString(16)
    .padStart(digits, "0");
  return btoa((signature.match(/../g) || []).map((byte) => String.fromCharCode(Number.parseInt(byte, 16))).join(""));
}

pm.variables.set("kaimen_timestamp", new Date(Date.now() + 28800000).toISOString().slice(0, 19).replace("T", " "));
pm.variables.set("kaimen_id", `PM${Date.now()}`);
const parameters = {};
const list = pm.request.body[pm.request.body.mode];
list.each((each) => {
  if (each.disabled || each.type === "file" || each.key === "sign") return;
  const value = pm.variables.replaceIn(each.value);
  if (value !== "") parameters[each.key] = value;
});
const stringToSign = Object.keys(parameters)
  .sort()
  .map((name) => `${name}=${parameters[name]}`)
  .join("&");
pm.variables.set("kaimen_sign", sign(stringToSign, pm.variables.get("app_private_key")));

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { filesOfProject } from "./source-files.mjs";

/** Keys made for tests, and the published vectors' keys, are no secrets. */
const allowed = /^(test|vectors)\//;
const sizeLimit = 2_000_000;

const pemWithBody = /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\\nr"'+]*[A-Za-z0-9+/]{32}/;

/** One line or many of base64 that could be a key: an RSA-1024 private key has about 850 characters. */
const base64Run = /[A-Za-z0-9+/]{40,}(?:[\s\\nr"'+]{1,12}[A-Za-z0-9+/=]{4,})*={0,2}/g;

/** No private key in the repository. @param {string} root @returns {import("../check.mjs").Findings} */
export function secrets(root) {
  const problems = filesOfProject(root)
    .filter((path) => !allowed.test(path))
    .flatMap((path) => {
      const bytes = readFileSync(join(root, path));
      if (bytes.length > sizeLimit || bytes.includes(0)) return [];
      const text = bytes.toString("utf8");
      if (pemWithBody.test(text)) return [`${path} holds a private key in PEM form`];
      return (text.match(base64Run) ?? []).some(isPrivateKey) ? [`${path} holds the base64 body of a private key`] : [];
    });
  return { problems };
}

/**
 * PKCS#1 and PKCS#8 both begin SEQUENCE, then the version as an INTEGER of one byte; a public key begins with two
 * SEQUENCEs, a certificate with three.
 * @param {string} run
 */
function isPrivateKey(run) {
  const der = Buffer.from(run.replaceAll(/\\[nr]|[^A-Za-z0-9+/=]/g, ""), "base64");
  if (der[0] !== 0x30) return false;
  const lengthByte = der[1] ?? 0;
  const body = lengthByte < 0x80 ? 2 : 2 + (lengthByte & 0x7f);
  const length = lengthByte < 0x80 ? lengthByte : der.readUIntBE(2, Math.min(body - 2, 4));
  const isVersion = der[body] === 0x02 && der[body + 1] === 0x01 && (der[body + 2] ?? 9) <= 1;
  return isVersion && der.length >= body + length;
}

import { hash } from "node:crypto";

export const hashLength = 32;

/** A leaf and an inner node are hashed apart, so that no leaf can pass for a node (RFC 6962, 2.1). */
const leafMark = Buffer.of(0);
const nodeMark = Buffer.of(1);

/** The root of a Merkle tree over these hashes, in their order. A node without a partner is carried up as it is. */
export function merkleRoot(leaves: readonly Uint8Array[]): Buffer {
  let level = leaves.map((leaf) => sha256(leafMark, leaf));
  if (level.length === 0) return sha256(leafMark);
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let index = 0; index < level.length; index += 2) {
      const [left, right] = [level[index], level[index + 1]];
      if (left !== undefined) above.push(right === undefined ? left : sha256(nodeMark, left, right));
    }
    level = above;
  }
  return level[0] ?? sha256(leafMark);
}

/** A link of a chain: what was, and what is new. */
export function chainLink(previous: Uint8Array, root: Uint8Array): Buffer {
  return sha256(nodeMark, previous, root);
}

export const chainStart: Uint8Array = new Uint8Array(hashLength);

function sha256(...parts: Uint8Array[]): Buffer {
  return hash("sha256", Buffer.concat(parts), "buffer");
}

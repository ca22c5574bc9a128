import { isIPv4, isIPv6 } from "node:net";

/** Longer than any address; what a proxy passes on may be anything. */
const addressLengthLimit = 64;

/**
 * Whom an address counts as: itself for IPv4, also when it is written inside IPv6 (`::ffff:192.0.2.1`); its first 64
 * bits for IPv6, since a customer of any provider has a whole /64 to call from.
 */
export function addressKey(address: string): string {
  const bare = address.slice(0, addressLengthLimit).split("%", 1)[0] ?? "";
  if (!isIPv6(bare)) return bare;
  const groups = groupsOf(bare);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return [groups[6], groups[7]].flatMap((group = 0) => [group >> 8, group & 0xff]).join(".");
  }
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(":")}::/64`;
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const before = numbersOf(head);
  const after = numbersOf(tail ?? "");
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

function numbersOf(text: string): number[] {
  return text.split(":").filter((group) => group !== "").flatMap((group) => {
    if (!isIPv4(group)) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

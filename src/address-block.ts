import { isIPv4, isIPv6 } from "node:net";

/** Whatever is no address: all of it counts as one caller, so that nobody gets a room of his own by a word he made up. */
const noAddress = "no address";

/**
 * Whom a limit by address counts: an IPv4 address itself, of an IPv6 address its /64. A subscriber has a whole /64, often
 * more, and would otherwise be another caller with each request. An IPv4 address written as an IPv6 one
 * (`::ffff:192.0.2.1`) is the IPv4 address; a port that a proxy has put behind an address is none of it.
 *
 * @example addressBlockOf("2001:db8:0:7:a:b:c:d") // "2001:db8:0:7::/64"
 */
export function addressBlockOf(address: string): string {
  if (isIPv4(address)) return address;
  if (isIPv6(address)) return blockOfIPv6(address);
  const bare = /^(?:\[([0-9a-f:.%]{2,60})\]|(\d{1,3}(?:\.\d{1,3}){3}))(?::\d{1,5})?$/i.exec(address);
  const inside = bare?.[1] ?? bare?.[2];
  return inside === undefined || inside === address ? noAddress : addressBlockOf(inside);
}

function blockOfIPv6(address: string): string {
  const [head = "", tail] = (address.split("%")[0] ?? "").toLowerCase().split("::");
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const groups = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  if (a === 0 && b === 0 && c === 0 && d === 0 && e === 0 && f === 0xffff)
    return [g >> 8, g & 255, h >> 8, h & 255].join(".");
  return `${[a, b, c, d].map((group) => group.toString(16)).join(":")}::/64`;
}

/** Sixteen bits each; the last 32 may be written as an IPv4 address. */
function groupsOf(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

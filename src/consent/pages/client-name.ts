/** A browser names others beside itself, for the sake of old servers: what tells more stands first. */
const browsers = [
  ["Edg", "Edge"],
  ["OPR/", "Opera"],
  ["MicroMessenger", "WeChat"],
  ["AlipayClient", "Alipay"],
  ["Firefox", "Firefox"],
  ["FxiOS", "Firefox"],
  ["CriOS", "Chrome"],
  ["Chrome", "Chrome"],
  ["Safari", "Safari"],
] as const;
const systems = [
  ["HarmonyOS", "HarmonyOS"],
  ["Android", "Android"],
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Windows", "Windows"],
  ["Mac OS X", "macOS"],
  ["Linux", "Linux"],
] as const;

/** What people call the browser of this User-Agent and what it runs on: `Chrome · Windows`. Text of no browser is shown short. */
export function clientName(userAgent: string): string {
  const nameIn = (table: readonly (readonly [string, string])[]): string | undefined =>
    table.find(([part]) => userAgent.includes(part))?.[1];
  const named = [nameIn(browsers), nameIn(systems)].filter((name) => name !== undefined);
  return named.length > 0 ? named.join(" · ") : userAgent.slice(0, 40);
}

import type { IncomingMessage } from "node:http";
import proxyAddr from "@fastify/proxy-addr";

export type ClientAddress = (request: IncomingMessage) => string;

/**
 * Whose address a request came from: its connection's or, where that is a trusted proxy's, the last address in
 * X-Forwarded-For that no trusted proxy has. A stranger's own X-Forwarded-For counts for nothing.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  if (trustedProxies.length === 0) return (request) => request.socket.remoteAddress ?? "";
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (request) => proxyAddr(request, isTrusted);
}

/** Whether the address is a trusted proxy's: it stands for all those for whom the proxy sends, unless it names them. */
export function createProxyCheck(trustedProxies: readonly string[]): (address: string) => boolean {
  if (trustedProxies.length === 0) return () => false;
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (address) => isTrusted(address, 0);
}

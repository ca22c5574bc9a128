import { type GatewayProfile, profileDoes } from "./protocol/gateway-profile.ts";

/** The settings that a start is judged by, as they were written. */
export interface StartFacts {
  readonly mode: "sandbox" | "production";
  readonly host: string;
  readonly publicUrl: string | undefined;
  readonly trustedProxies: readonly string[];
  readonly gatewayProfile: GatewayProfile;
  readonly echoRequests: boolean;
  readonly signatureDoctor: boolean;
  readonly timestampWindowH: number;
  readonly databaseUrl: string | undefined;
  readonly masterKey: Uint8Array | undefined;
}

/** What is wrong with the settings taken together, and what comes of it: no start at all, or a warning in the log. */
export interface StartCheck {
  readonly found: string;
  readonly outcome: "refused" | "warned of";
  /** What the operator reads: what happens, and what to write instead. It repeats no value, which may hold a password. */
  readonly sentence: string;
  readonly holds: (facts: StartFacts) => boolean;
}

const inProduction = ({ mode }: StartFacts): boolean => mode === "production";

/** In this order; the first that refuses is the one that is told. */
export const startChecks: readonly StartCheck[] = [
  {
    found: "production, no DATABASE_URL",
    outcome: "refused",
    sentence: "production needs DATABASE_URL, postgresql://user:password@host:5432/kaimen",
    holds: (facts) => inProduction(facts) && facts.databaseUrl === undefined,
  },
  {
    found: "production, no KAIMEN_MASTER_KEY",
    outcome: "refused",
    sentence:
      "production needs KAIMEN_MASTER_KEY; make one with: openssl rand -hex 32, and keep it safe: without it nothing sealed can be read again",
    holds: (facts) => inProduction(facts) && facts.masterKey === undefined,
  },
  {
    found: "KAIMEN_PUBLIC_URL is no http:// or https:// address",
    outcome: "refused",
    sentence: "KAIMEN_PUBLIC_URL is no address; write it as https://host or https://host:port",
    holds: ({ publicUrl }) => publicUrl !== undefined && webAddress(publicUrl) === undefined,
  },
  {
    found: "KAIMEN_PUBLIC_URL with a login or a password",
    outcome: "refused",
    sentence:
      "KAIMEN_PUBLIC_URL holds a login or a password, which every caller would be sent; write it as https://host or https://host:port",
    holds: ({ publicUrl = "" }) => /^[a-z]+:\/\/[^/?#]*@/i.test(publicUrl),
  },
  {
    found: "KAIMEN_PUBLIC_URL with a path, a query or a fragment",
    outcome: "refused",
    sentence:
      "KAIMEN_PUBLIC_URL has more than scheme, host and port, and the pages are at the root of their host; write it as https://host or https://host:port",
    holds: ({ publicUrl = "" }) => /^[a-z]+:\/\/[^/?#]*(?:\/+[^/]|\/*[?#])/i.test(publicUrl),
  },
  {
    found: "production, KAIMEN_PUBLIC_URL is http://",
    outcome: "warned of",
    sentence:
      "KAIMEN_PUBLIC_URL is http in production: passwords, sessions and uploaded files travel in the clear; put TLS in front and write https://",
    holds: (facts) => inProduction(facts) && facts.publicUrl !== undefined && !isHttps(facts.publicUrl),
  },
  {
    found: "production, no KAIMEN_PUBLIC_URL",
    outcome: "warned of",
    sentence:
      "production without KAIMEN_PUBLIC_URL: cookies are Secure only where a trusted proxy says that its caller used TLS, and addresses of statements name this host; write the address that callers use, https://host",
    holds: (facts) => inProduction(facts) && facts.publicUrl === undefined,
  },
  {
    found: "production, KAIMEN_HOST beyond the loopback interface, no KAIMEN_TRUSTED_PROXIES",
    outcome: "warned of",
    sentence:
      "production listens on the network with no trusted proxy: whoever reaches the port is served without TLS, and behind a proxy all callers count as one address; name the proxy in KAIMEN_TRUSTED_PROXIES, or set KAIMEN_HOST=127.0.0.1",
    holds: (facts) => inProduction(facts) && !isLoopback(facts.host) && facts.trustedProxies.length === 0,
  },
  {
    found: "production, KAIMEN_GATEWAY_PROFILE=helpful or faithful",
    outcome: "warned of",
    sentence:
      "KAIMEN_GATEWAY_PROFILE is not strict in production: strangers are told what the gateway expected, and with helpful signatures over other strings than the published one count; leave it out, or write strict",
    holds: (facts) => inProduction(facts) && facts.gatewayProfile !== "strict",
  },
  {
    found: "production, KAIMEN_ECHO_REQUESTS=on",
    outcome: "warned of",
    sentence:
      "KAIMEN_ECHO_REQUESTS is on in production: a stranger's refusal repeats what the stranger sent; leave it out, or write off",
    holds: (facts) =>
      inProduction(facts) && facts.echoRequests && !profileDoes(facts.gatewayProfile, "showsStringToSign"),
  },
  {
    found: "production, KAIMEN_SIGNATURE_DOCTOR=on",
    outcome: "warned of",
    sentence:
      "KAIMEN_SIGNATURE_DOCTOR is on in production: signatures that do not verify cost a thread of their own; leave it out, or write off, when you have found what you looked for",
    holds: (facts) =>
      inProduction(facts) && facts.signatureDoctor && !profileDoes(facts.gatewayProfile, "explainsSignatures"),
  },
  {
    found: "production, KAIMEN_TIMESTAMP_WINDOW_H=0",
    outcome: "warned of",
    sentence:
      "KAIMEN_TIMESTAMP_WINDOW_H is 0 in production: a request that somebody recorded verifies for ever; leave it out for 24 hours",
    holds: (facts) => inProduction(facts) && facts.timestampWindowH === 0,
  },
  {
    found: "sandbox, KAIMEN_HOST beyond the loopback interface",
    outcome: "warned of",
    sentence:
      "a sandbox listens on the network: it explains signatures to strangers and sends users anywhere; keep it off the internet, or set KAIMEN_HOST=127.0.0.1",
    holds: (facts) => facts.mode === "sandbox" && !isLoopback(facts.host),
  },
];

/** Why there can be no start; undefined when there can. */
export function startRefusal(facts: StartFacts): string | undefined {
  return startChecks.find(({ outcome, holds }) => outcome === "refused" && holds(facts))?.sentence;
}

export function startWarnings(facts: StartFacts): string[] {
  return startChecks
    .filter(({ outcome, holds }) => outcome === "warned of" && holds(facts))
    .map(({ sentence }) => sentence);
}

/** Whether callers use TLS: then cookies are Secure, whoever says what of the connection behind the proxy. */
export function isHttps(publicUrl: string | undefined): boolean {
  return publicUrl !== undefined && webAddress(publicUrl)?.protocol === "https:";
}

/** An address that a browser can open, or undefined. Two slashes are asked for: a parser would do without. */
export function webAddress(text: string): URL | undefined {
  return /^https?:\/\/[^/?#\s\\]+/i.test(text) && !/[\s\\]/.test(text) && URL.canParse(text)
    ? new URL(text)
    : undefined;
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?|\[?::ffff:127(?:\.\d{1,3}){3}\]?)$/i.test(host);
}

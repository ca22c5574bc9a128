import { resolve } from "node:path";
import proxyAddr from "@fastify/proxy-addr";
import { type MonthIndex, parseMonth } from "./clock.ts";
import { type MasterKey, parseMasterKey } from "./keys/master-key.ts";
import { type GatewayProfile, gatewayProfiles, profileDoes } from "./protocol/gateway-profile.ts";
import { type SignType, signTypes } from "./protocol/signing.ts";
import { startRefusal, webAddress } from "./start-checks.ts";

/** A setting that cannot be used, in words that say what to write instead. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Every setting: its environment variable, default, bounds and meaning. Read once, at the start; the rest of Kaimen
 * gets the parsed Config and never looks at the environment.
 */
export const settings = {
  KAIMEN_MODE: { default: "sandbox", meaning: "sandbox (demo data, a helpful gateway) or production" },
  KAIMEN_HOST: { default: "127.0.0.1", meaning: "address to listen on" },
  KAIMEN_PORT: { default: "", meaning: "port; when unset, 8080 or the next free one" },
  KAIMEN_DATA: { default: "./.kaimen", meaning: "directory of the embedded database, keys and sandbox.json" },
  DATABASE_URL: { default: "", meaning: "postgresql://… of the database; when unset, the embedded one (sandbox only)" },
  KAIMEN_MASTER_KEY: {
    default: "",
    meaning: "32 bytes as 64 hexadecimal digits or base64, wrapping every key at rest; required in production",
  },
  KAIMEN_PUBLIC_URL: {
    default: "",
    meaning:
      "the address callers use, https://host or https://host:port, when a proxy stands in front; with https, cookies are Secure and browsers are told to come by TLS alone",
  },
  KAIMEN_TRUSTED_PROXIES: {
    default: "",
    meaning:
      "addresses or ranges (10.0.0.0/8, loopback, uniquelocal) of proxies whose X-Forwarded-For and X-Forwarded-Proto count, with commas between",
  },
  KAIMEN_GATEWAY_PROFILE: {
    default: "",
    meaning:
      "helpful, faithful or strict: whom the gateway imitates, row by row in docs/profiles.md; when unset, helpful in the sandbox and strict in production",
  },
  KAIMEN_ECHO_REQUESTS: {
    default: "",
    meaning:
      "on or off: whether a refusal may repeat what came with a request whose signature does not verify, the string to sign above all; when unset, on in the profiles helpful and faithful, off in strict",
  },
  KAIMEN_SIGN_TYPES: {
    default: "RSA2,RSA",
    meaning: "sign_types that are taken and replied with, by apps that have them: RSA2,RSA, or RSA2 to be rid of SHA-1",
  },
  KAIMEN_PKCE: {
    default: "optional",
    meaning: "optional or required: whether an app must send code_challenge (RFC 7636, S256) when a user authorises it",
  },
  KAIMEN_SECOND_PERSON: {
    default: "",
    meaning:
      "on or off: whether a second operator has to approve what would let one enrich himself or expose others: a card in force, a bill adjusted, an operator added, an app's key changed, a held score released; when unset, on in production and off in the sandbox",
  },
  KAIMEN_TIMESTAMP_WINDOW_H: {
    default: "",
    least: 0,
    most: 8_760,
    meaning:
      "how many hours a request's timestamp may be off; 0 for any; when unset, 24 in production and 0 in the sandbox",
  },
  KAIMEN_SIGNATURE_DOCTOR: {
    default: "",
    meaning:
      "on or off: whether a signature that does not verify is examined for the usual mistakes, for the log and, in the profile helpful, the reply; when unset, on in that profile and off in the others",
  },
  KAIMEN_DISABLED_METHODS: { default: "", meaning: "methods switched off, by their wire names with commas between" },
  KAIMEN_APP_CALLS_PER_S: {
    default: "20000",
    least: 0,
    most: 1_000_000,
    meaning: "calls a second of one app; 0 for any number",
  },
  KAIMEN_METHOD_CALLS_PER_S: {
    default: "20000",
    least: 0,
    most: 1_000_000,
    meaning: "calls a second of one method by one app; 0 for any number",
  },
  KAIMEN_ADDRESS_CALLS_PER_S: {
    default: "20000",
    least: 0,
    most: 1_000_000,
    meaning: "calls a second from one address; 0 for any number",
  },
  KAIMEN_AS_OF: {
    default: "",
    meaning:
      "yyyy-MM: the month in which the installation stands: scores are computed as of it, and years of retention are counted up to it; the current one when unset",
  },
  KAIMEN_BODY_LIMIT_MB: { default: "50", least: 1, most: 1_024, meaning: "largest request body, in MB" },
  KAIMEN_UPLOADS: {
    default: "16",
    least: 4,
    most: 1_024,
    meaning:
      "how many of the largest bodies the directory for temporary files (TMPDIR) has room for while they arrive; one address gets a quarter of it",
  },
  KAIMEN_BODY_TIMEOUT_MS: { default: "60000", least: 1_000, most: 600_000, meaning: "time for a body to arrive" },
  KAIMEN_CONNECTIONS: {
    default: "4096",
    least: 64,
    most: 65_535,
    meaning: "connections of callers at a time, of which one address that is no trusted proxy's gets a quarter",
  },
  KAIMEN_DATABASE_CONNECTIONS: { default: "10", least: 2, most: 500, meaning: "connections to PostgreSQL" },
  KAIMEN_SCORE_WAIT_MS: {
    default: "2000",
    least: 0,
    most: 60_000,
    meaning: "how long a feedback reply may wait for the people it touched to be scored anew",
  },
  KAIMEN_INQUIRY_DEADLINE_MS: {
    default: "2000",
    least: 100,
    most: 60_000,
    meaning: "how long an inquiry may take; one that was begun and has not finished by then is closed",
  },
  KAIMEN_ADMITTANCE_SCORES: {
    default: "5",
    least: 1,
    most: 601,
    meaning: "how many different thresholds a merchant may ask brief inquiries with in a month",
  },
  KAIMEN_ACCESS_TOKEN_S: { default: "1296000", least: 60, most: 31_536_000, meaning: "life of an access token" },
  KAIMEN_REFRESH_TOKEN_S: { default: "2592000", least: 60, most: 63_072_000, meaning: "life of a refresh token" },
  KAIMEN_AUTHORISATION_DAYS: { default: "365", least: 1, most: 3_650, meaning: "how long a consent lasts" },
  KAIMEN_REFUSED_DAYS: {
    default: "7",
    least: 0,
    most: 90,
    meaning: "how long refused feedback records are kept, encrypted, for their merchant; 0 keeps none",
  },
  KAIMEN_ADVERSE_YEARS: {
    default: "5",
    least: 1,
    most: 5,
    meaning: "years that adverse records are kept after what they tell of ended; the law allows five",
  },
  KAIMEN_REQUEST_LOG_CALLS: {
    default: "",
    least: 0,
    most: 1_000_000,
    meaning:
      "how many of the latest calls the request log keeps; 0 for none; when unset, 5,000 in the sandbox and 100,000 in production",
  },
  KAIMEN_REQUEST_LOG_PER_S: {
    default: "",
    least: 0,
    most: 10_000,
    meaning:
      "how many calls that were not refused it keeps of each second, ten seconds' worth of them at once; refused ones it keeps in any case; when unset, 100 in the sandbox and 10 in production",
  },
  KAIMEN_REQUEST_LOG_MB: {
    default: "32",
    least: 0,
    most: 1_024,
    meaning:
      "how much the whole requests and replies may take together that the sandbox's request log keeps, in MB; 0 for none",
  },
  KAIMEN_LOG_LEVEL: { default: "info", meaning: "fatal, error, warn, info, debug, trace or silent" },
} as const;

export type SettingName = keyof typeof settings;
type Environment = Readonly<Record<string, string | undefined>>;

export interface Config {
  readonly mode: "sandbox" | "production";
  readonly host: string;
  /** Undefined: 8080 or the next free one. */
  readonly port: number | undefined;
  readonly dataDirectory: string;
  readonly databaseUrl: string | undefined;
  readonly masterKey: MasterKey | undefined;
  /** Scheme, host and port alone. */
  readonly publicUrl: string | undefined;
  /** Empty: no proxy is believed. */
  readonly trustedProxies: readonly string[];
  readonly gatewayProfile: GatewayProfile;
  /** Whether a stranger's refusal may repeat parts of the request. */
  readonly echoRequests: boolean;
  /** RSA2 is always one of them. */
  readonly signTypes: readonly SignType[];
  readonly pkce: "optional" | "required";
  readonly secondPerson: boolean;
  /** 0: any timestamp is fresh. */
  readonly timestampWindowH: number;
  /** Whether signatures that do not verify are examined. */
  readonly signatureDoctor: boolean;
  readonly disabledMethods: readonly string[];
  /** 0: any number, of each of the three. */
  readonly appCallsPerS: number;
  readonly methodCallsPerS: number;
  readonly addressCallsPerS: number;
  /** Undefined: the current month in Beijing. */
  readonly asOfMonth: MonthIndex | undefined;
  readonly bodyLimitBytes: number;
  /** On the disk, for the files of all bodies under way. */
  readonly uploadsBytes: number;
  readonly bodyTimeoutMs: number;
  /** Of callers. */
  readonly connections: number;
  readonly databaseConnections: number;
  readonly scoreWaitMs: number;
  readonly inquiryDeadlineMs: number;
  readonly admittanceScores: number;
  readonly accessTokenS: number;
  readonly refreshTokenS: number;
  readonly authorisationDays: number;
  readonly refusedDays: number;
  readonly adverseYears: number;
  readonly requestLog: {
    /** 0: none is kept. */
    readonly calls: number;
    readonly answeredPerS: number;
    readonly wholeBytes: number;
  };
  readonly logLevel: string;
}

/** What the commands read to find the server they speak to. */
const commandSettings = new Set(["KAIMEN_SERVER", "KAIMEN_TOKEN"]);

/** Names that look like settings and are none: most likely misspelt, so the start warns of them. */
export function unknownSettings(environment: Environment): string[] {
  return Object.keys(environment).filter(
    (name) => name.startsWith("KAIMEN_") && !Object.hasOwn(settings, name) && !commandSettings.has(name),
  );
}

/** What a setting that is gone was replaced by: going on without it would change what an installation promises. */
const replacedSettings: Readonly<Record<string, string>> = {
  KAIMEN_LENIENCY:
    "KAIMEN_LENIENCY has become KAIMEN_GATEWAY_PROFILE; in place of lenient write helpful, in place of strict write strict",
};

export function readConfig(environment: Environment): Config {
  for (const [name, sentence] of Object.entries(replacedSettings)) {
    if (environment[name] !== undefined && environment[name].trim() !== "") throw new ConfigError(sentence);
  }
  const text = (name: SettingName): string => environment[name]?.trim() || settings[name].default;
  const mode = oneOf("KAIMEN_MODE", text("KAIMEN_MODE"), ["sandbox", "production"]);
  const databaseUrl = text("DATABASE_URL") || undefined;
  const masterKeyText = text("KAIMEN_MASTER_KEY") || undefined;
  const masterKey = masterKeyText === undefined ? undefined : parseMasterKey(masterKeyText);
  if (masterKeyText !== undefined && masterKey === undefined) {
    throw new ConfigError(
      "KAIMEN_MASTER_KEY is not 32 bytes as 64 hexadecimal digits or base64; make one with: openssl rand -hex 32",
    );
  }
  const asOf = text("KAIMEN_AS_OF");
  const asOfMonth = asOf === "" ? undefined : parseMonth(asOf);
  if (asOf !== "" && asOfMonth === undefined)
    throw new ConfigError(`KAIMEN_AS_OF is "${asOf}"; write a month as yyyy-MM`);

  const gatewayProfile = oneOf(
    "KAIMEN_GATEWAY_PROFILE",
    text("KAIMEN_GATEWAY_PROFILE") || (mode === "sandbox" ? "helpful" : "strict"),
    Object.keys(gatewayProfiles) as GatewayProfile[], // The keys of a literal.
  );
  const onOrOff = (name: SettingName, unset: boolean): boolean =>
    oneOf(name, text(name) || (unset ? "on" : "off"), ["on", "off"]) === "on";
  const port = text("KAIMEN_PORT");
  const publicUrl = text("KAIMEN_PUBLIC_URL") || undefined;
  const config: Config = {
    mode,
    host: text("KAIMEN_HOST"),
    port: port === "" ? undefined : wholeNumber("KAIMEN_PORT", port, 0, 65_535),
    dataDirectory: resolve(text("KAIMEN_DATA")),
    databaseUrl,
    masterKey,
    publicUrl,
    trustedProxies: addressRanges("KAIMEN_TRUSTED_PROXIES", list(text("KAIMEN_TRUSTED_PROXIES"))),
    gatewayProfile,
    echoRequests: onOrOff("KAIMEN_ECHO_REQUESTS", profileDoes(gatewayProfile, "showsStringToSign")),
    signTypes: readSignTypes(text("KAIMEN_SIGN_TYPES")),
    pkce: oneOf("KAIMEN_PKCE", text("KAIMEN_PKCE"), ["optional", "required"]),
    secondPerson: onOrOff("KAIMEN_SECOND_PERSON", mode === "production"),
    timestampWindowH: bounded("KAIMEN_TIMESTAMP_WINDOW_H", (name) => text(name) || (mode === "sandbox" ? "0" : "24")),
    signatureDoctor: onOrOff("KAIMEN_SIGNATURE_DOCTOR", profileDoes(gatewayProfile, "explainsSignatures")),
    disabledMethods: list(text("KAIMEN_DISABLED_METHODS")),
    appCallsPerS: bounded("KAIMEN_APP_CALLS_PER_S", text),
    methodCallsPerS: bounded("KAIMEN_METHOD_CALLS_PER_S", text),
    addressCallsPerS: bounded("KAIMEN_ADDRESS_CALLS_PER_S", text),
    asOfMonth,
    bodyLimitBytes: bounded("KAIMEN_BODY_LIMIT_MB", text) * 1_048_576,
    uploadsBytes: bounded("KAIMEN_UPLOADS", text) * bounded("KAIMEN_BODY_LIMIT_MB", text) * 1_048_576,
    bodyTimeoutMs: bounded("KAIMEN_BODY_TIMEOUT_MS", text),
    connections: bounded("KAIMEN_CONNECTIONS", text),
    databaseConnections: bounded("KAIMEN_DATABASE_CONNECTIONS", text),
    scoreWaitMs: bounded("KAIMEN_SCORE_WAIT_MS", text),
    inquiryDeadlineMs: bounded("KAIMEN_INQUIRY_DEADLINE_MS", text),
    admittanceScores: bounded("KAIMEN_ADMITTANCE_SCORES", text),
    accessTokenS: bounded("KAIMEN_ACCESS_TOKEN_S", text),
    refreshTokenS: bounded("KAIMEN_REFRESH_TOKEN_S", text),
    authorisationDays: bounded("KAIMEN_AUTHORISATION_DAYS", text),
    refusedDays: bounded("KAIMEN_REFUSED_DAYS", text),
    adverseYears: bounded("KAIMEN_ADVERSE_YEARS", text),
    requestLog: {
      calls: bounded("KAIMEN_REQUEST_LOG_CALLS", (name) => text(name) || (mode === "sandbox" ? "5000" : "100000")),
      answeredPerS: bounded("KAIMEN_REQUEST_LOG_PER_S", (name) => text(name) || (mode === "sandbox" ? "100" : "10")),
      wholeBytes: bounded("KAIMEN_REQUEST_LOG_MB", text) * 1_048_576,
    },
    logLevel: oneOf("KAIMEN_LOG_LEVEL", text("KAIMEN_LOG_LEVEL"), [
      "fatal",
      "error",
      "warn",
      "info",
      "debug",
      "trace",
      "silent",
    ]),
  };
  const refusal = startRefusal(config);
  if (refusal !== undefined) throw new ConfigError(refusal);
  return { ...config, publicUrl: publicUrl === undefined ? undefined : webAddress(publicUrl)?.origin };
}

type BoundedName = { [K in SettingName]: (typeof settings)[K] extends { least: number } ? K : never }[SettingName];

function bounded(name: BoundedName, text: (name: SettingName) => string): number {
  const { least, most } = settings[name];
  return wholeNumber(name, text(name), least, most);
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new ConfigError(`${name} is "${text}"; write a whole number from ${least} to ${most}`);
  }
  return value;
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}

/** Without RSA2 nobody could call who was given it, and an unsigned refusal could not be told from a forged one. */
function readSignTypes(text: string): readonly SignType[] {
  const named = list(text);
  if (named.includes("RSA2") && named.every((each) => signTypes.some((known) => known === each))) {
    return signTypes.filter((each) => named.includes(each));
  }
  throw new ConfigError(`KAIMEN_SIGN_TYPES is "${text}"; write RSA2,RSA, or RSA2`);
}

function addressRanges(name: string, ranges: readonly string[]): readonly string[] {
  const wrong = ranges.find((range) => !isAddressRange(range));
  if (wrong === undefined) return ranges;
  throw new ConfigError(
    `${name} has "${wrong}"; write addresses like 192.0.2.1, ranges like 10.0.0.0/8, or loopback, linklocal, uniquelocal`,
  );
}

function isAddressRange(range: string): boolean {
  try {
    proxyAddr.compile(range);
    return true;
  } catch {
    return false;
  }
}

function oneOf<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((each) => each === text);
  if (choice === undefined) throw new ConfigError(`${name} is "${text}"; write one of ${choices.join(", ")}`);
  return choice;
}

import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parseMonth } from "#kaimen/clock.ts";
import { type Config, ConfigError, readConfig, settings, unknownSettings } from "#kaimen/config.ts";

const masterKey = "0123456789abcdef".repeat(4);
const production = {
  KAIMEN_MODE: "production",
  DATABASE_URL: "postgresql://localhost/kaimen",
  KAIMEN_MASTER_KEY: masterKey,
};

function refusalOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("was accepted");
}

test("without any setting it is a helpful sandbox on the loopback interface", () => {
  expect(readConfig({})).toEqual({
    mode: "sandbox",
    host: "127.0.0.1",
    port: undefined,
    dataDirectory: resolve(".kaimen"),
    databaseUrl: undefined,
    masterKey: undefined,
    publicUrl: undefined,
    trustedProxies: [],
    gatewayProfile: "helpful",
    echoRequests: true,
    signTypes: ["RSA2", "RSA"],
    pkce: "optional",
    secondPerson: false,
    timestampWindowH: 0,
    signatureDoctor: true,
    disabledMethods: [],
    appCallsPerS: 20_000,
    methodCallsPerS: 20_000,
    addressCallsPerS: 20_000,
    asOfMonth: undefined,
    bodyLimitBytes: 52_428_800,
    uploadsBytes: 16 * 52_428_800,
    connections: 4_096,
    bodyTimeoutMs: 60_000,
    databaseConnections: 10,
    scoreWaitMs: 2_000,
    inquiryDeadlineMs: 2_000,
    admittanceScores: 5,
    accessTokenS: 1_296_000,
    refreshTokenS: 2_592_000,
    authorisationDays: 365,
    refusedDays: 7,
    adverseYears: 5,
    requestLog: { calls: 5_000, answeredPerS: 100, wholeBytes: 33_554_432 },
    logLevel: "info",
  } satisfies Config);
});

describe("a setting is read:", () => {
  test.each<[keyof typeof settings, string, keyof Config, unknown]>([
    ["KAIMEN_MODE", "sandbox", "mode", "sandbox"],
    ["KAIMEN_HOST", "0.0.0.0", "host", "0.0.0.0"],
    ["KAIMEN_PORT", "0", "port", 0],
    ["KAIMEN_PORT", "65535", "port", 65_535],
    ["KAIMEN_PORT", " 8080 ", "port", 8_080],
    ["KAIMEN_PORT", "", "port", undefined],
    ["KAIMEN_PORT", "  ", "port", undefined],
    ["KAIMEN_DATA", "/var/lib/kaimen", "dataDirectory", "/var/lib/kaimen"],
    ["KAIMEN_DATA", "data", "dataDirectory", resolve("data")],
    ["DATABASE_URL", "postgresql://localhost/kaimen", "databaseUrl", "postgresql://localhost/kaimen"],
    ["KAIMEN_MASTER_KEY", masterKey, "masterKey", Buffer.from(masterKey, "hex")],
    ["KAIMEN_PUBLIC_URL", "https://credit.example//", "publicUrl", "https://credit.example"],
    ["KAIMEN_PUBLIC_URL", "HTTPS://Credit.Example:443", "publicUrl", "https://credit.example"],
    ["KAIMEN_PUBLIC_URL", "http://127.0.0.1:8080/", "publicUrl", "http://127.0.0.1:8080"],
    ["KAIMEN_TRUSTED_PROXIES", "10.0.0.0/8, ::1,loopback", "trustedProxies", ["10.0.0.0/8", "::1", "loopback"]],
    ["KAIMEN_GATEWAY_PROFILE", "strict", "gatewayProfile", "strict"],
    ["KAIMEN_GATEWAY_PROFILE", "faithful", "gatewayProfile", "faithful"],
    ["KAIMEN_GATEWAY_PROFILE", "helpful", "gatewayProfile", "helpful"],
    ["KAIMEN_ECHO_REQUESTS", "off", "echoRequests", false],
    ["KAIMEN_ECHO_REQUESTS", "on", "echoRequests", true],
    ["KAIMEN_SIGNATURE_DOCTOR", "on", "signatureDoctor", true],
    ["KAIMEN_SIGNATURE_DOCTOR", "off", "signatureDoctor", false],
    ["KAIMEN_SIGN_TYPES", "RSA2", "signTypes", ["RSA2"]],
    ["KAIMEN_SIGN_TYPES", "RSA, RSA2", "signTypes", ["RSA2", "RSA"]],
    ["KAIMEN_PKCE", "required", "pkce", "required"],
    ["KAIMEN_SECOND_PERSON", "on", "secondPerson", true],
    ["KAIMEN_SECOND_PERSON", "off", "secondPerson", false],
    ["KAIMEN_AS_OF", "2026-11", "asOfMonth", parseMonth("2026-11")],
    ["KAIMEN_BODY_LIMIT_MB", "1", "bodyLimitBytes", 1_048_576],
    ["KAIMEN_BODY_LIMIT_MB", "1024", "bodyLimitBytes", 1_073_741_824],
    ["KAIMEN_BODY_LIMIT_MB", "1", "uploadsBytes", 16 * 1_048_576],
    ["KAIMEN_UPLOADS", "4", "uploadsBytes", 4 * 52_428_800],
    ["KAIMEN_UPLOADS", "1024", "uploadsBytes", 1_024 * 52_428_800],
    ["KAIMEN_CONNECTIONS", "64", "connections", 64],
    ["KAIMEN_CONNECTIONS", "65535", "connections", 65_535],
    ["KAIMEN_BODY_TIMEOUT_MS", "1000", "bodyTimeoutMs", 1_000],
    ["KAIMEN_BODY_TIMEOUT_MS", "600000", "bodyTimeoutMs", 600_000],
    ["KAIMEN_DATABASE_CONNECTIONS", "2", "databaseConnections", 2],
    ["KAIMEN_DATABASE_CONNECTIONS", "500", "databaseConnections", 500],
    ["KAIMEN_INQUIRY_DEADLINE_MS", "100", "inquiryDeadlineMs", 100],
    ["KAIMEN_INQUIRY_DEADLINE_MS", "60000", "inquiryDeadlineMs", 60_000],
    ["KAIMEN_ADMITTANCE_SCORES", "1", "admittanceScores", 1],
    ["KAIMEN_ADMITTANCE_SCORES", "601", "admittanceScores", 601],
    ["KAIMEN_REQUEST_LOG_CALLS", "0", "requestLog", { calls: 0, answeredPerS: 100, wholeBytes: 33_554_432 }],
    ["KAIMEN_REQUEST_LOG_CALLS", "1000000", "requestLog", { calls: 1e6, answeredPerS: 100, wholeBytes: 33_554_432 }],
    ["KAIMEN_REQUEST_LOG_PER_S", "0", "requestLog", { calls: 5_000, answeredPerS: 0, wholeBytes: 33_554_432 }],
    ["KAIMEN_REQUEST_LOG_PER_S", "10000", "requestLog", { calls: 5_000, answeredPerS: 1e4, wholeBytes: 33_554_432 }],
    ["KAIMEN_REQUEST_LOG_MB", "0", "requestLog", { calls: 5_000, answeredPerS: 100, wholeBytes: 0 }],
    ["KAIMEN_REQUEST_LOG_MB", "1024", "requestLog", { calls: 5_000, answeredPerS: 100, wholeBytes: 2 ** 30 }],
    ["KAIMEN_SCORE_WAIT_MS", "0", "scoreWaitMs", 0],
    ["KAIMEN_SCORE_WAIT_MS", "60000", "scoreWaitMs", 60_000],
    ["KAIMEN_ACCESS_TOKEN_S", "60", "accessTokenS", 60],
    ["KAIMEN_ACCESS_TOKEN_S", "31536000", "accessTokenS", 31_536_000],
    ["KAIMEN_REFRESH_TOKEN_S", "60", "refreshTokenS", 60],
    ["KAIMEN_REFRESH_TOKEN_S", "63072000", "refreshTokenS", 63_072_000],
    ["KAIMEN_AUTHORISATION_DAYS", "1", "authorisationDays", 1],
    ["KAIMEN_AUTHORISATION_DAYS", "3650", "authorisationDays", 3_650],
    ["KAIMEN_LOG_LEVEL", "silent", "logLevel", "silent"],
    ["KAIMEN_TIMESTAMP_WINDOW_H", "8760", "timestampWindowH", 8_760],
    ["KAIMEN_DISABLED_METHODS", "a.b, c.d,", "disabledMethods", ["a.b", "c.d"]],
    ["KAIMEN_APP_CALLS_PER_S", "0", "appCallsPerS", 0],
    ["KAIMEN_METHOD_CALLS_PER_S", "1000000", "methodCallsPerS", 1_000_000],
    ["KAIMEN_ADDRESS_CALLS_PER_S", "1", "addressCallsPerS", 1],
  ])("%s=%j gives %s %j", (name, text, key, expected) => {
    expect(readConfig({ [name]: text })[key]).toEqual(expected);
  });
});

describe("a setting is refused in words that say what to write:", () => {
  const key =
    "KAIMEN_MASTER_KEY is not 32 bytes as 64 hexadecimal digits or base64; make one with: openssl rand -hex 32";
  test.each<[keyof typeof settings, string, string]>([
    ["KAIMEN_MODE", "Production", 'KAIMEN_MODE is "Production"; write one of sandbox, production'],
    ["KAIMEN_PORT", "-1", 'KAIMEN_PORT is "-1"; write a whole number from 0 to 65535'],
    ["KAIMEN_PORT", "65536", 'KAIMEN_PORT is "65536"; write a whole number from 0 to 65535'],
    ["KAIMEN_PORT", "80a", 'KAIMEN_PORT is "80a"; write a whole number from 0 to 65535'],
    ["KAIMEN_PORT", "1e3", 'KAIMEN_PORT is "1e3"; write a whole number from 0 to 65535'],
    ["KAIMEN_PORT", "0x50", 'KAIMEN_PORT is "0x50"; write a whole number from 0 to 65535'],
    ["KAIMEN_PORT", "80.0", 'KAIMEN_PORT is "80.0"; write a whole number from 0 to 65535'],
    [
      "KAIMEN_TRUSTED_PROXIES",
      "::1,proxy.example",
      'KAIMEN_TRUSTED_PROXIES has "proxy.example"; write addresses like 192.0.2.1, ranges like 10.0.0.0/8, or loopback, linklocal, uniquelocal',
    ],
    [
      "KAIMEN_TRUSTED_PROXIES",
      "10.0.0.0/33",
      'KAIMEN_TRUSTED_PROXIES has "10.0.0.0/33"; write addresses like 192.0.2.1, ranges like 10.0.0.0/8, or loopback, linklocal, uniquelocal',
    ],
    ["KAIMEN_GATEWAY_PROFILE", "yes", 'KAIMEN_GATEWAY_PROFILE is "yes"; write one of helpful, faithful, strict'],
    ["KAIMEN_ECHO_REQUESTS", "yes", 'KAIMEN_ECHO_REQUESTS is "yes"; write one of on, off'],
    ["KAIMEN_SIGNATURE_DOCTOR", "true", 'KAIMEN_SIGNATURE_DOCTOR is "true"; write one of on, off'],
    ["KAIMEN_AS_OF", "2026-13", 'KAIMEN_AS_OF is "2026-13"; write a month as yyyy-MM'],
    ["KAIMEN_AS_OF", "2026-11-22", 'KAIMEN_AS_OF is "2026-11-22"; write a month as yyyy-MM'],
    ["KAIMEN_BODY_LIMIT_MB", "0", 'KAIMEN_BODY_LIMIT_MB is "0"; write a whole number from 1 to 1024'],
    ["KAIMEN_UPLOADS", "3", 'KAIMEN_UPLOADS is "3"; write a whole number from 4 to 1024'],
    ["KAIMEN_UPLOADS", "1025", 'KAIMEN_UPLOADS is "1025"; write a whole number from 4 to 1024'],
    ["KAIMEN_CONNECTIONS", "63", 'KAIMEN_CONNECTIONS is "63"; write a whole number from 64 to 65535'],
    ["KAIMEN_BODY_LIMIT_MB", "1025", 'KAIMEN_BODY_LIMIT_MB is "1025"; write a whole number from 1 to 1024'],
    ["KAIMEN_BODY_TIMEOUT_MS", "999", 'KAIMEN_BODY_TIMEOUT_MS is "999"; write a whole number from 1000 to 600000'],
    [
      "KAIMEN_BODY_TIMEOUT_MS",
      "600001",
      'KAIMEN_BODY_TIMEOUT_MS is "600001"; write a whole number from 1000 to 600000',
    ],
    ["KAIMEN_DATABASE_CONNECTIONS", "1", 'KAIMEN_DATABASE_CONNECTIONS is "1"; write a whole number from 2 to 500'],
    ["KAIMEN_DATABASE_CONNECTIONS", "501", 'KAIMEN_DATABASE_CONNECTIONS is "501"; write a whole number from 2 to 500'],
    ["KAIMEN_INQUIRY_DEADLINE_MS", "99", 'KAIMEN_INQUIRY_DEADLINE_MS is "99"; write a whole number from 100 to 60000'],
    [
      "KAIMEN_INQUIRY_DEADLINE_MS",
      "60001",
      'KAIMEN_INQUIRY_DEADLINE_MS is "60001"; write a whole number from 100 to 60000',
    ],
    ["KAIMEN_ADMITTANCE_SCORES", "0", 'KAIMEN_ADMITTANCE_SCORES is "0"; write a whole number from 1 to 601'],
    ["KAIMEN_ADMITTANCE_SCORES", "602", 'KAIMEN_ADMITTANCE_SCORES is "602"; write a whole number from 1 to 601'],
    ["KAIMEN_SCORE_WAIT_MS", "-1", 'KAIMEN_SCORE_WAIT_MS is "-1"; write a whole number from 0 to 60000'],
    ["KAIMEN_SCORE_WAIT_MS", "60001", 'KAIMEN_SCORE_WAIT_MS is "60001"; write a whole number from 0 to 60000'],
    ["KAIMEN_ACCESS_TOKEN_S", "59", 'KAIMEN_ACCESS_TOKEN_S is "59"; write a whole number from 60 to 31536000'],
    [
      "KAIMEN_ACCESS_TOKEN_S",
      "31536001",
      'KAIMEN_ACCESS_TOKEN_S is "31536001"; write a whole number from 60 to 31536000',
    ],
    ["KAIMEN_REFRESH_TOKEN_S", "59", 'KAIMEN_REFRESH_TOKEN_S is "59"; write a whole number from 60 to 63072000'],
    [
      "KAIMEN_REFRESH_TOKEN_S",
      "63072001",
      'KAIMEN_REFRESH_TOKEN_S is "63072001"; write a whole number from 60 to 63072000',
    ],
    ["KAIMEN_AUTHORISATION_DAYS", "0", 'KAIMEN_AUTHORISATION_DAYS is "0"; write a whole number from 1 to 3650'],
    ["KAIMEN_AUTHORISATION_DAYS", "3651", 'KAIMEN_AUTHORISATION_DAYS is "3651"; write a whole number from 1 to 3650'],
    ["KAIMEN_SIGN_TYPES", "RSA", 'KAIMEN_SIGN_TYPES is "RSA"; write RSA2,RSA, or RSA2'],
    ["KAIMEN_SIGN_TYPES", "RSA2,SM2", 'KAIMEN_SIGN_TYPES is "RSA2,SM2"; write RSA2,RSA, or RSA2'],
    ["KAIMEN_PKCE", "plain", 'KAIMEN_PKCE is "plain"; write one of optional, required'],
    [
      "KAIMEN_LOG_LEVEL",
      "loud",
      'KAIMEN_LOG_LEVEL is "loud"; write one of fatal, error, warn, info, debug, trace, silent',
    ],
    ["KAIMEN_MASTER_KEY", masterKey.slice(1), key],
    ["KAIMEN_MASTER_KEY", "secret", key],
  ])("%s=%j", (name, text, expected) => {
    expect(refusalOf({ [name]: text })).toBe(expected);
  });

  test("the refusal of a master key does not hold the key", () => {
    expect(refusalOf({ KAIMEN_MASTER_KEY: masterKey.slice(1) })).not.toContain(masterKey.slice(1, 9));
  });
});

test("every setting that has a bound is tried at both of its bounds", () => {
  const bounded = Object.entries(settings).flatMap(([name, setting]) =>
    "least" in setting ? [{ name, ...setting }] : [],
  );
  expect(bounded.length).toBeGreaterThanOrEqual(11);
  for (const { name, least, most, default: usual } of bounded) {
    for (const value of [least, most, Number(usual)]) expect(() => readConfig({ [name]: String(value) })).not.toThrow();
    for (const value of [least - 1, most + 1])
      expect(refusalOf({ [name]: String(value) })).toContain(`from ${least} to ${most}`);
  }
});

describe("production", () => {
  test("is strict and has what it needs", () => {
    expect(readConfig(production)).toMatchObject({
      mode: "production",
      gatewayProfile: "strict",
      signatureDoctor: false,
      databaseUrl: production.DATABASE_URL,
    });
  });

  test("is helpful only when told so", () => {
    expect(readConfig({ ...production, KAIMEN_GATEWAY_PROFILE: "helpful" }).gatewayProfile).toBe("helpful");
  });

  test("repeats nothing of a stranger's request unless told so", () => {
    expect(readConfig(production).echoRequests).toBe(false);
    expect(readConfig({ ...production, KAIMEN_ECHO_REQUESTS: "on" }).echoRequests).toBe(true);
  });

  test.each([
    [{ DATABASE_URL: "" }, "production needs DATABASE_URL, postgresql://user:password@host:5432/kaimen"],
    [{ DATABASE_URL: " " }, "production needs DATABASE_URL, postgresql://user:password@host:5432/kaimen"],
    [
      { KAIMEN_MASTER_KEY: "" },
      "production needs KAIMEN_MASTER_KEY; make one with: openssl rand -hex 32, and keep it safe: without it nothing sealed can be read again",
    ],
    [
      { KAIMEN_MASTER_KEY: "x" },
      "KAIMEN_MASTER_KEY is not 32 bytes as 64 hexadecimal digits or base64; make one with: openssl rand -hex 32",
    ],
  ])("with %j is refused", (changes, expected) => {
    expect(refusalOf({ ...production, ...changes })).toBe(expected);
  });
});

test("the setting that the profile has replaced is refused, and says what to write instead", () => {
  expect(refusalOf({ KAIMEN_LENIENCY: "strict" })).toBe(
    "KAIMEN_LENIENCY has become KAIMEN_GATEWAY_PROFILE; in place of lenient write helpful, in place of strict write strict",
  );
  expect(readConfig({ KAIMEN_LENIENCY: "" }).gatewayProfile).toBe("helpful");
});

test.each([
  ["helpful", true, true],
  ["faithful", true, false],
  ["strict", false, false],
] as const)(
  "the profile %s echoes requests unless told otherwise: %s; examines signatures: %s",
  (profile, echo, doctor) => {
    const config = readConfig({ KAIMEN_GATEWAY_PROFILE: profile });
    expect([config.echoRequests, config.signatureDoctor]).toEqual([echo, doctor]);
  },
);

test("only names that look like settings and are none are unknown", () => {
  expect(
    unknownSettings({ KAIMEN_PROT: "1", KAIMEN_PORT: "1", DATABASE_URL: "", PATH: "", KAIMEN_: "", kaimen_port: "" }),
  ).toEqual(["KAIMEN_PROT", "KAIMEN_"]);
});

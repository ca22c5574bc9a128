import { describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "#kaimen/config.ts";
import { startChecks, startWarnings } from "#kaimen/start-checks.ts";

const production = {
  KAIMEN_MODE: "production",
  DATABASE_URL: "postgresql://localhost/kaimen",
  KAIMEN_MASTER_KEY: "0123456789abcdef".repeat(4),
  KAIMEN_PUBLIC_URL: "https://credit.example",
};

/** What is found wrong, by the names of the table; "refused" things end the start, so there is only the first of them. */
function foundIn(environment: Record<string, string>): string[] {
  const nameOf = (text: string): string => startChecks.find(({ sentence }) => sentence === text)?.found ?? text;
  try {
    return startWarnings(readConfig(environment)).map(nameOf);
  } catch (error) {
    if (error instanceof ConfigError) return [nameOf(error.message)];
    throw error;
  }
}

const none = "KAIMEN_PUBLIC_URL is no http:// or https:// address";
const login = "KAIMEN_PUBLIC_URL with a login or a password";
const more = "KAIMEN_PUBLIC_URL with a path, a query or a fragment";
const onTheNetwork = "production, KAIMEN_HOST beyond the loopback interface, no KAIMEN_TRUSTED_PROXIES";

describe("a production start", () => {
  test.each<[Record<string, string>, string[]]>([
    [{}, []],
    [{ DATABASE_URL: "" }, ["production, no DATABASE_URL"]],
    [{ KAIMEN_MASTER_KEY: "" }, ["production, no KAIMEN_MASTER_KEY"]],
    [{ KAIMEN_PUBLIC_URL: "" }, ["production, no KAIMEN_PUBLIC_URL"]],
    [{ KAIMEN_PUBLIC_URL: "http://credit.example" }, ["production, KAIMEN_PUBLIC_URL is http://"]],
    [{ KAIMEN_PUBLIC_URL: "HTTP://credit.example" }, ["production, KAIMEN_PUBLIC_URL is http://"]],
    [{ KAIMEN_ECHO_REQUESTS: "on" }, ["production, KAIMEN_ECHO_REQUESTS=on"]],
    [{ KAIMEN_SIGNATURE_DOCTOR: "on" }, ["production, KAIMEN_SIGNATURE_DOCTOR=on"]],
    [{ KAIMEN_HOST: "0.0.0.0" }, [onTheNetwork]],
    [{ KAIMEN_HOST: "::" }, [onTheNetwork]],
    [{ KAIMEN_HOST: "10.0.0.5" }, [onTheNetwork]],
    [{ KAIMEN_HOST: "fd00::1" }, [onTheNetwork]],
    [{ KAIMEN_HOST: "credit.internal" }, [onTheNetwork]],
    [{ KAIMEN_HOST: "127.evil.example" }, [onTheNetwork]],
    [{ KAIMEN_HOST: "127.0.0.53" }, []],
    [{ KAIMEN_HOST: "::1" }, []],
    [{ KAIMEN_HOST: "localhost" }, []],
    [{ KAIMEN_HOST: "::ffff:127.0.0.1" }, []],
    [{ KAIMEN_HOST: "0.0.0.0", KAIMEN_TRUSTED_PROXIES: "10.0.0.0/8" }, []],
    [{ KAIMEN_GATEWAY_PROFILE: "helpful" }, ["production, KAIMEN_GATEWAY_PROFILE=helpful or faithful"]],
    [{ KAIMEN_TIMESTAMP_WINDOW_H: "0" }, ["production, KAIMEN_TIMESTAMP_WINDOW_H=0"]],
    [
      { KAIMEN_PUBLIC_URL: "http://credit.example", KAIMEN_HOST: "0.0.0.0", KAIMEN_GATEWAY_PROFILE: "helpful" },
      [
        "production, KAIMEN_PUBLIC_URL is http://",
        onTheNetwork,
        "production, KAIMEN_GATEWAY_PROFILE=helpful or faithful",
      ],
    ],
  ])("with %j: %j", (changes, expected) => {
    expect(foundIn({ ...production, ...changes })).toEqual(expected);
  });
});

describe("a start, production or not, with KAIMEN_PUBLIC_URL", () => {
  test.each([
    ["credit.example", none],
    ["//credit.example", none],
    ["/kaimen", none],
    ["ftp://credit.example", none],
    ["javascript:alert(1)", none],
    ["https:credit.example", none],
    ["https://", none],
    ["https:///credit.example", none],
    ["https://credit.example:99999", none],
    ["https://credit.example:port", none],
    ["https://credit example", none],
    ["https://credit.example\\kaimen", none],
    ["https://[::1", none],
    ["https://user@credit.example", login],
    ["https://user:word@credit.example", login],
    ["https://:word@credit.example", login],
    ["https://@credit.example", login],
    ["https://credit.example/kaimen", more],
    ["https://credit.example//kaimen", more],
    ["https://credit.example/?a=b", more],
    ["https://credit.example?a=b", more],
    ["https://credit.example/#top", more],
    ["https://credit.example#", more],
  ])("%s is refused: %s", (publicUrl, expected) => {
    for (const environment of [{ KAIMEN_PUBLIC_URL: publicUrl }, { ...production, KAIMEN_PUBLIC_URL: publicUrl }]) {
      expect(foundIn(environment)).toEqual([expected]);
    }
  });

  test("that holds a password is refused without the password being said", () => {
    expect(() => readConfig({ KAIMEN_PUBLIC_URL: "https://user:word@credit.example" })).toThrow(/^(?!.*word@)/s);
  });
});

test("a sandbox is warned of only when it listens on the network", () => {
  expect(foundIn({})).toEqual([]);
  expect(foundIn({ KAIMEN_PUBLIC_URL: "http://127.0.0.1:9", KAIMEN_TIMESTAMP_WINDOW_H: "0" })).toEqual([]);
  expect(foundIn({ KAIMEN_HOST: "0.0.0.0" })).toEqual(["sandbox, KAIMEN_HOST beyond the loopback interface"]);
});

test("every check is met by a row of these tables", () => {
  const met = new Set([
    none,
    login,
    more,
    onTheNetwork,
    "sandbox, KAIMEN_HOST beyond the loopback interface",
    "production, no DATABASE_URL",
    "production, no KAIMEN_MASTER_KEY",
    "production, no KAIMEN_PUBLIC_URL",
    "production, KAIMEN_PUBLIC_URL is http://",
    "production, KAIMEN_GATEWAY_PROFILE=helpful or faithful",
    "production, KAIMEN_TIMESTAMP_WINDOW_H=0",
    "production, KAIMEN_ECHO_REQUESTS=on",
    "production, KAIMEN_SIGNATURE_DOCTOR=on",
  ]);
  expect(startChecks.map(({ found }) => found).filter((found) => !met.has(found))).toEqual([]);
});

import { spawnSync } from "node:child_process";
import { DatabaseError } from "pg";
import { expect, test } from "vitest";
import { describeError } from "#kaimen/log.ts";
import { StoreError } from "#kaimen/store/store.ts";

const secrets = ["sign", "auth_token", "password", "biz_content", "user_name", "user_credentials_no"];
const nested = ["password", "sign", "auth_token"];

/** The log writes to the process's standard error, so it is a process of its own that logs. */
function logged(level: string): string {
  const record = {
    ...Object.fromEntries(secrets.map((name) => [name, `secret-${name}`])),
    inside: Object.fromEntries(nested.map((name) => [name, `secret-inside-${name}`])),
    kept: "kept",
  };
  const program = `import { createLog } from "#kaimen/log.ts"; createLog(${JSON.stringify(level)}).info(${JSON.stringify(record)}, "said")`;
  const { stderr, stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: new URL("../../", import.meta.url),
    encoding: "utf8",
  });
  expect(stdout).toBe("");
  return stderr;
}

test("what would be worst in a log is not in it, though somebody logged it", () => {
  const line = logged("info");
  expect(JSON.parse(line)).toMatchObject({
    level: 30,
    msg: "said",
    kept: "kept",
    time: expect.stringMatching(/Z$/) as string,
  });
  expect(line).not.toContain("secret-");
  for (const name of secrets) expect(JSON.parse(line), name).toMatchObject({ [name]: "[redacted]" });
});

test("a silent log says nothing", () => {
  expect(logged("silent")).toBe("");
});

const secret = "310110199001010010";

function databaseError(): Error {
  const error = new DatabaseError("it failed", 1, "error");
  return Object.assign(error, {
    code: "23514",
    detail: `Failing row contains (${secret})`,
    where: secret,
    hint: secret,
    internalQuery: secret,
  });
}

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

test.each([
  ["the database's own", databaseError(), { code: "23514", message: "it failed" }],
  [
    "one with parameters",
    Object.assign(new Error("it failed"), { parameters: [secret], config: { password: secret } }),
    { message: "it failed" },
  ],
  ["a URL's", thrownBy(() => new URL(`//${secret}`)), { code: "ERR_INVALID_URL" }],
  ["JSON's", thrownBy(() => JSON.parse(`{"id":${secret}x}`)), { type: "SyntaxError" }],
  ["JSON's of a short text", thrownBy(() => JSON.parse(secret.slice(0, 2) + "x")), { type: "SyntaxError" }],
  ["a code that is none", Object.assign(new Error("it failed"), { code: `${secret} x` }), { message: "it failed" }],
  [
    "a cause",
    new Error("outside", { cause: databaseError() }),
    { message: "outside", cause: { message: "it failed", code: "23514" } },
  ],
  ["a text", secret, { type: "string" }],
  ["nothing", undefined, { type: "undefined" }],
] as const)("of an error, %s, the log has the message, code and stack and nothing else", (_, error, expected) => {
  const line = describeError(error);
  expect(line).toMatchObject(expected);
  expect(JSON.stringify(line)).not.toContain(secret);
});

test("the stack says where, and an error that causes itself is written to an end", () => {
  const error = new StoreError("it failed", "22003");
  expect(describeError(error)).toMatchObject({ type: "StoreError", code: "22003" });
  expect(JSON.stringify(describeError(error))).toContain("log.test.ts");
  error.cause = error;
  expect(JSON.stringify(describeError(error)).length).toBeLessThan(20_000);
});

import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const secrets = ["sign", "auth_token", "password", "biz_content", "user_name", "user_credentials_no"];
const nested = ["password", "sign", "auth_token"];

/** The log writes to the process's standard error, so it is a process of its own that logs. */
function logged(level: string): string {
  const record = { ...Object.fromEntries(secrets.map((name) => [name, `secret-${name}`])), inside: Object.fromEntries(nested.map((name) => [name, `secret-inside-${name}`])), kept: "kept" };
  const program = `import { createLog } from "#kaimen/log.ts"; createLog(${JSON.stringify(level)}).info(${JSON.stringify(record)}, "said")`;
  const { stderr, stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], { cwd: new URL("../../", import.meta.url), encoding: "utf8" });
  expect(stdout).toBe("");
  return stderr;
}

test("what would be worst in a log is not in it, though somebody logged it", () => {
  const line = logged("info");
  expect(JSON.parse(line)).toMatchObject({ level: 30, msg: "said", kept: "kept", time: expect.stringMatching(/Z$/) as string });
  expect(line).not.toContain("secret-");
  for (const name of secrets) expect(JSON.parse(line), name).toMatchObject({ [name]: "[redacted]" });
});

test("a silent log says nothing", () => {
  expect(logged("silent")).toBe("");
});

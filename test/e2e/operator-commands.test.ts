import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askInSession, codeOf, signInToApi } from "../support/accounts.ts";
import { type CommandResult, runWithInput } from "../support/command.ts";
import type { RunningKaimen } from "../support/kaimen.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

/** How operators of a server speak to it from elsewhere: with a token that they signed in for once. */
const cluster = await startPostgres();
const timeout = 120_000;

describe.skipIf(cluster === undefined)("an operator at a terminal of their own", { timeout }, () => {
  let started: KaimenOnPostgres;
  let kaimen: RunningKaimen;
  let origin = "";
  let home = "";

  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster);
    ({ kaimen } = started);
    origin = new URL(kaimen.sandbox.gateway_url).origin;
    home = await mkdtemp(join(tmpdir(), "kaimen-home-"));
  }, timeout);
  afterAll(async () => {
    await started?.stop();
    await rm(home, { recursive: true, force: true });
  });

  /** Runs a command with these lines on its standard input; in no sandbox's directory. */
  const run = (lines: readonly string[], ...parameters: string[]): Promise<CommandResult> =>
    runWithInput(
      { dataDirectory: join(home, "no-sandbox") },
      {
        settings: { KAIMEN_SERVER: origin, XDG_CONFIG_HOME: home },
        input: lines.map((line) => `${line}\n`).join(""),
      },
      parameters,
    );
  const answerOf = ({ code, stdout, stderr }: CommandResult): Record<string, unknown> => {
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Record<string, unknown>; // What every command prints that is asked for JSON.
  };
  const atDatabase = (...parameters: string[]): Promise<CommandResult> =>
    runWithInput({ dataDirectory: join(home, "no-sandbox") }, { settings: { DATABASE_URL: started.url }, input: "" }, [
      "operator",
      "add",
      ...parameters,
    ]);
  const path = (): string => join(home, "kaimen", "tokens.json");
  const key = "a key of my own, at last";

  it("is told to sign in before anything, and where", async () => {
    const refused = await run([], "merchant", "add", "--id", "M1", "--name", "M");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`no token for ${origin}: run kaimen login --server ${origin}`);
  });

  it("cannot be made at the database while an admin lives, but in an emergency, which the trail tells of", async () => {
    const refused = await atDatabase("--login", "chief");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("there is an admin already");
    expect(refused.stderr).toContain("KAIMEN_SERVER");
    expect((await atDatabase("--login", "chief", "--role", "emperor")).code).toBe(1);
    const added = answerOf(await atDatabase("--login", "chief", "--emergency"));
    expect(added).toEqual({ login: "chief", role: "admin", password: expect.any(String) as string });
    const { rows } = await started.database.query<{ account: string; outcome: string; details: string }>(
      "select account, outcome, details from audit_entry where action = 'operator.add' order by entry_no",
    );
    expect(rows.map(({ outcome }) => outcome)).toEqual(["begun", "done"]);
    expect(rows[0]?.account).toMatch(/^database .+@.+$/);
    expect(JSON.parse(rows[0]?.details ?? "")).toEqual({ login: "chief", role: "admin", emergency: true });
    expect((await atDatabase("--login", "chief", "--emergency")).stderr).toContain("the operator chief exists already");

    const login = await run([String(added["password"]), key], "login", "--login", "chief");
    expect(login.stderr).toContain("Somebody else has set this password: set one of your own.");
    expect(answerOf(login)).toMatchObject({ server: origin, login: "chief", kept_in: path() });
    expect(login.stdout).not.toMatch(/kaimen_[\w-]{40}/);
  });

  it("has a token in a file that only they can read, by the server's origin", async () => {
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path()))).mode & 0o777).toBe(0o700);
    const kept = JSON.parse(await readFile(path(), "utf8")) as Record<string, { token: string }>;
    expect(Object.keys(kept)).toEqual([origin]);
    const list = answerOf(await run([], "token", "list", "--json"));
    expect(list).toMatchObject({ tokens: [{ permissions: null, last_used_at: expect.any(String) as string }] });
    expect(JSON.stringify(list)).not.toContain(kept[origin]?.token);
    // The session that made it is closed.
    const { rows } = await started.database.query("select from session where login = 'chief'");
    expect(rows).toEqual([]);
  });

  it("speaks to the server with it, and manages the others", async () => {
    expect(answerOf(await run([], "merchant", "add", "--id", "M-cli", "--name", "M"))).toMatchObject({
      merchant_id: "M-cli",
    });
    const operator = (...parameters: string[]) => run([], "operator", ...parameters);
    const made = answerOf(await operator("add", "--login", "anna", "--role", "support"));
    expect(made).toMatchObject({ login: "anna", role: "support", password: expect.any(String) as string });
    expect((await operator("add", "--login", "bert")).stderr).toContain("--role");
    expect((await operator("list")).stdout).toMatch(/^anna\s+support\s+has to change the password\s+no\s+never$/m);
    expect(answerOf(await operator("set", "--login", "anna", "--role", "risk"))).toMatchObject({ role: "risk" });
    expect(answerOf(await operator("disable", "--login", "anna"))).toMatchObject({ disabled: true });
    expect(answerOf(await operator("enable", "--login", "anna"))).toMatchObject({ disabled: false });
    const reset = answerOf(await operator("reset", "--login", "anna"));
    expect(reset["password"]).not.toBe(made["password"]);
    expect(answerOf(await operator("show", "--login", "anna"))).toMatchObject({ must_change_password: true });
    expect(answerOf(await operator("remove", "--login", "anna"))).toEqual({ login: "anna", removed: true });
    expect((await operator("show", "--login", "anna")).stderr).toContain("no operator anna");
    const audit = await run(
      [],
      "audit",
      "--account",
      "operator chief",
      "--action",
      "operator.remove",
      "--format",
      "json",
    );
    expect(answerOf(audit)).toMatchObject({ entries: [{ outcome: "done" }, { outcome: "begun" }] });
  });

  it("signs in anew in the place of the old token, and beside it by another name", async () => {
    answerOf(await run([key], "login", "--login", "chief"));
    const named = await run([key], "login", "--login", "chief", "--name", "laptop", "--days", "1");
    expect(answerOf(named)).toMatchObject({ name: "laptop" });
    expect((await run([key], "login", "--login", "chief", "--name", "laptop")).stderr).toContain("laptop");
    const names = async () =>
      (answerOf(await run([], "token", "list", "--json"))["tokens"] as { name: string }[]).map(({ name }) => name);
    expect(await names()).toHaveLength(2);
    const other = (await names()).find((name) => name !== "laptop") ?? "";
    expect(answerOf(await run([], "token", "end", other))).toEqual({ name: other, ended: true });
    expect(await names()).toEqual(["laptop"]);
    expect((await run([], "token", "end", other)).stderr).toContain("you have no token called");
  });

  it("is refused with a wrong password, a missing one, or for too many days, and keeps what was kept", async () => {
    const before = await readFile(path(), "utf8");
    for (const [lines, parameters, said] of [
      [["not the password"], [], "the login, password or code is wrong"],
      [[], [], "standard input lacks a line: Password"],
      [[key], ["--days", "900"], "days"],
      [[key], ["--days", "soon"], "--days is a whole number"],
    ] as const) {
      const refused = await run(lines, "login", "--login", "chief", ...parameters);
      expect([refused.code, refused.stdout]).toEqual([1, ""]);
      expect(refused.stderr).toContain(said);
    }
    expect(await readFile(path(), "utf8")).toBe(before);
  });

  it("is asked for a code when the account has an authenticator app", async () => {
    const cookie = await signInToApi(origin, { login: "chief", password: key });
    const begun = await askInSession(origin, cookie, "POST /api/account/totp", { currentPassword: key });
    const secret = String(begun.answer["secret"]);
    const { answer } = await askInSession(origin, cookie, "PUT /api/account/totp", { code: codeOf(secret) });
    const [first = "", second = "", third = ""] = answer["recoveryCodes"] as string[];
    expect((await run([key], "login", "--login", "chief")).stderr).toContain("lacks a line: Code");
    answerOf(await run([key, first], "login", "--login", "chief"));
    const changed = await run([key, second, "a newer key of my own", third], "password", "--login", "chief");
    expect(answerOf(changed)).toMatchObject({ ended_tokens: 2 });
    // The token that was kept has ended with the others, so it is forgotten.
    expect((await run([], "token", "list")).stderr).toContain("run kaimen login");
    expect(JSON.parse(await readFile(path(), "utf8"))).toEqual({});
  });

  it("signs out, and the token is worth nothing any more", async () => {
    const { answer } = await askInSession(
      origin,
      await signInToApi(origin, kaimen.sandbox.operator),
      "GET /api/session",
    );
    expect(answer["login"]).toBe(kaimen.sandbox.operator.login);
    const { login, password } = kaimen.sandbox.operator;
    answerOf(await run([password], "login", "--login", login));
    const kept = JSON.parse(await readFile(path(), "utf8")) as Record<string, { token: string }>;
    const token = kept[origin]?.token ?? "";
    const status = async () =>
      (await fetch(`${origin}/api/session`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await status()).toBe(200);
    expect(answerOf(await run([], "logout"))).toEqual({ server: origin, ended: true });
    expect(await status()).toBe(401);
    expect((await run([], "logout")).stderr).toContain(`no token is kept for ${origin}`);
  });
});

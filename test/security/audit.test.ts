import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askInSession, settleIn, signInToApi } from "../support/accounts.ts";
import { runCommand } from "../support/command.ts";
import { type RunningKaimen, userByLogin } from "../support/kaimen.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { askAsOperator, askWithToken } from "../support/operator.ts";
import { openPage, signInAt } from "../support/pages.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

/** What was done is on the trail, by whom and about whom, and the trail tells when it is not what it was. */
const cluster = await startPostgres();
const timeout = 120_000;

describe.skipIf(cluster === undefined)("the audit trail", { timeout }, () => {
  let started: KaimenOnPostgres;
  let kaimen: RunningKaimen;
  let database: Client;
  let base = "";
  let auditor = { login: "auditor@trail", token: "" };

  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster);
    ({ kaimen, database } = started);
    base = kaimen.sandbox.gateway_url;
    const { answer } = await operate("POST /api/operators", { login: auditor.login, role: "auditor" });
    const credentials = { login: auditor.login, password: String(answer["password"]) };
    auditor = { ...auditor, ...(await settleIn(base, credentials, "the eyes on the trail")) };
  }, timeout);
  afterAll(() => started?.stop());

  const operate = (name: string, body?: object) => askAsOperator(kaimen.sandbox, name, body);
  type Entry = Record<string, unknown>;
  const search = async (query: object): Promise<Entry[]> => {
    const { status, answer } = await askWithToken(kaimen.sandbox, auditor.token, "POST /api/audit/search", query);
    expect(status).toBe(200);
    return answer["entries"] as Entry[];
  };
  const byOperator = () => ({
    account: `operator ${kaimen.sandbox.operator.login}`,
    role: "admin",
    session: "token sandbox.json",
    address: "127.0.0.1",
  });

  it("has a change twice, before it is made and when it is done, by its fields' names and not their values", async () => {
    await operate("POST /api/merchants", { merchantId: "M-trail", name: "a name that is nobody's business" });
    const entries = await search({ merchantId: "M-trail" });
    expect(entries).toMatchObject([
      { ...byOperator(), action: "merchant.add", outcome: "done", merchantId: "M-trail" },
    ]);
    const [done, begun] = await search({ action: "merchant.add" });
    expect(begun).toMatchObject({ ...byOperator(), outcome: "begun", traceId: done?.["traceId"] });
    expect(begun?.["details"]).toMatchObject({ fields: ["merchantId", "name"] });
    expect(JSON.stringify([done, begun])).not.toContain("nobody's business");
  });

  it("has a change that was refused", async () => {
    const again = await operate("POST /api/merchants", { merchantId: "M-trail", name: "again" });
    expect(again.status).toBe(409);
    const [refused] = await search({ action: "merchant.add" });
    expect(refused).toMatchObject({ outcome: "refused", details: { code: "conflict" } });
  });

  it("has whoever tried what their role does not allow, and nothing of what nobody tried", async () => {
    const name = "POST /api/merchants";
    expect((await askWithToken(kaimen.sandbox, auditor.token, name, { merchantId: "M2", name: "M" })).status).toBe(403);
    expect((await askInSession(base, undefined, name, { merchantId: "M2", name: "M" })).status).toBe(401);
    const entries = await search({ account: `operator ${auditor.login}`, action: "merchant" });
    expect(entries).toMatchObject([
      { role: "auditor", action: "merchant.add", outcome: "refused", details: { code: "not-permitted" } },
    ]);
    expect(await search({ account: "nobody" })).toEqual([]);
  });

  it("has every sign-in that failed, with the login of an account and of no other", async () => {
    const fail = (kind: string, login: string) =>
      askInSession(base, undefined, "POST /api/session", { kind, login, password: "not the password" });
    await fail("operator", auditor.login);
    await fail("operator", "somebody made up");
    await fail("merchant", auditor.login);
    const user = userByLogin(kaimen.sandbox, "late");
    await openPage(new URL("/oauth2/mineLogin", base), { form: { login: user.login, password: "not the password" } });
    const failed = (await search({ action: "sign-in" })).map(({ account, outcome, address }) => [
      account,
      outcome,
      address,
    ]);
    expect(failed).toEqual([
      [`user ${user.user_id}`, "refused", "127.0.0.1"],
      ["merchant unknown", "refused", "127.0.0.1"],
      ["operator unknown", "refused", "127.0.0.1"],
      [`operator ${auditor.login}`, "refused", "127.0.0.1"],
    ]);
  });

  it("has the changes that a user and a merchant's staff make to their accounts on their pages", async () => {
    const user = userByLogin(kaimen.sandbox, "recovered");
    const own = new URL("/oauth2/mine.htm", base);
    const cookie = await signInAt(base, "/oauth2/mineLogin", user);
    const { formToken } = await openPage(own, { cookie });
    const form = { form_token: formToken, change: "begin_app", current_password: user.password };
    expect((await openPage(own, { cookie, form })).status).toBe(200);
    const entries = await search({ credentialsNo: user.credentials_no, account: `user ${user.user_id}` });
    expect(entries).toMatchObject([
      {
        account: `user ${user.user_id}`,
        action: "account.totp",
        outcome: "done",
        session: expect.stringMatching(/^session [0-9a-f]{8}$/) as string,
      },
      { account: `user ${user.user_id}`, action: "account.totp", outcome: "begun" },
    ]);
    const staff = kaimen.sandbox.merchants[0] ?? { login: "", password: "", merchant_id: "" };
    const merchantOwn = new URL("/oauth2/merchantMine.htm", base);
    const staffCookie = await signInAt(base, "/oauth2/merchantMineLogin", staff);
    const { formToken: staffToken } = await openPage(merchantOwn, { cookie: staffCookie });
    await openPage(merchantOwn, { cookie: staffCookie, form: { form_token: staffToken, change: "end_others" } });
    expect(await search({ account: `merchant ${staff.login}` })).toMatchObject([
      { action: "account.sessions", outcome: "done", merchantId: staff.merchant_id },
      { action: "account.sessions", outcome: "begun", merchantId: staff.merchant_id },
    ]);
  });

  it("has who searched it, and for whom", async () => {
    const { credentials_no: credentialsNo } = userByLogin(kaimen.sandbox, "excellent");
    await search({ credentialsNo });
    const [newest] = await search({ action: "audit.search", account: `operator ${auditor.login}` });
    expect(newest).toMatchObject({ action: "audit.search" });
    const about = await search({ credentialsNo, action: "audit" });
    expect(about[0]).toMatchObject({ account: `operator ${auditor.login}`, personId: expect.any(String) as string });
    expect(JSON.stringify(await search({}))).not.toContain(credentialsNo);
  });

  it("is read a page at a time, and by nobody whose role does not allow it", async () => {
    const whole = await search({ limit: 500 });
    const pages: Entry[] = [];
    let before: unknown;
    do {
      const query = { limit: 7, ...(before === undefined ? {} : { before }) };
      const { answer } = await askWithToken(kaimen.sandbox, auditor.token, "POST /api/audit/search", query);
      pages.push(...(answer["entries"] as Entry[]));
      before = answer["next"];
    } while (before !== undefined);
    const numbers = pages.map(({ entryNo }) => Number(entryNo));
    expect(numbers).toEqual(numbers.toSorted((left, right) => right - left));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.slice(-whole.length)).toEqual(whole.map(({ entryNo }) => Number(entryNo)));
    const login = "support@trail";
    const { answer } = await operate("POST /api/operators", { login, role: "support" });
    const support = await settleIn(base, { login, password: String(answer["password"]) }, "no eyes on the trail");
    for (const name of ["POST /api/audit/search", "POST /api/audit/verify"])
      expect((await askWithToken(kaimen.sandbox, support.token, name, {})).status).toBe(403);
  });

  it("chains what many do at once, and says so", async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        operate("POST /api/merchants", { merchantId: `M-at-once-${at}`, name: "M" }),
      ),
    );
    const verified = await askWithToken(kaimen.sandbox, auditor.token, "POST /api/audit/verify", {});
    expect(verified.answer).toEqual({
      entries: expect.any(Number) as number,
      head: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it("on the command line is a table that a spreadsheet computes nothing of, by the same searches", async () => {
    const { credentials_no: credentialsNo } = userByLogin(kaimen.sandbox, "average");
    const merchant = { merchantId: "M-formula", name: "M" };
    await operate("POST /api/merchants", merchant);
    await database.query(
      "insert into audit_entry select entry_no + 1000000, at, '=cmd()', role, session, address, action, outcome, person_id, 'M-formula', '+1', details, trace_id, hash from audit_entry order by entry_no desc limit 1",
    );
    const csv = await runCommand(kaimen, "audit", "--merchant", "M-formula");
    await database.query("delete from audit_entry where account = '=cmd()'");
    expect(csv.code).toBe(0);
    const [header, first] = csv.stdout.split("\r\n");
    expect(header).toBe(
      "\ufeffentry_no,at,account,role,session,address,action,outcome,person_id,merchant_id,purpose,details,trace_id",
    );
    expect(first).toContain(",'=cmd(),");
    expect(first).toContain(",'+1,");
    const json = await runCommand(kaimen, "audit", "--account", "operator", "--limit", "3", "--format", "json");
    expect(JSON.parse(json.stdout)).toMatchObject({ entries: [{}, {}, { entry_no: expect.any(Number) as number }] });
    const about = await runCommand(kaimen, "audit", "--person", credentialsNo, "--action", "audit", "--format", "json");
    expect(JSON.parse(about.stdout)).toEqual({ entries: [] });
    expect((await runCommand(kaimen, "audit", "verify")).code).toBe(0);
  });

  it("tells by its own verification, and on the command line, of an entry that was changed, one that was deleted and an end that was cut off", async () => {
    const [middle] = (
      await database.query<{ entry_no: string }>("select entry_no from audit_entry order by entry_no offset 5 limit 1")
    ).rows;
    const entryNo = Number(middle?.entry_no);
    const brokenNow = async (): Promise<unknown> => {
      const { answer } = await askWithToken(kaimen.sandbox, auditor.token, "POST /api/audit/verify", {});
      return answer["broken"];
    };
    await database.query("create table kept as select * from audit_entry");
    await database.query("update audit_entry set account = 'operator nobody' where entry_no = $1", [entryNo]);
    expect(await brokenNow()).toEqual({ entryNo, fault: "changed" });
    expect(await runCommand(kaimen, "audit", "verify")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('"fault": "changed"') as string,
    });
    await database.query("delete from audit_entry where entry_no = $1", [entryNo]);
    expect(await brokenNow()).toEqual({ entryNo, fault: "missing" });
    await database.query("insert into audit_entry select * from kept where entry_no = $1", [entryNo]);
    expect(await brokenNow()).toBeUndefined();
    const { rows } = await database.query<{ entry_no: string }>("select max(entry_no) as entry_no from audit_entry");
    const last = Number(rows[0]?.entry_no);
    await database.query("delete from audit_entry where entry_no = $1", [last]);
    expect(await brokenNow()).toEqual({ entryNo: last, fault: "missing" });
  });

  it("holds no password, token, cookie or identity number", async () => {
    const { operator, users } = kaimen.sandbox;
    const cookie = await signInToApi(base, operator);
    const { rows } = await database.query<{ text: string }>("select stored::text as text from audit_entry stored");
    const text = rows.map((row) => row.text).join("\n");
    for (const secret of [
      operator.password,
      operator.token,
      cookie.split("=")[1] ?? "",
      ...users.flatMap((user) => [user.password, user.access_token, user.credentials_no]),
    ])
      expect(text).not.toContain(secret);
  });
});

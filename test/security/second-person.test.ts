import { randomUUID } from "node:crypto";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settleIn } from "../support/accounts.ts";
import { runCommand } from "../support/command.ts";
import type { RunningKaimen } from "../support/kaimen.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { askAsOperator, askWithToken } from "../support/operator.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

/** What one person alone could enrich themselves by, or expose others with, is done when a second one has approved it. */
const cluster = await startPostgres();
const timeout = 120_000;
const ownPassword = "a key of nobody but oneself";

describe.skipIf(cluster === undefined)("a change that needs a second person", { timeout }, () => {
  let started: KaimenOnPostgres;
  let kaimen: RunningKaimen;
  let database: Client;
  /** The tokens of a second admin and of operators who may not make the change themselves. */
  let second = "";
  let auditor = "";
  let addedAlone: { status: number; answer: Record<string, unknown> };

  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster, { KAIMEN_SECOND_PERSON: "on" });
    ({ kaimen, database } = started);
    const credentials = { login: "second@person", role: "admin" };
    addedAlone = await ask("POST /api/operators", credentials);
    const password = String(addedAlone.answer["password"]);
    second = (await settleIn(kaimen.sandbox.gateway_url, { ...credentials, password }, ownPassword)).token;
    auditor = await settledOperator("auditor@person", "auditor");
  }, timeout);
  afterAll(() => started?.stop());

  /** By the database's owner, who asks nobody. */
  async function settledOperator(login: string, role: string): Promise<string> {
    const parameters = ["operator", "add", "--login", login, "--role", role, "--emergency"];
    const { code, stdout, stderr } = await runCommand(kaimen, { DATABASE_URL: started.url }, ...parameters);
    if (code !== 0) throw new Error(stderr);
    const { password } = JSON.parse(stdout) as { password: string }; // What the command prints.
    return (await settleIn(kaimen.sandbox.gateway_url, { login, password }, ownPassword)).token;
  }

  const ask = (name: string, body?: object) => askAsOperator(kaimen.sandbox, name, body);
  const askAs = (token: string, name: string, body?: object) => askWithToken(kaimen.sandbox, token, name, body);
  const exists = async (login: string): Promise<boolean> => (await ask(`GET /api/operators/${login}`)).status === 200;

  let asked = 0;
  /** Asks for an operator to be added, which no other test asks for. */
  async function askFor(reason?: string): Promise<{ login: string; approvalId: string }> {
    asked += 1;
    const login = `asked-for-${asked}`;
    const body = { login, role: "support", ...(reason === undefined ? {} : { reason }) };
    const { status, answer } = await ask("POST /api/operators", body);
    expect(status, JSON.stringify(answer)).toBe(202);
    expect(answer).toEqual({ approvalId: expect.any(String) as string, waitsFor: expect.any(String) as string });
    return { login, approvalId: String(answer["approvalId"]) };
  }
  const decide = (token: string, approvalId: string, verb: "approve" | "reject" | "withdraw") =>
    askAs(token, `POST /api/approvals/${approvalId}/${verb}`);
  const listed = async (query = ""): Promise<Record<string, unknown>[]> => {
    const { answer } = await ask(`GET /api/approvals${query}`);
    return answer["approvals"] as Record<string, unknown>[];
  };

  it("is done at once for the second operator of an installation, whom nobody else could approve, and for no third", async () => {
    expect(addedAlone.status, JSON.stringify(addedAlone.answer)).toBe(201);
    await decide(second, (await askFor()).approvalId, "reject");
  });

  it("is not done when it is asked for, and waits where every operator sees it, with who asked and why", async () => {
    const { login, approvalId } = await askFor("three of us are on leave");
    expect(await exists(login)).toBe(false);
    expect((await listed())[0]).toMatchObject({
      approvalId,
      action: "operator.add",
      reason: "three of us are on leave",
      askedBy: kaimen.sandbox.operator.login,
      decision: null,
    });
  });

  it("is not approved by whoever asked, nor by who could not do it themselves, nor by who was never asked", async () => {
    const { login, approvalId } = await askFor();
    const own = await decide(kaimen.sandbox.operator.token, approvalId, "approve");
    expect(own).toMatchObject({ status: 403, answer: { code: "not-permitted" } });
    expect(await decide(auditor, approvalId, "approve")).toMatchObject({ status: 403 });
    expect(await decide("kaimen_nobodys-token-of-all", approvalId, "approve")).toMatchObject({ status: 401 });
    expect((await decide(second, randomUUID(), "approve")).status).toBe(404);
    expect(await exists(login)).toBe(false);
    expect((await listed()).map((each) => each["approvalId"])).toContain(approvalId);
  });

  it("is done when another approves it, as the one who asked; the trail names both", async () => {
    const { login, approvalId } = await askFor();
    const { status, answer } = await decide(second, approvalId, "approve");
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      approval: { decision: "approved", decidedBy: "second@person", askedBy: kaimen.sandbox.operator.login },
      answer: { login, role: "support", password: expect.any(String) as string },
    });
    expect(await exists(login)).toBe(true);
    const { answer: trail } = await askAs(auditor, "POST /api/audit/search", { action: "operator.add", limit: 2 });
    expect(trail["entries"]).toMatchObject([
      { outcome: "done", account: `operator ${kaimen.sandbox.operator.login}`, session: "approved by second@person" },
      { outcome: "begun" },
    ]);
    const { answer: approvals } = await askAs(auditor, "POST /api/audit/search", { action: "approval", limit: 1 });
    expect(approvals["entries"]).toMatchObject([
      { action: "approval.approve", outcome: "done", account: "operator second@person" },
    ]);
    expect((await decide(second, approvalId, "approve")).status).toBe(409);
    expect((await decide(second, approvalId, "reject")).status).toBe(409);
  });

  it("is decided once, also by two at once", async () => {
    const { login, approvalId } = await askFor();
    const answers = await Promise.all(Array.from({ length: 4 }, () => decide(second, approvalId, "approve")));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409]);
    const { rows } = await database.query("select from account where login = $1", [login]);
    expect(rows).toHaveLength(1);
    const both = await askFor();
    const [approved, rejected] = await Promise.all([
      decide(second, both.approvalId, "approve"),
      decide(second, both.approvalId, "reject"),
    ]);
    expect([approved.status, rejected.status].toSorted()).toEqual([200, 409]);
    expect(await exists(both.login)).toBe(approved.status === 200);
  });

  it("is never done when another rejects it, or who asked withdraws it; and neither does what is the other's", async () => {
    const rejected = await askFor();
    expect((await decide(kaimen.sandbox.operator.token, rejected.approvalId, "reject")).status).toBe(403);
    expect(await decide(second, rejected.approvalId, "reject")).toMatchObject({
      status: 200,
      answer: { decision: "rejected", decidedBy: "second@person" },
    });
    const withdrawn = await askFor();
    expect((await decide(second, withdrawn.approvalId, "withdraw")).status).toBe(403);
    expect((await decide(kaimen.sandbox.operator.token, withdrawn.approvalId, "withdraw")).status).toBe(200);
    for (const { login, approvalId } of [rejected, withdrawn]) {
      expect((await decide(second, approvalId, "approve")).status).toBe(409);
      expect(await exists(login)).toBe(false);
      expect((await listed()).map((each) => each["approvalId"])).not.toContain(approvalId);
      expect((await listed("?all=true")).map((each) => each["approvalId"])).toContain(approvalId);
    }
  });

  it("is not done any more for somebody who may not do it when it is approved", async () => {
    const login = "leaver@person";
    const leaver = await settledOperator(login, "admin");
    const body = { login: "asked-for-by-a-leaver", role: "admin" };
    const { answer } = await askAs(leaver, "POST /api/operators", body);
    expect((await ask(`POST /api/operators/${login}/disable`)).status).toBe(200);
    expect((await decide(second, String(answer["approvalId"]), "approve")).status).toBe(400);
    expect(await exists(body.login)).toBe(false);
  });

  it("that is refused when it is carried out is told to who approved it", async () => {
    const body = { login: "second@person", role: "support" };
    const { answer } = await ask("POST /api/operators", body);
    expect(await decide(second, String(answer["approvalId"]), "approve")).toMatchObject({
      status: 409,
      answer: { code: "conflict" },
    });
  });

  it("lies sealed until then: neither whom it names nor what it changes can be read in the database", async () => {
    const { login, approvalId } = await askFor();
    const { rows } = await database.query<{ text: string }>(
      "select approval::text as text from approval where approval_id = $1",
      [approvalId],
    );
    expect(rows[0]?.text).toContain("operator.add");
    for (const text of [login, Buffer.from(login).toString("hex")]) expect(rows[0]?.text).not.toContain(text);
    await database.query(
      "update approval set request_sealed = overlay(request_sealed placing '\\x00' from 30) where approval_id = $1",
      [approvalId],
    );
    expect((await listed()).find((each) => each["approvalId"] === approvalId)).toMatchObject({ asksFor: null });
    expect(await decide(second, approvalId, "approve")).toMatchObject({ status: 409, answer: { code: "conflict" } });
    expect(await exists(login)).toBe(false);
    expect((await decide(second, approvalId, "reject")).status).toBe(200);
  });

  it("is listed and decided on the command line", async () => {
    const { approvalId, login } = await askFor("by hand");
    const list = await runCommand(kaimen, "approval", "list", "--json");
    expect(JSON.parse(list.stdout)).toHaveProperty(
      "approvals",
      expect.arrayContaining([expect.objectContaining({ approval_id: approvalId, reason: "by hand" })]),
    );
    expect((await runCommand(kaimen, "approval", "list")).stdout).toContain(`${approvalId}  operator.add`);
    const own = await runCommand(kaimen, "approval", "approve", approvalId);
    expect(own).toMatchObject({ code: 1, stderr: expect.stringContaining("another operator has to") as string });
    const asSecond = { KAIMEN_SERVER: new URL(kaimen.sandbox.gateway_url).origin, KAIMEN_TOKEN: second };
    const approved = await runCommand(kaimen, asSecond, "approval", "approve", approvalId);
    expect(JSON.parse(approved.stdout)).toMatchObject({ approval: { decision: "approved" }, answer: { login } });
    const again = await runCommand(kaimen, "operator", "add", "--login", "by-command", "--role", "risk");
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("kaimen approval approve ") as string });
    const id = /approve ([0-9a-f-]{36})/.exec(again.stderr)?.[1] ?? "";
    expect((await runCommand(kaimen, "approval", "withdraw", id)).code).toBe(0);
  });

  it("has to be asked for anew when nobody decided in seven days", async () => {
    const { login, approvalId } = await askFor();
    await ask("POST /api/sandbox/clock", { advanceS: 7 * 86_400 - 60 });
    expect((await listed()).map((each) => each["approvalId"])).toContain(approvalId);
    await ask("POST /api/sandbox/clock", { advanceS: 120 });
    expect((await listed()).map((each) => each["approvalId"])).not.toContain(approvalId);
    expect(await decide(second, approvalId, "approve")).toMatchObject({ status: 409 });
    expect(await exists(login)).toBe(false);
  });
});

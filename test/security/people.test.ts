import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AlipaySdk } from "alipay-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { askScore, feedBack } from "../support/integrator.ts";
import { officialSdk, userByLogin } from "../support/kaimen.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { askAsOperator, askWithToken } from "../support/operator.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const cluster = await startPostgres();
const reason = ["--reason", "本人书面申请 2026-118"];

describe.skipIf(cluster === undefined)("a person's file, at the person's request", () => {
  let started: KaimenOnPostgres;
  let sdk: AlipaySdk;

  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster);
    sdk = officialSdk(started.kaimen.sandbox);
  });
  afterAll(() => started.stop());

  const run = (...parameters: string[]) => runCommand(started.kaimen, "person", ...parameters);
  /** Of each table, how many rows name one of these in any column. */
  const rowsNaming = async (...ids: string[]): Promise<Record<string, number>> => {
    const tables = await started.database.query<{ table_name: string }>(
      "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by table_name",
    );
    const found: Record<string, number> = {};
    for (const { table_name: table } of tables.rows) {
      const { rows } = await started.database.query<{ count: string }>(
        `select count(*) from ${table} each where exists (select from unnest($1::text[]) id where position(id in row_to_json(each)::text) > 0)`,
        [ids],
      );
      if (Number(rows[0]?.count) > 0) found[table] = Number(rows[0]?.count);
    }
    return found;
  };
  const personIdOf = async (userId: string): Promise<string> =>
    (
      await started.database.query<{ person_id: string }>("select person_id from user_account where user_id = $1", [
        userId,
      ])
    ).rows[0]?.person_id ?? "";

  it("is exported whole and in the clear to a file that only its writer can read, and who asked and why is kept", async () => {
    const user = userByLogin(started.kaimen.sandbox, "average");
    await askScore(sdk, user.access_token);
    const out = join(started.kaimen.dataDirectory, "file.json");
    const exported = await run("export", user.credentials_no, ...reason, "--out", out);
    expect(exported).toMatchObject({ code: 0, stderr: "" });
    const file = JSON.parse(await readFile(out, "utf8")) as Record<string, unknown[]>;
    expect(file).toMatchObject({
      credentialsNo: user.credentials_no,
      credentialsType: "0",
      names: [user.name],
      incomplete: [],
      events: [],
    });
    expect(file["inquiries"]).toContainEqual(
      expect.objectContaining({ score: Number(user.score), purpose: "credit_assessment", state: "answered" }),
    );
    expect(file["scores"]).toContainEqual(
      expect.objectContaining({ score: Number(user.score), asOf: expect.stringMatching(/^\d{4}-\d\d$/) as string }),
    );
    expect(file["consents"]).toHaveLength(1);
    expect(file["logins"]).toContainEqual(expect.objectContaining({ login: user.login }));
    expect(file["records"]?.length).toBeGreaterThan(10);
    const personId = await personIdOf(user.user_id);
    const { rows } = await started.database.query<{ count: string }>(
      "select count(*) from feedback_record where person_id = $1",
      [personId],
    );
    expect(file["records"]).toHaveLength(Number(rows[0]?.count));
    expect((await stat(out)).mode & 0o777).toBe(0o600);

    const events = await started.database.query(
      "select action, reason, operator from person_event where person_id = $1",
      [personId],
    );
    expect(events.rows).toEqual([
      { action: "exported", reason: reason[1], operator: started.kaimen.sandbox.operator.login },
    ]);
    const searched = await askAsOperator(started.kaimen.sandbox, "/api/audit/search", { action: "person.export" });
    expect((searched.answer["entries"] as object[])[0]).toMatchObject({
      outcome: "done",
      personId,
      purpose: reason[1],
    });
    expect(started.kaimen.log()).not.toContain(user.credentials_no);
    expect(started.kaimen.log()).not.toContain(reason[1]);
  });

  /** An operator's token that may do no more than this. */
  const narrowedToken = async (permission: string): Promise<string> => {
    const { gateway_url: gateway, operator } = started.kaimen.sandbox;
    const post = (path: string, body: object, cookie = "") =>
      fetch(new URL(path, gateway), {
        method: "POST",
        headers: { "content-type": "application/json", cookie },
        body: JSON.stringify(body),
      });
    const { login, password } = operator;
    const signedIn = await post("/api/session", { kind: "operator", login, password });
    const cookie = signedIn.headers.getSetCookie().find((each) => /^kaimen_operator=./.test(each));
    const made = await post(
      "/api/account/tokens",
      { name: permission, permissions: [permission] },
      cookie?.split(";")[0],
    );
    return ((await made.json()) as { token: string }).token;
  };

  it("is told by whom it was asked for, for what and when, and who of the staff looked; the score to who may read scores", async () => {
    const { sandbox } = started.kaimen;
    const user = userByLogin(sandbox, "average");
    const answered = await askScore(sdk, user.access_token);
    await runCommand(started.kaimen, "score", "explain", user.credentials_no);
    const asked = await run("who-asked", user.credentials_no, "--purpose", "asked by the person", "--json");
    expect(asked).toMatchObject({ code: 0, stderr: "" });
    const told = JSON.parse(asked.stdout) as { inquiries: object[]; staff: { action: string }[] };
    expect(told).toMatchObject({ more_inquiries: false, more_staff: false });
    expect(told.inquiries[0]).toMatchObject({
      biz_no: answered["bizNo"],
      merchant_id: sandbox.merchant_id,
      app_id: sandbox.app_id,
      billed_fen: 40,
      unbilled_because: null,
      score: user.score,
    });
    expect(told.staff[0]).toMatchObject({ action: "score.explain", outcome: "done", purpose: "sandbox" });
    expect(told.staff.map(({ action }) => action)).toContain("person.export");
    const again = await run("who-asked", user.credentials_no);
    expect(again.stdout).toContain("person.who-asked");
    for (const secret of [user.credentials_no, user.name]) expect(asked.stdout + again.stdout).not.toContain(secret);

    const body = { credentialsNo: user.credentials_no, purpose: "asked by the person" };
    const ask = async (permission: string) =>
      askWithToken(sandbox, await narrowedToken(permission), "/api/people/who-asked", body);
    const withoutScores = await ask("people:read");
    expect(withoutScores.status).toBe(200);
    expect(JSON.stringify(withoutScores.answer)).not.toContain('"score"');
    expect(await ask("scores:read")).toMatchObject({ status: 403, answer: { code: "not-permitted" } });
    const { purpose, ...unsaid } = body;
    expect(await askAsOperator(sandbox, "/api/people/who-asked", unsaid)).toMatchObject({
      status: 400,
      answer: { fields: [{ field: "purpose" }] },
    });
    expect(purpose).toBe("asked by the person");
  });

  it("is never written over another file, nor exported without a reason or of nobody", async () => {
    const { credentials_no: number } = userByLogin(started.kaimen.sandbox, "late");
    const out = join(started.kaimen.dataDirectory, "taken.json");
    await writeFile(out, "mine");
    expect(await run("export", number, ...reason, "--out", out)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("exists already") as string,
    });
    expect(await readFile(out, "utf8")).toBe("mine");
    expect(await run("export", number, "--reason", "  ", "--out", `${out}.2`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("a reason is needed") as string,
    });
    expect(await run("export", "990000199001010010", ...reason, "--out", `${out}.3`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("nothing is stored") as string,
    });
    expect(await run("erase", "990000199001010010", ...reason, "--yes")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("nothing is stored") as string,
    });
  });

  it("is erased only when that is said plainly, then from every table but the ledger and the consents, for good", async () => {
    const user = userByLogin(started.kaimen.sandbox, "excellent");
    expect(await askScore(sdk, user.access_token)).toMatchObject({ zmScore: user.score });
    const personId = await personIdOf(user.user_id);
    const before = await rowsNaming(personId, user.user_id, user.login);

    const counted = await run("erase", user.credentials_no, ...reason);
    expect(counted).toMatchObject({ code: 0, stderr: expect.stringContaining("Nothing was erased yet") as string });
    // That it was counted stands on the trail.
    expect(await rowsNaming(personId, user.user_id, user.login)).toEqual({ ...before, audit_entry: 1 });

    const erased = await run("erase", user.credentials_no, ...reason, "--yes");
    expect(erased.code).toBe(0);
    const told = JSON.parse(erased.stdout) as {
      done: boolean;
      erased: Record<string, number>;
      kept: Record<string, number>;
    };
    expect(told).toEqual({ ...(JSON.parse(counted.stdout) as object), done: true });
    expect(told.kept).toEqual({ inquiries: before["inquiry"], consents: before["authorisation"] });
    expect(told.erased).toMatchObject({
      records: before["feedback_record"],
      scores: before["score"],
      identities: 1,
      nameDecisions: 0,
      logins: 1,
    });
    // Neither name has its person beside it any more: the one is random, the other a keyed hash.
    expect(Object.keys(await rowsNaming(personId, user.user_id, user.login)).toSorted()).toEqual([
      "audit_entry",
      "authorisation",
      "authorisation_end",
      "inquiry",
      "person_event",
    ]);

    expect(await askScore(sdk, user.access_token)).toMatchObject({ code: "20001", subCode: "aop.invalid-auth-token" });
    expect(await run("erase", user.credentials_no, ...reason, "--yes")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("nothing is stored") as string,
    });
  });

  it("is erased from the records that were refused, and others' stay there", async () => {
    const [theirs, another] = [testPerson(901), testPerson(902)];
    const bad = { overdue_cnt: "many" };
    const [month = ""] = recentMonths(1);
    const rows = [recordOf(theirs, month, bad), recordOf(another, month, bad)];
    expect(await feedBack(sdk, { rows })).toMatchObject({ subCode: "INVALID_PARAMETER" });
    const erased = await run("erase", theirs.credentialsNo, ...reason, "--yes");
    expect(JSON.parse(erased.stdout)).toMatchObject({ done: true, erased: { refusedRecords: 1 } });
    expect(await run("erase", theirs.credentialsNo, ...reason, "--yes")).toMatchObject({ code: 1 });
    const counted = await run("erase", another.credentialsNo, ...reason);
    expect(JSON.parse(counted.stdout)).toMatchObject({ done: false, erased: { refusedRecords: 1 } });
  });

  it("begins anew when a merchant feeds the person back afterwards, the very same file too", async () => {
    const { credentials_no: credentialsNo, name } = userByLogin(started.kaimen.sandbox, "late");
    const rows = recentMonths(6).map((month) => recordOf({ name, credentialsNo }, month, { order_no: "ERASED-1" }));
    expect(await feedBack(sdk, { rows })).toMatchObject({ code: "10000" });
    expect(await feedBack(sdk, { rows })).toMatchObject({ code: "10000" });
    expect(await run("erase", credentialsNo, ...reason, "--yes")).toMatchObject({ code: 0 });
    expect(await feedBack(sdk, { rows })).toMatchObject({ code: "10000" });
    const { rows: records } = await started.database.query("select from feedback_record where order_no = 'ERASED-1'");
    expect(records).toHaveLength(6);
    const { rows: orphans } = await started.database.query(
      "select from feedback_record left join person using (bucket, person_id) where person.person_id is null",
    );
    expect(orphans).toHaveLength(0);
  });

  it("is erased after the feedback files under way, so that no record is left of nobody", async () => {
    const months = recentMonths(20);
    const erase = async (credentialsNo: string): Promise<unknown> =>
      (
        await askAsOperator(started.kaimen.sandbox, "/api/people/erase", {
          credentialsNo,
          reason: reason[1],
          confirm: true,
        })
      ).answer;
    const people = Array.from({ length: 40 }, (_, index) => testPerson(index));
    const upload = (round: number) =>
      feedBack(sdk, {
        rows: people.flatMap((person) =>
          months.map((month) => recordOf(person, month, { order_no: `R${round}-${person.credentialsNo}` })),
        ),
      });
    await upload(0);
    for (let round = 1; round <= 3; round += 1) {
      const some = people.slice(round * 10, round * 10 + 8);
      const [fed, ...erased] = await Promise.all([
        upload(round),
        ...some.map(({ credentialsNo }) => erase(credentialsNo)),
      ]);
      expect(fed).toMatchObject({ code: "10000" });
      for (const each of erased) expect(each).toMatchObject({ done: true });
    }
    const { rows: orphans } = await started.database.query(
      "select from feedback_record left join person using (bucket, person_id) where person.person_id is null",
    );
    expect(orphans).toHaveLength(0);
  });
});

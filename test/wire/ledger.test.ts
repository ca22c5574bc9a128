import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AlipaySdk } from "alipay-sdk";
import iconv from "iconv-lite";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askScore, newTransactionId, productCode, rawCall, type SdkReply } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { askAsOperator } from "../support/operator.ts";
import { startPostgres } from "../support/postgres-cluster.ts";
import { unzipped } from "../support/unzipped.ts";

const cluster = await startPostgres();
const command = new URL("../../dist/cli/main.js", import.meta.url).pathname;
const briefProduct = "w1010100000000002733";

describe.skipIf(cluster === undefined)("a day's money", () => {
  let started: KaimenOnPostgres;
  let kaimen: RunningKaimen;
  let sdk: AlipaySdk;
  let database: Client;
  let url = "";
  let folder = "";
  let day = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kaimen-ledger-"));
    started = await startKaimenOnPostgres(cluster);
    ({ kaimen, url, database } = started);
    sdk = officialSdk(kaimen.sandbox);
  });
  afterAll(async () => {
    await kaimen?.stop(); // Started anew on the way.
    await started?.stop();
    await rm(folder, { recursive: true });
  });

  const run = (...words: string[]) => runWith("", ...words);
  const runWith = async (databaseUrl: string, ...words: string[]) => {
    const env = { ...process.env, KAIMEN_DATA: kaimen.dataDirectory, DATABASE_URL: databaseUrl };
    return promisify(execFile)(process.execPath, [command, ...words], { env }).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: "" }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  };
  const operatorCall = (route: string, body?: unknown) => askAsOperator(kaimen.sandbox, route, body);
  const timeOfServer = async (): Promise<string> =>
    String((await operatorCall("GET /api/sandbox/clock")).answer["now"]);
  const brief = async (fields: Record<string, unknown>): Promise<SdkReply> =>
    (await sdk.exec(
      "zhima.credit.score.brief.get",
      { bizContent: { product_code: briefProduct, transaction_id: newTransactionId(), ...fields } },
      { validateSign: true },
    )) as unknown as SdkReply;
  const user = (login: string) => userByLogin(kaimen.sandbox, login);
  const kept: { bizNo: string; transactionId: string; fen: number }[] = [];
  const untilSealed = async (): Promise<void> => {
    const count = async (): Promise<number> =>
      (
        await database.query(
          "select (select count(*) from inquiry) + (select count(*) from ledger_adjustment) - coalesce((select sum(lines) from ledger_seal), 0) as unsealed",
        )
      ).rows[0].unsealed;
    for (let waited = 0; Number(await count()) > 0; waited += 1) {
      if (waited > 60) throw new Error("not sealed within a minute");
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  };

  it("bills what clients saw: scores at their price, N/A and repeats not", async () => {
    day = (await timeOfServer()).slice(0, 10);
    for (const login of ["average", "new"]) {
      for (let count = 0; count < 3; count += 1) {
        const request = { transaction_id: newTransactionId(), product_code: productCode };
        const first = await askScore(sdk, user(login).access_token, request);
        const again = await askScore(sdk, user(login).access_token, request);
        expect(again["bizNo"]).toBe(first["bizNo"]);
        kept.push({
          bizNo: String(first["bizNo"]),
          transactionId: request.transaction_id,
          fen: login === "new" ? 0 : 40,
        });
      }
    }
  });

  it("answers a brief inquiry with Y, N or N/A, and only of a person who authorised this merchant", async () => {
    const average = user("average");
    const score = Number(average.score);
    const byId = { cert_type: "ALIPAY_USER_ID", cert_no: average.user_id };
    const byCard = { cert_type: "IDENTITY_CARD", cert_no: average.credentials_no, name: average.name };
    const transactionId = newTransactionId();
    const reached = await brief({ ...byId, admittance_score: score, transaction_id: transactionId });
    expect(reached).toMatchObject({ code: "10000", isAdmittance: "Y" });
    expect(await brief({ ...byCard, admittance_score: String(score + 1) })).toMatchObject({
      code: "10000",
      isAdmittance: "N",
    });
    expect(
      await brief({ cert_type: "ALIPAY_USER_ID", cert_no: user("new").user_id, admittance_score: score }),
    ).toMatchObject({ code: "10000", isAdmittance: "N/A" });
    expect(await brief({ ...byId, admittance_score: score, transaction_id: transactionId })).toMatchObject({
      code: "10000",
      bizNo: reached["bizNo"],
    });
    const refused: [Record<string, unknown>, string][] = [
      [{ ...byId, admittance_score: score + 1, transaction_id: transactionId }, "TRANSACTION_ID_REPEAT"],
      [{ ...byCard, name: "别人", admittance_score: score }, "AUTHENTICATION_FAIL"],
      [{ ...byCard, cert_no: "990000199001010019", admittance_score: score }, "AUTHENTICATION_FAIL"],
      [{ cert_type: "ALIPAY_USER_ID", cert_no: "2088999999999999", admittance_score: score }, "AUTHENTICATION_FAIL"],
      [{ ...byCard, name: "", admittance_score: score }, "INVALID_PARAMETER"],
      [{ ...byId, admittance_score: 349 }, "INVALID_PARAMETER"],
      [{ ...byId, admittance_score: 951 }, "INVALID_PARAMETER"],
      [{ ...byId, cert_type: "CARD", admittance_score: score }, "INVALID_PARAMETER"],
      [{ ...byId, admittance_score: score, product_code: productCode }, "API_PRODUCT_NOT_MATCH"],
      [{ ...byId, admittance_score: score, product_code: "" }, "PRODUCT_CODE_IS_NULL"],
      [{ ...byId, admittance_score: score, transaction_id: "a-b" }, "INVALID_TRANSACTION_ID"],
    ];
    for (const [fields, subCode] of refused)
      expect(await brief(fields), JSON.stringify(fields)).toMatchObject({ code: "40004", subCode });
    const { rows } = await database.query(
      "select transaction_id, biz_no, billed_fen from inquiry where product_code = $1",
      [briefProduct],
    );
    expect(rows.map((row) => row.billed_fen).toSorted()).toEqual([0, 20, 20]);
    for (const row of rows) kept.push({ bizNo: row.biz_no, transactionId: row.transaction_id, fen: row.billed_fen });
  });

  it("limits the thresholds of brief inquiries to five a month, so that they do not tell the score", async () => {
    const byId = { cert_type: "ALIPAY_USER_ID", cert_no: "2088999999999999" };
    const asAverage = { cert_type: "ALIPAY_USER_ID", cert_no: user("average").user_id };
    await database.query("update arrangement set quota = 0 where product_code = $1", [briefProduct]);
    const codes = await Promise.all(
      [351, 352, 353, 354, 355, 356, 357, 358].map(
        async (score) => (await brief({ ...asAverage, admittance_score: score })).subCode,
      ),
    );
    expect(codes.filter((code) => code === "ADMITTANCE_SCORE_NUM_LIMITED")).toHaveLength(5);
    expect(codes.filter((code) => code === "ARRANGEMENT_OVER_LIMIT")).toHaveLength(3);
    expect(await brief({ ...byId, admittance_score: 400 })).toMatchObject({ subCode: "AUTHENTICATION_FAIL" });
    await database.query("update arrangement set quota = null where product_code = $1", [briefProduct]);
  });

  it("tells whether somebody has authorised this merchant", async () => {
    const ask = async (type: string, param: unknown): Promise<SdkReply> =>
      (await sdk.exec(
        "zhima.auth.info.authquery",
        { bizContent: { identity_type: type, identity_param: JSON.stringify(param), auth_category: "C2B" } },
        { validateSign: true },
      )) as unknown as SdkReply;
    const { user_id: userId, name, credentials_no: certNo } = user("average");
    expect(await ask("5", { userId })).toMatchObject({ code: "10000", authorized: true });
    expect(await ask("2", { certType: "IDENTITY_CARD", name, certNo })).toMatchObject({
      code: "10000",
      authorized: true,
    });
    expect(await ask("2", { certType: "IDENTITY_CARD", name: "别人", certNo })).toMatchObject({
      code: "10000",
      authorized: false,
    });
    expect(await ask("5", { userId: "2088999999999999" })).toMatchObject({ code: "10000", authorized: false });
    expect(await ask("5", { certNo })).toMatchObject({ code: "40004", subCode: "INVALID_PARAMETER" });
    expect(await ask("1", { userId })).toMatchObject({ code: "40004", subCode: "INVALID_PARAMETER" });
  });

  it("has no statement before the day is over, and then one that is frozen, downloaded by an address that expires", async () => {
    const query = async (period = day, kind = "trade"): Promise<SdkReply> =>
      (await sdk.exec(
        "alipay.data.dataservice.bill.downloadurl.query",
        { bizContent: { bill_type: kind, bill_date: period } },
        { validateSign: true },
      )) as unknown as SdkReply;
    expect(await query()).toMatchObject({ code: "40004", subCode: "isp.bill_not_exist" });
    const malformed = await rawCall(kaimen.sandbox, {
      method: "alipay.data.dataservice.bill.downloadurl.query",
      sign_type: "RSA2",
      biz_content: '{"bill_type":"trade","bill_date":"2026-13-01"}',
    });
    expect(malformed).toContain("isv.invalid_arguments");
    for (const day of ["2026-02-30", "2026-11-31", "0001-01-01", "9999-12-31", "2026-13", "0001-01", "2026"]) {
      const noDay = await rawCall(kaimen.sandbox, {
        method: "alipay.data.dataservice.bill.downloadurl.query",
        sign_type: "RSA2",
        biz_content: JSON.stringify({ bill_type: "trade", bill_date: day }),
      });
      expect(noDay, day).toContain("isv.invalid_arguments");
    }
    expect(await run("clock", "--advance", "90000")).toMatchObject({ code: 0 });
    const address = String((await query())["billDownloadUrl"]);
    const [merchant, digits] = [kaimen.sandbox.merchant_id, day.replaceAll("-", "")];
    const opened = async (url: string): Promise<[name: string, text: string][]> => {
      const reply = await fetch(url);
      expect(reply.headers.get("content-disposition")).toContain(
        `"${new URL(url).searchParams.get("downloadFileName")}"`,
      );
      const files = unzipped(new Uint8Array(await reply.arrayBuffer()));
      return [...files].map(([name, content]) => [name, iconv.decode(content, "gbk")]);
    };
    const [[name, csv] = ["", ""], [sumsName, sums] = ["", ""]] = await opened(address);
    expect(new URL(address).searchParams.get("downloadFileName")).toBe(`${merchant}0156_${digits}.csv.zip`);
    expect([name, sumsName]).toEqual([
      `${merchant}0156_${digits}_业务明细.csv`,
      `${merchant}0156_${digits}_业务明细(汇总).csv`,
    ]);
    const lines = csv.split("\n").filter((line) => line.startsWith("ZM"));
    expect(lines.map((line) => line.split(",")[0]).toSorted()).toEqual(kept.map(({ bizNo }) => bizNo).toSorted());
    const fen = kept.reduce((total, each) => total + each.fen, 0);
    expect(csv).toContain(`# amount_yuan,${(fen / 100).toFixed(2)}\n`);
    expect(csv).toContain(`# inquiries,${kept.length}\n`);
    const { stdout } = await run("statement", day);
    expect(stdout).toBe(csv);
    const billed = kept.filter((each) => each.fen > 0).length;
    expect(sums).toBe(
      `day,inquiries,billed_inquiries,adjustments,amount_yuan\n${day},${kept.length},${billed},0,${(fen / 100).toFixed(2)}\n`,
    );

    // A month is as its days together, and is there when it is over: this one is not yet.
    expect(await query((await timeOfServer()).slice(0, 7))).toMatchObject({ subCode: "isp.bill_not_exist" });
    const month = String((await query("2020-02", "signcustomer"))["billDownloadUrl"]);
    const [[monthName, monthCsv] = ["", ""], [, monthSums] = ["", ""]] = await opened(month);
    expect(monthName).toBe(`${merchant}0156_202002_账务明细.csv`);
    expect(monthCsv).toContain("# month,2020-02\n# inquiries,0\n");
    expect(
      monthSums
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.slice(0, 10)),
    ).toEqual(Array.from({ length: 29 }, (_, index) => `2020-02-${String(index + 1).padStart(2, "0")}`));
  });

  it("corrects by a line of its own in the statement of the day it is made", async () => {
    const bizNo = kept[0]?.bizNo;
    const { merchant_id: merchantId } = kaimen.sandbox;
    const correction = { merchantId, bizNo, amountFen: -40, reason: 'goodwill, "once"' };
    const { status, answer } = await operatorCall("/api/ledger/adjustments", correction);
    expect(status).toBe(201);
    expect(await operatorCall("/api/ledger/adjustments", { ...correction, bizNo: "ZM000" })).toMatchObject({
      status: 404,
    });
    expect(await operatorCall(`GET /api/ledger/adjustments?merchantId=${merchantId}`)).toMatchObject({
      status: 200,
      answer: {
        adjustments: [
          { ...answer, bizNo, amountFen: -40, reason: 'goodwill, "once"', madeBy: kaimen.sandbox.operator.login },
        ],
      },
    });
    const today = (await timeOfServer()).slice(0, 10);
    await operatorCall("/api/sandbox/clock", { advanceS: 90_000 });
    const { stdout } = await run("statement", today);
    expect(stdout).toContain("# adjustments,1\n# amount_yuan,-0.40\n");
    const sums = await database.query(
      "select (select sum(amount_fen)::int from statement) as stated, (select sum(billed_fen)::int from inquiry) + (select sum(amount_fen)::int from ledger_adjustment) as ledger",
    );
    expect(sums.rows[0].stated).toBe(sums.rows[0].ledger);
  });

  it("lists the statements that were issued, a page at a time, and corrections by the command, too", async () => {
    const { merchant_id: merchantId } = kaimen.sandbox;
    const page = async (more: string) =>
      (await operatorCall(`GET /api/statements?merchantId=${merchantId}&limit=1${more}`)).answer as {
        statements: { day: string; csvSha256: string }[];
        next?: string;
      };
    const days = [];
    for (let next: string | undefined = ""; next !== undefined;) {
      const { statements, ...rest }: Awaited<ReturnType<typeof page>> = await page(next === "" ? "" : `&after=${next}`);
      days.push(...statements.map((each) => each.day));
      next = rest.next;
    }
    expect(days).toEqual([...new Set(days)].toSorted().toReversed());
    expect(days).toContain(day);
    const listed = await run("statements", "--json");
    expect((JSON.parse(listed.stdout) as { statements: { day: string }[] }).statements.map((each) => each.day)).toEqual(
      days,
    );
    const corrections = await run("adjustments", "--json");
    expect(JSON.parse(corrections.stdout)).toMatchObject({
      adjustments: [{ amount_fen: -40, biz_no: kept[0]?.bizNo }],
    });
    const shown = await operatorCall(`GET /api/statements/${day}?merchantId=${merchantId}`);
    expect(shown).toMatchObject({ status: 200, answer: { day, url: expect.stringContaining("/bills/") as string } });
    expect(await operatorCall(`GET /api/statements/2020-01-01?merchantId=${merchantId}`)).toMatchObject({
      status: 404,
    });
  });

  it("is read and proved at the database itself, too; a statement that is issued there is on the trail", async () => {
    const { merchant_id: merchantId } = kaimen.sandbox;
    const old = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
    const issued = await runWith(url, "statement", old, "--merchant", merchantId);
    expect(issued).toMatchObject({ code: 0, stdout: expect.stringContaining("# inquiries,0\n") as string });
    expect((await runWith(url, "statement", old, "--merchant", merchantId)).stdout).toBe(issued.stdout);
    const { answer } = await operatorCall("/api/audit/search", { account: "database " });
    expect(answer["entries"]).toMatchObject([
      { action: "statement.issue", outcome: "done", merchantId, details: { day: old } },
      { action: "statement.issue", outcome: "begun", merchantId, details: { day: old } },
    ]);
    const verified = await runWith(url, "verify");
    expect(verified.code).toBe(0);
    const { faults, audit } = JSON.parse(verified.stdout) as { faults: object[]; audit: object };
    expect([faults, audit]).toEqual([
      [],
      { entries: expect.any(Number) as number, head: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    ]);
  });

  it("reconciles a merchant's own file and names the cause of each difference", async () => {
    const [first, second, third, fourth, ...rest] = kept;
    if (first === undefined || second === undefined || third === undefined || fourth === undefined)
      throw new Error("too few lines");
    const row = ({ bizNo, transactionId, fen }: (typeof kept)[number]) =>
      `${bizNo},${transactionId},${(fen / 100).toFixed(2)}`;
    const lines = [
      "biz_no,transaction_id,amount_yuan",
      row(first),
      row(first), // a repeat counted as another inquiry
      row({ ...second, fen: 50 }), // another price
      row({ ...fourth, fen: 40 }), // an N/A believed billed
      `ZM${"20200101"}${"0".repeat(22)},old,0.40`,
      "not_a_number,x,0.40",
      ...rest.map(row),
    ];
    const path = join(folder, "theirs.csv");
    await writeFile(path, lines.join("\r\n"));
    const { code, stdout } = await run("reconcile", path, "--day", day);
    expect(code).toBe(1);
    const causes = (JSON.parse(stdout) as { differences: { cause: string; bizNo: string }[] }).differences;
    expect(causes.map(({ cause }) => cause)).toEqual([
      "repeat_counted",
      "amount_differs",
      "unbilled",
      "answer_not_received",
      "other_day",
      "not_ours",
    ]);
    expect(causes[3]?.bizNo).toBe(third.bizNo);
    await writeFile(path, ["biz_no,transaction_id,amount_yuan", ...kept.map(row)].join("\n"));
    expect(await run("reconcile", path, "--day", day)).toMatchObject({ code: 0 });
  });

  it("is sealed within a minute, and verify finds a changed, a missing and an added row, and a changed statement", async () => {
    await untilSealed();
    const faults = async () => {
      const { code, stdout } = await run("verify");
      const found = (JSON.parse(stdout) as { faults: { fault: string; what: string }[] }).faults;
      expect(code).toBe(found.length === 0 ? 0 : 1);
      return found.map(({ fault, what }) => `${fault} ${what}`);
    };
    expect(await faults()).toEqual([]);
    const [first, second] = kept;
    await database.query("create table kept_inquiry as select * from inquiry");
    await database.query("update inquiry set billed_fen = 4000 where biz_no = $1", [first?.bizNo]);
    expect(await faults()).toEqual([`changed ${first?.bizNo}`, `statement_changed ${day}`]);
    await database.query("delete from inquiry where biz_no in ($1, $2)", [first?.bizNo, second?.bizNo]);
    await database.query("insert into inquiry select * from kept_inquiry where biz_no = $1", [first?.bizNo]);
    expect(await faults()).toEqual([`missing ${second?.bizNo}`, `statement_changed ${day}`]);
    await database.query("insert into inquiry select * from kept_inquiry where biz_no = $1", [second?.bizNo]);
    await database.query("create temporary table forged as select * from kept_inquiry where biz_no = $1", [
      second?.bizNo,
    ]);
    await database.query(
      "update forged set transaction_id = 'forged', biz_no = overlay(biz_no placing '0000' from 29)",
    );
    await database.query("insert into inquiry select * from forged");
    expect((await faults())[0]).toMatch(/^added ZM\d+0000$/);
    await database.query("delete from inquiry where transaction_id = 'forged'");
    expect(await faults()).toEqual([]);
    const audit = async () => {
      const { code, stdout } = await run("verify");
      const told = JSON.parse(stdout) as { faults: object[]; audit: { broken?: object } };
      return { code, faults: told.faults.length, broken: told.audit.broken };
    };
    expect(await audit()).toEqual({ code: 0, faults: 0, broken: undefined });
    await database.query("update audit_entry set purpose = 'forged' where entry_no = 2");
    expect(await audit()).toEqual({ code: 1, faults: 0, broken: { entryNo: 2, fault: "changed" } });
    await database.query("update audit_entry set purpose = '' where entry_no = 2");
    await database.query("update ledger_seal set root = chain where seal_no = 1");
    expect(await faults()).toEqual(["seal_broken 1", "chain_broken 1"]);
  });

  it("decodes a biz_no", async () => {
    const bizNo = kept[0]?.bizNo ?? "";
    const { stdout } = await run("biz-no", bizNo);
    expect(JSON.parse(stdout)).toMatchObject({
      given_at: expect.stringMatching(new RegExp(`^${day} `)),
      node: Number(bizNo.slice(16, 22)),
      count: Number(bizNo.slice(22)),
    });
    expect(await run("biz-no", "ZM20261332000000")).toMatchObject({ code: 1 });
  });

  it("goes on in the time it was put forward to, also after a restart", async () => {
    const before = await timeOfServer();
    await kaimen.end("SIGTERM");
    kaimen = await startKaimen({ env: { DATABASE_URL: url }, dataDirectory: kaimen.dataDirectory });
    const after = await timeOfServer();
    expect(after >= before).toBe(true);
    expect((await operatorCall("/api/sandbox/clock", { now: "2020-01-01 00:00:00" })).status).toBe(400);
    expect(await readFile(join(kaimen.dataDirectory, "sandbox.json"), "utf8")).toContain("gateway_url");
  });
});

import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { AlipayFormData, type AlipaySdk } from "alipay-sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { csvOf, readWorkbook, tableOfCsv, tableWorkbook } from "#kaimen/feedback/templates/table-files.ts";
import { encodeJson } from "#kaimen/protocol/charset.ts";
import {
  documentColumns,
  fileOf,
  type FeedbackRow,
  recentMonths,
  recordOf,
  testPerson,
} from "../support/feedback-data.ts";
import { feedBack, type SdkReply } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { addApp, askAsOperator } from "../support/operator.ts";

let kaimen: RunningKaimen;
let sdk: AlipaySdk;

beforeAll(async () => {
  kaimen = await startKaimen();
  sdk = officialSdk(kaimen.sandbox);
});
afterAll(() => kaimen.stop());

const command = new URL("../../dist/cli/main.js", import.meta.url).pathname;

/** Runs `kaimen …` against the sandbox; gives its output and exit code. */
async function run(...words: string[]): Promise<{ output: string; complaint: string; code: number }> {
  const env = { ...process.env, KAIMEN_DATA: kaimen.dataDirectory };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [command, ...words], { env });
    return { output: stdout, complaint: stderr, code: 0 };
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
    return { output: stdout, complaint: stderr, code };
  }
}

const inData = (name: string): string => join(kaimen.dataDirectory, name);
const months = recentMonths(3);
const rowsOf = (sequence: number, order: string): FeedbackRow[] =>
  months.map((month) => recordOf(testPerson(sequence), month, { order_no: order }));
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe("a file that the official SDK sends is stored", () => {
  test.each<[string, Parameters<typeof encodeJson>[1], string, string]>([
    ["in UTF-8 with a byte order mark", "utf-8", "UTF-8", "\ufeff"],
    ["in GBK", "gbk", "GBK", ""],
    ["in gb18030 with a byte order mark", "gb18030", "gb18030", "\ufeff"],
  ])("%s", async (_name, charset, label, mark) => {
    const rows = rowsOf(10, `CHARSET-${label}`);
    const content = Buffer.from(encodeJson(mark + fileOf(rows), charset));
    const fields = { file_charset: label, records: "3" };
    expect(await feedBack(sdk, { content, fields, filename: "C:\\\\feedback\\\\day.txt" })).toMatchObject({
      code: "10000",
    });
    const { output } = await run("feedback", "status", "--json");
    expect((json(output)["batches"] as object[])[0]).toMatchObject({
      state: "merged",
      records: 3,
      records_new: 3,
      records_bad: 0,
    });
  });
});

describe("a file too large to be held in memory", () => {
  const large = (orders: string): FeedbackRow[] =>
    Array.from({ length: 600 }, (_, order) =>
      recentMonths(12).map((month) => recordOf(testPerson(order), month, { order_no: `${orders}-${order}` })),
    ).flat();
  const asideFiles = async (): Promise<string[]> =>
    (await readdir(tmpdir())).filter((name) => /^kaimen-[0-9a-f]{8}-[0-9a-f]{4}-/.test(name));

  test("is stored, is the same the second time, and leaves nothing on the disk", async () => {
    const rows = large("LARGE");
    expect(fileOf(rows).length).toBeGreaterThan(1_500_000);
    const latest = async (): Promise<unknown> =>
      (json((await run("feedback", "status", "--json")).output)["batches"] as object[])[0];
    expect(await feedBack(sdk, { rows })).toMatchObject({ code: "10000" });
    expect(await latest()).toMatchObject({ state: "merged", records: 7_200, records_new: 7_200, records_same: 0 });
    expect(await feedBack(sdk, { rows })).toMatchObject({ code: "10000" });
    expect(await latest()).toMatchObject({ state: "merged", records: 7_200, records_new: 0, records_same: 7_200 });
    // One order more and one amount otherwise: the file is read again, and only they are written.
    const changed = rows.with(0, { ...rows[0], create_amt: "9" } as FeedbackRow);
    expect(
      await feedBack(sdk, {
        rows: [...changed, recordOf(testPerson(1), recentMonths(1)[0] ?? "", { order_no: "LARGE-NEW" })],
      }),
    ).toMatchObject({ code: "10000" });
    expect(await latest()).toMatchObject({ records: 7_201, records_new: 1, records_changed: 1, records_same: 7_199 });
    expect(await asideFiles()).toEqual([]);
  });

  test("is refused whole for its last record, which is named and given back marked among all of them", async () => {
    const rows = [...large("SPOILT"), recordOf(testPerson(1), "2026-13", { order_no: "SPOILT-LAST" })];
    const reply = await feedBack(sdk, { rows });
    expect(reply).toMatchObject({ code: "40004", subCode: "INVALID_PARAMETER" });
    expect(JSON.stringify(reply)).toContain("第7201条记录pay_month(2026-13)");
    const [batch] = json((await run("feedback", "status", "--json")).output)["batches"] as { batch_id: string }[];
    const table = tableOfCsv((await run("feedback", "errors", batch?.batch_id ?? "")).output);
    expect(table.rows).toHaveLength(7_201);
    const marked = table.rows.filter((row) => row.at(-1) !== "");
    expect(marked).toHaveLength(1);
    expect(marked[0]).toContain("SPOILT-LAST");
  });

  test("is refused for a comma too many at its end, with the place", async () => {
    const text = fileOf(large("COMMA")).replace(/\]\}$/, ",]}");
    const reply = await feedBack(sdk, { content: Buffer.from(text), fields: { records: "7200" } });
    expect(reply).toMatchObject({ subCode: "JSON_PARSE_ERROR" });
    expect(JSON.stringify(reply)).toContain(`第1行第${text.length - 1}列`);
    expect(await asideFiles()).toEqual([]);
  });
});

describe("the command", () => {
  test("sends a file, sends it again in parts, and says what became of each", async () => {
    await writeFile(inData("send.json"), fileOf(rowsOf(11, "SEND")));
    const first = await run("feedback", "send", inData("send.json"), "--description", "日终");
    expect(first).toMatchObject({ code: 0, complaint: "" });
    const sentence = /^accepted {2}3 records: 3 stored, 0 changed, 0 same, 0 refused {2}batch ([0-9a-f-]{36})\n$/;
    const batchId = sentence.exec(first.output)?.[1] ?? "";
    const status = await run("feedback", "status", batchId);
    expect(status.output).toContain(`${batchId}  merged  3 records: 3 new, 0 changed, 0 same, 0 bad`);
    const [first11, ...others] = rowsOf(11, "SEND");
    await writeFile(inData("changed.json"), fileOf([{ ...first11, create_amt: "9" }, ...others]));
    const again = await run("feedback", "send", inData("changed.json"), "--json");
    expect(json(again.output)).toMatchObject({
      records: 3,
      stored: 0,
      changed: 1,
      same: 2,
      refused: 0,
      parts: [{ batch_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string, code: "10000", errors: [] }],
    });
  });

  test("gives refused records back, which are mended, converted and sent again", async () => {
    const rows = rowsOf(12, "MEND").map((row, index) =>
      index === 1 ? { ...row, create_amt: "-5", overdue_cnt: "x" } : row,
    );
    await writeFile(inData("bad.json"), fileOf(rows));
    const sent = await run("feedback", "send", inData("bad.json"));
    expect(sent.code).toBe(1);
    expect(sent.output).toContain("INVALID_PARAMETER");
    const batchId = /batch ([0-9a-f-]{36})/.exec(sent.output)?.[1] ?? "";
    const table = tableOfCsv((await run("feedback", "errors", batchId)).output);
    expect(table.header.slice(-2)).toEqual(["_record", "_errors"]);
    const marked = "create_amt 应为不小于0、最多两位小数的金额（元）；overdue_cnt 应为不小于0的整数";
    expect(table.rows.map((row) => row.at(-1))).toEqual(["", marked, ""]);
    expect(table.rows[1]?.[2]).toBe(testPerson(12).credentialsNo);

    await run("feedback", "errors", batchId, "--format", "xlsx", "--out", inData("errors.xlsx"));
    expect(await readWorkbook(await readFile(inData("errors.xlsx")))).toEqual(table);
    const mended = table.rows.map((row) =>
      row.map((cell) => (cell === "'-5" || cell === "-5" ? "5.00" : cell === "x" ? "0" : cell)),
    );
    await writeFile(inData("mended.csv"), [table.header, ...mended].map((row) => row.join(",")).join("\n"));
    expect((await run("feedback", "convert", inData("mended.csv"), "--out", inData("mended.json"))).output).toContain(
      "3 records",
    );
    expect(await run("feedback", "send", inData("mended.json"))).toMatchObject({ code: 0 });
  });

  /** The sandbox's merchant's app with a policy, as the options of a command that name it. */
  async function appOptions(appId: string, feedbackPolicy: string): Promise<string[]> {
    const { privateKey } = await addApp(kaimen.sandbox, appId, { merchantId: kaimen.sandbox.merchant_id });
    const { status } = await askAsOperator(kaimen.sandbox, `PATCH /api/apps/${appId}`, { feedbackPolicy });
    expect(status).toBe(200);
    await writeFile(inData(`${appId}.pem`), privateKey.export({ type: "pkcs8", format: "pem" }));
    return ["--gateway", kaimen.sandbox.gateway_url, "--app-id", appId, "--key", inData(`${appId}.pem`)];
  }

  test.each<[policy: string, suffix: "csv" | "xlsx", first: string, toMend: number[], second: string]>([
    ["whole_file", "csv", "0 stored, 0 changed, 0 same, 5", [1, 2, 3, 4, 5], "5 stored, 0 changed, 0 same, 0"],
    ["accept_valid", "xlsx", "3 stored, 0 changed, 0 same, 2", [2, 4], "2 stored, 0 changed, 0 same, 0"],
  ])(
    "under %s a .%s with two bad records of five fails, %s refused, and mended it stores exactly the rest",
    async (policy, suffix, first, toMend, second) => {
      const app = await appOptions(policy === "whole_file" ? "2021000000000701" : "2021000000000702", policy);
      const rows = recentMonths(5).map((month, index) =>
        recordOf(testPerson(15), month, {
          order_no: `REST-${policy}`,
          ...(index === 1 ? { create_amt: "-5" } : index === 3 ? { overdue_cnt: "x" } : {}),
        }),
      );
      const header = documentColumns.split(",");
      const table = { header, rows: rows.map((row) => header.map((name) => String(row[name]))) };
      await writeFile(inData(`rest.${suffix}`), suffix === "csv" ? csvOf(table) : await tableWorkbook(table));
      const sent = await run("feedback", "send", inData(`rest.${suffix}`), ...app);
      expect(sent).toMatchObject({ code: 1, output: expect.stringContaining(`5 records: ${first} refused`) as string });
      expect(sent.output).toMatch(/^ {2}record 2: create_amt \(-5\) .+\n {2}record 4: overdue_cnt \(x\) .+$/m);
      const batchId = /batch ([0-9a-f-]{36})/.exec(sent.output)?.[1] ?? "";
      expect(sent.complaint).toContain(`kaimen feedback errors ${batchId} --out mend.csv`);

      await run("feedback", "errors", batchId, "--out", inData("mend.csv"), ...app);
      const errors = tableOfCsv(await readFile(inData("mend.csv"), "utf8"));
      const numbers = errors.rows.map((row) => Number(row.at(-2)));
      expect(numbers).toEqual(toMend);
      expect(numbers.filter((_, index) => errors.rows[index]?.at(-1) !== "")).toEqual([2, 4]);
      const mend = (cell: string): string => ({ "-5": "5", x: "0" })[cell] ?? cell;
      await writeFile(inData("mend.csv"), csvOf({ ...errors, rows: errors.rows.map((row) => row.map(mend)) }));
      const again = await run("feedback", "send", inData("mend.csv"), ...app);
      expect(again).toMatchObject({ code: 0, complaint: "" });
      expect(again.output).toContain(`${toMend.length} records: ${second} refused`);
    },
  );

  test.each<[what: string, name: string, content: string, complaint: string]>([
    ["a cell too many", "wide.csv", "order_no,pay_month\nA,2026-01\nB,2026-01,5\n", "record 2 has more cells"],
    ["a column twice", "twice.csv", "order_no,pay_month,order_no\nA,2026-01,B\n", "has the column order_no twice"],
    ["no records", "empty.csv", "order_no,pay_month,_errors\n,,some note\n", "has no records below its first row"],
    ["no columns", "bare.csv", "\n", "has no columns in its first row"],
  ])("sends nothing of a table with %s", async (_what, name, content, complaint) => {
    await writeFile(inData(name), content);
    expect(await run("feedback", "send", inData(name))).toMatchObject({
      code: 1,
      output: "",
      complaint: expect.stringContaining(complaint) as string,
    });
  });

  test("judges a file without storing it", async () => {
    await writeFile(inData("dry.json"), fileOf(rowsOf(13, "DRY")));
    const dry = await run("feedback", "send", inData("dry.json"), "--dry-run");
    expect(dry.code).toBe(0);
    expect(dry.output).toMatch(/^judged {4}3 records: 3 to store, 0 to change/);
    const batchId = /batch ([0-9a-f-]{36})/.exec(dry.output)?.[1] ?? "";
    expect((await run("feedback", "status", batchId)).output).toContain("checked  3 records: 3 new");
    const real = await run("feedback", "send", inData("dry.json"));
    const realId = /batch ([0-9a-f-]{36})/.exec(real.output)?.[1] ?? "";
    expect((await run("feedback", "status", realId)).output).toContain("merged  3 records: 3 new");
  });
});

describe("what became of a batch", () => {
  test.each([
    "/api/feedback/batches",
    "/api/feedback/batches/x",
    "/api/feedback/batches/x/errors",
    "/api/feedback/batches?merchantId=2088000000000018",
    "/api/templates",
  ])("%s is told to nobody who does not sign", async (path) => {
    expect((await fetch(new URL(path, kaimen.sandbox.gateway_url))).status).toBe(401);
  });

  test("is told to an operator who names the merchant", async () => {
    const merchantId = kaimen.sandbox.merchant_id;
    const list = async (more: string) =>
      (await askAsOperator(kaimen.sandbox, `GET /api/feedback/batches?merchantId=${merchantId}&limit=2${more}`))
        .answer as { batches: { batchId: string; state: string; receivedAt: string }[]; next?: string };
    const all = [];
    for (let next: string | undefined = ""; next !== undefined;) {
      const { batches, ...rest }: Awaited<ReturnType<typeof list>> = await list(next === "" ? "" : `&after=${next}`);
      all.push(...batches);
      next = rest.next;
    }
    const times = all.map(({ receivedAt }) => receivedAt);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(new Set(all.map(({ batchId }) => batchId)).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(5);
    const refused = await list("&state=refused");
    expect(refused.batches.map(({ state }) => state)).toEqual(refused.batches.map(() => "refused"));
    expect(await askAsOperator(kaimen.sandbox, "GET /api/feedback/batches")).toMatchObject({
      status: 400,
      answer: { code: "invalid-field", detail: expect.stringContaining("merchantId") as string },
    });
    const listed = await run("feedback", "status", "--merchant", merchantId, "--json");
    expect((json(listed.output)["batches"] as { batch_id: string }[])[0]?.batch_id).toBe(all[0]?.batchId);
  });

  test("its refused records are read by an operator who says what for, which is kept; its merchant's app says nothing", async () => {
    const sent = await feedBack(sdk, { rows: [recordOf(testPerson(14), months[0] ?? "", { create_amt: "-1" })] });
    expect(sent.subCode).toBe("INVALID_PARAMETER");
    const merchantId = kaimen.sandbox.merchant_id;
    const { batches } = json((await run("feedback", "status", "--json")).output) as { batches: { batch_id: string }[] };
    const batchId = batches[0]?.batch_id ?? "";
    const path = `GET /api/feedback/batches/${batchId}/errors?merchantId=${merchantId}`;
    expect(await askAsOperator(kaimen.sandbox, path)).toMatchObject({
      status: 400,
      answer: { code: "purpose-needed" },
    });
    expect(await askAsOperator(kaimen.sandbox, `${path}&purpose=dispute%207`)).toMatchObject({
      status: 200,
      answer: {
        batchId,
        rowsKept: true,
        rows: [{ record: 1, values: { user_credentials_no: testPerson(14).credentialsNo } }],
      },
    });
    const own = await run("feedback", "errors", batchId, "--format", "json");
    expect(json(own.output)).toMatchObject({ batch_id: batchId, rows_kept: true, rows: [{ record: 1 }] });
    const { answer } = await askAsOperator(kaimen.sandbox, "/api/audit/search", { action: "feedback.refused-rows" });
    expect((answer["entries"] as object[]).slice(0, 3)).toMatchObject([
      { account: `app ${kaimen.sandbox.app_id}`, outcome: "done", merchantId, details: { batchId } },
      { account: `operator ${kaimen.sandbox.operator.login}`, outcome: "done", merchantId, purpose: "dispute 7" },
      { account: `operator ${kaimen.sandbox.operator.login}`, outcome: "refused", purpose: "" },
    ]);
    expect(JSON.stringify(answer)).not.toContain(testPerson(14).credentialsNo);
  });
});

describe("the successors", () => {
  const single = (data: string, more: Record<string, string> = {}): Promise<SdkReply> =>
    sdk.exec(
      "zhima.merchant.single.data.upload",
      { bizContent: { scene_code: "8", data, primary_keys: "order_no,pay_month", ...more } },
      { validateSign: true },
    ) as Promise<SdkReply>; // As the SDK types it loosely.

  test("zhima.merchant.single.data.upload stores one record and names its batch", async () => {
    const [row] = rowsOf(30, "SINGLE");
    const reply = await single(JSON.stringify(row), { biz_ext_params: '{"a":1}' });
    expect(reply).toMatchObject({ code: "10000", bizExtParams: '{"a":1}' });
    expect((await run("feedback", "status", String(reply["taskId"]))).output).toContain("merged  1 records: 1 new");
  });

  test.each<[string, string, string]>([
    ["single quotes", "{'order_no':'A'}", "JSON_PARSE_ERROR"],
    ["a list", "[]", "JSON_PARSE_ERROR"],
    ["a record without its person", '{"order_no":"A","pay_month":"2026-01"}', "INVALID_DATA_ARGUMENTS"],
    ["two records", '{"order_no":"A"},{"order_no":"B"}', "JSON_PARSE_ERROR"],
  ])("zhima.merchant.single.data.upload refuses %s", async (_name, data, subCode) => {
    expect(await single(data)).toMatchObject({ code: "40004", subCode });
  });

  test("zhima.merchant.closeloop.data.upload stores a file and names its batch", async () => {
    const rows = rowsOf(31, "CLOSELOOP");
    const form = new AlipayFormData();
    const fields = {
      file_charset: "UTF-8",
      columns: documentColumns,
      primary_key_columns: "order_no,pay_month",
      records: "3",
      scene_code: "8",
      biz_ext_params: "{'extparam1':'value1'}",
    };
    for (const [name, value] of Object.entries(fields)) form.addField(name, value);
    form.addFile("file", "day.txt", Buffer.from(fileOf(rows)));
    const reply = (await sdk.exec(
      "zhima.merchant.closeloop.data.upload",
      {},
      { formData: form, validateSign: true },
    )) as SdkReply; // As above.
    expect(reply).toMatchObject({ code: "10000", bizExtParams: "{'extparam1':'value1'}" });
    expect((await run("feedback", "status", String(reply["taskId"]))).output).toContain("merged  3 records: 3 new");
  });

  test("zhima.merchant.data.upload.initialize gives the template, and none to another merchant", async () => {
    const ask = (bizContent: Record<string, string>): Promise<SdkReply> =>
      sdk.exec("zhima.merchant.data.upload.initialize", { bizContent }) as Promise<SdkReply>; // As above.
    expect((await ask({ scene_code: "8" }))["templateUrl"]).toMatch(/\/templates\/loan-v1\.xlsx$/);
    expect(await ask({ scene_code: "8", linked_merchant_id: "2088000000000000" })).toMatchObject({
      subCode: "INVALID_PARAMETER",
    });
    expect(await ask({})).toMatchObject({ subCode: "INVALID_PARAMETER" });
  });
});

describe("the template", () => {
  test("is found by zhima.data.feedbackurl.query as a workbook of its columns with a sheet to fill in", async () => {
    const reply = (await sdk.exec(
      "zhima.data.feedbackurl.query",
      { bizContent: { merchant_id: kaimen.sandbox.merchant_id } },
      { validateSign: true },
    )) as SdkReply; // As the SDK types it loosely.
    expect(reply).toMatchObject({ code: "10000" });
    const url = String(reply["feedbackUrl"]);
    expect(url).toMatch(/\/templates\/loan-v1\.xlsx$/);
    const content = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect((await readWorkbook(content)).header.slice(0, 4)).toEqual([
      "user_name",
      "user_credentials_type",
      "user_credentials_no",
      "order_no",
    ]);
  });

  test("is not told to an app for another merchant", async () => {
    const reply = (await sdk.exec("zhima.data.feedbackurl.query", {
      bizContent: { merchant_id: "2088000000000000" },
    })) as SdkReply; // As above.
    expect(reply).toMatchObject({ code: "40004", subCode: "INVALID_PARAMETER" });
  });

  test("of an operator is removed when no app has it; its number is not given again, and what comes with Kaimen stays", async () => {
    const operate = (route: string, body?: object) => askAsOperator(kaimen.sandbox, route, body);
    const { answer: loan } = await operate("GET /api/templates/loan@1");
    const added = async () => (await operate("/api/templates", { ...loan, name: "spare" })).answer["version"];
    const listed = async () =>
      ((await operate("GET /api/templates?name=spare")).answer["templates"] as { version: number }[]).map(
        ({ version }) => version,
      );
    const assign = (template: string) => operate("/api/templates/assign", { appId: kaimen.sandbox.app_id, template });
    expect([await added(), await added()]).toEqual([1, 2]);
    expect((await run("template", "remove", "spare@1")).output).toBe("removed spare@1\n");
    expect(await listed()).toEqual([2]);
    expect((await assign("spare")).status).toBe(200);
    expect(await operate("DELETE /api/templates/spare@2")).toMatchObject({
      status: 409,
      answer: { code: "conflict", detail: expect.stringContaining(kaimen.sandbox.app_id) as string },
    });
    expect((await assign("loan")).status).toBe(200);
    expect((await operate("DELETE /api/templates/spare@2")).status).toBe(200);
    expect(await added()).toBe(3);
    expect(await run("template", "remove", "loan@1")).toMatchObject({
      code: 1,
      complaint: expect.stringContaining("comes with Kaimen") as string,
    });
    expect((await operate("DELETE /api/templates/spare@9")).status).toBe(404);
    const pages = [];
    for (let after = "", more = true; more;) {
      const { answer } = await operate(`GET /api/templates?limit=2${after === "" ? "" : `&after=${after}`}`);
      pages.push(...(answer["templates"] as { name: string }[]).map(({ name }) => name));
      after = String(answer["next"] ?? "");
      more = after !== "";
    }
    expect(pages).toEqual(["loan", "rental", "scene", "spare"]);
  });

  test("of an operator is versioned, assigned, and asks for what it says", async () => {
    const loan = (JSON.parse((await run("template", "list", "loan")).output) as Record<string, unknown>[])[0];
    const notice = {
      name: "gmt_notice",
      type: "day",
      role: "notice_on",
      required: false,
      maxLength: 10,
      doc: "告知日期",
    };
    const draft = {
      ...loan,
      name: "notified",
      needsNotice: true,
      columns: [...((loan?.["columns"] ?? []) as object[]), notice],
    };
    await writeFile(inData("template.json"), JSON.stringify(draft));
    expect((await run("template", "add", inData("template.json"))).output).toBe("notified@1\n");
    expect((await run("template", "add", inData("template.json"))).output).toBe("notified@2\n");
    await writeFile(
      inData("illegal.json"),
      JSON.stringify({
        ...draft,
        columns: [...((loan?.["columns"] ?? []) as object[]), { ...notice, name: "blood_type" }],
      }),
    );
    expect(await run("template", "add", inData("illegal.json"))).toMatchObject({
      code: 1,
      complaint: expect.stringContaining("the law forbids") as string,
    });
    expect((await run("template", "assign", kaimen.sandbox.app_id, "notified")).code).toBe(0);
    await new Promise((settle) => setTimeout(settle, 2_100)); // An app is remembered for two seconds.
    const [row] = rowsOf(14, "NOTICE");
    const overdue = { ...row, overdue_cnt: "1", gmt_ovd_date: `${months[0] ?? ""}-01`, gmt_notice: "" };
    const columns = Object.keys(overdue).join(",");
    const refused = await feedBack(sdk, { rows: [overdue], fields: { columns } });
    expect(refused).toMatchObject({
      subCode: "INVALID_PARAMETER",
      subMsg: expect.stringContaining("第1条记录gmt_notice不良信息须填写事先告知信息主体的日期") as string,
    });
    expect(
      await feedBack(sdk, { rows: [{ ...overdue, gmt_notice: "2026-01-01" }], fields: { columns } }),
    ).toMatchObject({ code: "10000" });
  });
});

describe("under the scene template", () => {
  const person = testPerson(20);
  const base = {
    biz_date: "2026-05-01",
    user_credentials_type: "0",
    user_credentials_no: person.credentialsNo,
    user_name: person.name,
    order_no: "S1",
    scene_type: "1",
    scene_status: "0",
    create_amt: "100",
    installment_due_date: "2026-05-10",
    overdue_amt: "",
    gmt_ovd_date: "",
    rectify_flag: "0",
  };
  const send = (...changes: FeedbackRow[]): Promise<SdkReply> =>
    feedBack(sdk, {
      rows: changes.map((each) => ({ ...base, ...each })),
      fields: { columns: Object.keys(base).join(","), primary_key_columns: "order_no,installment_due_date" },
    });

  beforeAll(async () => {
    await run("template", "assign", kaimen.sandbox.app_id, "scene");
    await new Promise((settle) => setTimeout(settle, 2_100));
  });

  test("a settled order does not go back, and what is settled may be settled again", async () => {
    expect(await send({})).toMatchObject({ code: "10000" });
    expect(await send({ biz_date: "2026-05-09", scene_status: "2" })).toMatchObject({ code: "10000" });
    expect(await send({ biz_date: "2026-05-09", scene_status: "2" })).toMatchObject({ code: "10000" });
    expect(await send({ biz_date: "2026-05-20" })).toMatchObject({
      subCode: "INVALID_PARAMETER",
      subMsg: expect.stringContaining("第1条记录scene_status订单已结清") as string,
    });
    expect(
      await send({
        biz_date: "2026-06-01",
        installment_due_date: "2026-06-10",
        scene_status: "1",
        overdue_amt: "5",
        gmt_ovd_date: "2026-06-01",
      }),
    ).toMatchObject({ subCode: "INVALID_PARAMETER" });
  });

  test("an abandoned order is not performed", async () => {
    expect(await send({ order_no: "S2", scene_status: "3" })).toMatchObject({ code: "10000" });
    expect(await send({ order_no: "S2", biz_date: "2026-05-02", scene_status: "2" })).toMatchObject({
      subMsg: expect.stringContaining("用户放弃") as string,
    });
  });

  test("a record is modified, deleted, and then not found", async () => {
    expect(await send({ order_no: "S3", scene_status: "2" })).toMatchObject({ code: "10000" });
    expect(await send({ order_no: "S3", rectify_flag: "3", scene_status: "0" })).toMatchObject({ code: "10000" });
    expect(await send({ order_no: "S3", rectify_flag: "2", scene_status: "" })).toMatchObject({ code: "10000" });
    expect(await send({ order_no: "S3", rectify_flag: "2", scene_status: "" })).toMatchObject({
      subMsg: expect.stringContaining("没有找到要更正的记录") as string,
    });
  });

  test("an order's history is deleted up to a day", async () => {
    await send({ order_no: "S4" }, { order_no: "S4", biz_date: "2026-06-01", installment_due_date: "2026-06-10" });
    expect(
      await send({
        order_no: "S4",
        biz_date: "2026-05-15",
        rectify_flag: "1",
        scene_status: "",
        installment_due_date: "",
      }),
    ).toMatchObject({ subCode: "INVALID_PARAMETER" });
    const history = { order_no: "S4", biz_date: "2026-05-15", rectify_flag: "1", scene_status: "" };
    expect(await send(history)).toMatchObject({ code: "10000" });
    expect(await send(history)).toMatchObject({ subMsg: expect.stringContaining("没有找到要更正的记录") as string });
    expect(await send({ ...history, biz_date: "2026-06-01" })).toMatchObject({ code: "10000" });
  });
});

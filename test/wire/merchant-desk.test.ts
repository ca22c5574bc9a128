import { afterAll, beforeAll, expect, it } from "vitest";
import { askInSession, settleIn, signInToApi } from "../support/accounts.ts";
import { documentColumns, recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { askScore, newTransactionId, productCode } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { addApp, askAsOperator } from "../support/operator.ts";

/** What a merchant's own staff see and do in the console: all of their merchant, and nothing of another's. */
const otherMerchant = "2088000000000907";
let kaimen: RunningKaimen;
let own = "";
let other = "";

beforeAll(async () => {
  kaimen = await startKaimen();
  const { sandbox } = kaimen;
  await askAsOperator(sandbox, "POST /api/merchants", { merchantId: otherMerchant, name: "别家" });
  await addApp(sandbox, "app-of-the-other", { merchantId: otherMerchant });
  own = await cookieOfStaff(sandbox.merchant_id);
  other = await cookieOfStaff(otherMerchant);
});
afterAll(() => kaimen.stop());

const password = "another seat of ones own";
const loginOf = (merchantId: string) => ({ kind: "merchant", login: `desk@${merchantId}` }) as const;

/** Puts the clock to the noon of a later day, when sessions of before are over. */
async function goToNoon(daysLater: number): Promise<string> {
  const { answer } = await askAsOperator(kaimen.sandbox, "GET /api/sandbox/clock");
  const today = Date.parse(`${String(answer["now"]).slice(0, 10)}T00:00:00Z`);
  const day = new Date(today + daysLater * 86_400_000).toISOString().slice(0, 10);
  await askAsOperator(kaimen.sandbox, "POST /api/sandbox/clock", { now: `${day} 12:00:00` });
  own = await signInToApi(kaimen.sandbox.gateway_url, { ...loginOf(kaimen.sandbox.merchant_id), password });
  other = await signInToApi(kaimen.sandbox.gateway_url, { ...loginOf(otherMerchant), password });
  return day;
}

async function cookieOfStaff(merchantId: string): Promise<string> {
  const { kind, login } = loginOf(merchantId);
  const made = await askAsOperator(kaimen.sandbox, `POST /api/merchants/${merchantId}/staff`, { login });
  const credentials = { kind, login, password: String(made.answer["password"]) };
  return (await settleIn(kaimen.sandbox.gateway_url, credentials, password)).cookie;
}
const ask = (cookie: string, name: string, body?: unknown) =>
  askInSession(kaimen.sandbox.gateway_url, cookie, name, body);
const idsOf = (list: unknown, name: string) => (list as Record<string, string>[]).map((each) => each[name]);

it("lists apps and arrangements of the caller's merchant alone, and shows no other's app", async () => {
  const { sandbox } = kaimen;
  const apps = await ask(own, "GET /api/apps");
  expect(idsOf(apps.answer["apps"], "merchantId")).toEqual([sandbox.merchant_id]);
  expect(idsOf((await ask(other, "GET /api/apps")).answer["apps"], "appId")).toEqual(["app-of-the-other"]);
  const arrangements = await ask(own, "GET /api/arrangements");
  expect(new Set(idsOf(arrangements.answer["arrangements"], "merchantId"))).toEqual(new Set([sandbox.merchant_id]));
  expect((await ask(other, "GET /api/arrangements")).answer["arrangements"]).toEqual([]);

  expect((await ask(own, `GET /api/apps/${sandbox.app_id}`)).answer["appId"]).toBe(sandbox.app_id);
  const foreign = await ask(other, `GET /api/apps/${sandbox.app_id}`);
  const unknown = await ask(other, "GET /api/apps/none-such");
  expect([foreign.status, foreign.answer["code"]]).toEqual([404, "not-found"]);
  expect([unknown.status, unknown.answer["code"]]).toEqual([404, "not-found"]);
});

it("feeds back a table: judged, refused with what is wrong where, mended and stored, and none of it through another's app", async () => {
  const { sandbox } = kaimen;
  const columns = documentColumns.split(",");
  const rows = recentMonths(2).map((month) => recordOf(testPerson(11), month));
  const table = (changes: Record<string, string> = {}) => ({
    appId: sandbox.app_id,
    fileName: "十月",
    columns,
    primaryKey: ["order_no", "pay_month"],
    records: rows.map((row) => columns.map((name) => String({ ...row, ...changes }[name] ?? ""))),
  });
  const bad = await ask(own, "POST /api/feedback/files", table({ overdue_cnt: "many" }));
  expect(bad.answer).toMatchObject({ refusedWith: "INVALID_PARAMETER" });
  const errors = await ask(own, `GET /api/feedback/batches/${String(bad.answer["batchId"])}/errors`);
  expect(errors.answer["errors"]).toMatchObject([{ record: 1, column: "overdue_cnt", value: "many" }, { record: 2 }]);

  const tried = await ask(own, "POST /api/feedback/files", { ...table(), dryRun: true });
  expect(tried.answer).toMatchObject({ refusedWith: null });
  const stored = await ask(own, "POST /api/feedback/files", table());
  expect(stored.answer).toMatchObject({ refusedWith: null, detail: null });
  const batches = await ask(own, "GET /api/feedback/batches?limit=3");
  expect(batches.answer["batches"]).toMatchObject([
    { state: "merged", recordsNew: 2, fileName: "十月.json" },
    { state: "checked", records: 2 },
    { state: "refused", recordsBad: 2 },
  ]);
  expect((await ask(other, "POST /api/feedback/files", table())).status).toBe(404);
  const short = { ...table(), records: [["0"]] };
  expect((await ask(own, "POST /api/feedback/files", short)).answer).toMatchObject({
    code: "refused",
    detail: "record 1 has 1 cells, and columns 10",
  });
});

it("tells a day's lines page by page, a month's use and, of one's own file, where it differs from the statement", async () => {
  const { sandbox } = kaimen;
  const day = await goToNoon(1);
  const sdk = officialSdk(sandbox);
  const kept: { bizNo: string; transactionId: string }[] = [];
  for (const login of ["average", "excellent", "new"]) {
    const request = { transaction_id: newTransactionId(), product_code: productCode };
    const reply = await askScore(sdk, userByLogin(sandbox, login).access_token, request);
    kept.push({ bizNo: String(reply["bizNo"]), transactionId: request.transaction_id });
  }
  const first = await ask(own, `GET /api/ledger/lines?day=${day}&limit=2`);
  const second = await ask(own, `GET /api/ledger/lines?day=${day}&limit=2&after=${String(first.answer["next"])}`);
  expect([...idsOf(first.answer["lines"], "transactionId"), ...idsOf(second.answer["lines"], "transactionId")]).toEqual(
    kept.map(({ transactionId }) => transactionId),
  );
  expect(second.answer).not.toHaveProperty("next");
  expect(second.answer["lines"]).toMatchObject([{ amountFen: 0, unbilledBecause: "na" }]);
  expect((await ask(other, `GET /api/ledger/lines?day=${day}`)).answer["lines"]).toEqual([]);
  const used = { day, inquiries: 3, billedInquiries: 2, amountFen: 80 };
  const month = day.slice(0, 7);
  expect((await ask(own, `GET /api/ledger/usage?month=${month}`)).answer["days"]).toEqual([used]);

  await goToNoon(1);
  const issued = await askAsOperator(sandbox, "POST /api/statements", { merchantId: sandbox.merchant_id, day });
  expect(issued.answer).toMatchObject({ inquiries: 3, amountFen: 80 });
  // Read from the statement now; the days after it from the lines.
  expect((await ask(own, `GET /api/ledger/usage?month=${month}`)).answer["days"]).toEqual([used]);
  expect((await ask(own, "GET /api/statements")).answer["statements"]).toMatchObject([{ day }]);
  const csv = ["biz_no,transaction_id,amount_fen", ...kept.map((each) => `${each.bizNo},${each.transactionId},40`)];
  const reconciled = await ask(own, "POST /api/ledger/reconcile", { day, csv: csv.join("\n") });
  expect(reconciled.answer).toMatchObject({
    matched: 2,
    ourAmountFen: 80,
    theirAmountFen: 120,
    differences: [{ cause: "unbilled", bizNo: kept[2]?.bizNo, ours: "na", theirs: "40" }],
  });
  expect((await ask(other, "POST /api/ledger/reconcile", { day, csv: csv.join("\n") })).status).toBe(404);
  const noColumns = await ask(own, "POST /api/ledger/reconcile", { day, csv: "a,b\n1,2\n" });
  expect(noColumns.answer).toMatchObject({ code: "refused" });
});

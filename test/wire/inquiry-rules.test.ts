import { setTimeout as delay } from "node:timers/promises";
import type { AlipaySdk } from "alipay-sdk";
import type { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { documentColumns, recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { askScore, authoriseInBrowser, feedBack, newTransactionId, productCode } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, userByLogin } from "../support/kaimen.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

/** Rules that time, contracts and failures decide: the database is set as time or an operator would set it. */
const cluster = await startPostgres();

describe.skipIf(cluster === undefined)("the rules of an inquiry", () => {
  let started: KaimenOnPostgres;
  let kaimen: RunningKaimen;
  let sdk: AlipaySdk;
  let database: Client;
  let token = "";

  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster);
    ({ kaimen, database } = started);
    sdk = officialSdk(kaimen.sandbox);
  });
  afterAll(() => started?.stop());
  beforeEach(async () => {
    await database.query(
      "update arrangement set status = 'active', quota = null, quota_used = 0, price_fen = 40, bills_na = false",
    );
    const back = await authoriseInBrowser(kaimen.sandbox, userByLogin(kaimen.sandbox, "average"));
    const tokens = await sdk.exec("alipay.system.oauth.token", {
      grant_type: "authorization_code",
      code: back.searchParams.get("auth_code") ?? "",
    });
    token = String((tokens as unknown as { accessToken: string }).accessToken);
  });

  const inquiry = () => ({ transaction_id: newTransactionId(), product_code: productCode });

  it("replays up to 86,400 seconds and refuses from the first microsecond after", async () => {
    const first = inquiry();
    const { bizNo } = (await askScore(sdk, token, first)) as { bizNo?: string };
    const age = async (seconds: string) =>
      database.query("update inquiry set accepted_at = now() - $2::interval where transaction_id = $1", [
        first.transaction_id,
        seconds,
      ]);
    await age("86395 seconds");
    expect(await askScore(sdk, token, first)).toMatchObject({ code: "10000", bizNo });
    await age("86401 seconds");
    expect(await askScore(sdk, token, first)).toMatchObject({ code: "40004", subCode: "TRANSACTION_ID_EXPIRED" });
  });

  it("refuses a closed transaction_id for ever", async () => {
    const first = inquiry();
    await askScore(sdk, token, first);
    await database.query("update inquiry set state = 'closed' where transaction_id = $1", [first.transaction_id]);
    expect(await askScore(sdk, token, first)).toMatchObject({ code: "40004", subCode: "TRANSACTIONID_CLOSE" });
  });

  it("refuses a revoked authorisation at once, also on a replay", async () => {
    const first = inquiry();
    expect(await askScore(sdk, token, first)).toMatchObject({ code: "10000" });
    await database.query(
      `insert into authorisation_end (bucket, user_id, authorisation_id, reason, ended_at)
      select bucket, user_id, authorisation_id, 'revoked', now() from authorisation where user_id = $1 on conflict do nothing`,
      [userByLogin(kaimen.sandbox, "average").user_id],
    );
    expect(await askScore(sdk, token, first)).toMatchObject({ code: "40004", subCode: "AUTHENTICATION_FAIL" });
    expect(await askScore(sdk, token)).toMatchObject({ code: "40004", subCode: "AUTHENTICATION_FAIL" });
  });

  it("refuses an expired access token, and an expired refresh token", async () => {
    const user = userByLogin(kaimen.sandbox, "average");
    await database.query("update token set expires_at = now() + interval '2 seconds' where user_id = $1", [
      user.user_id,
    ]);
    expect(await askScore(sdk, token)).toMatchObject({ code: "10000" });
    await delay(2_000);
    expect(await askScore(sdk, token)).toMatchObject({ code: "20001", subCode: "aop.auth-token-time-out" });
    const back = await authoriseInBrowser(kaimen.sandbox, user);
    const tokens = (await sdk.exec("alipay.system.oauth.token", {
      grant_type: "authorization_code",
      code: back.searchParams.get("auth_code") ?? "",
    })) as unknown as Record<string, string>;
    await database.query("update token set expires_at = now() - interval '1 second' where user_id = $1", [
      user.user_id,
    ]);
    expect(
      await sdk.exec("alipay.system.oauth.token", {
        grant_type: "refresh_token",
        refresh_token: tokens["refreshToken"],
      }),
    ).toMatchObject({ subCode: "isv.refresh-token-time-out" });
  });

  it.each([
    ["suspended", "status = 'suspended'"],
    ["over", "valid_to = now()"],
    ["not begun", "valid_from = now() + interval '1 hour', valid_to = now() + interval '1 day'"],
  ])("refuses when the arrangement is %s, but still replays", async (_, change) => {
    const { rows } = await database.query("select valid_from, valid_to from arrangement");
    const first = inquiry();
    const answer = await askScore(sdk, token, first);
    await database.query(`update arrangement set ${change}`);
    expect(await askScore(sdk, token)).toMatchObject({ code: "40004", subCode: "NO_VALID_ARRANGEMENT" });
    expect(await askScore(sdk, token, first)).toMatchObject({ code: "10000", bizNo: answer["bizNo"] });
    await database.query("update arrangement set valid_from = $1, valid_to = $2", [
      rows[0].valid_from,
      rows[0].valid_to,
    ]);
  });

  it("never exceeds a quota, however many ask at once, and replays though it is used up", async () => {
    await database.query("update arrangement set quota = 10, quota_used = 0");
    const requests = Array.from({ length: 48 }, inquiry);
    const replies = await Promise.all([...requests, ...requests].map((request) => askScore(sdk, token, request)));
    const accepted = replies.filter(({ code }) => code === "10000");
    expect(new Set(accepted.map((reply) => reply["bizNo"])).size).toBe(10);
    const refused = replies.filter(({ code }) => code !== "10000");
    expect(new Set(refused.map(({ subCode }) => subCode))).toEqual(new Set(["ARRANGEMENT_OVER_LIMIT"]));
    const { rows } = await database.query("select quota_used::int from arrangement where merchant_id = $1", [
      kaimen.sandbox.merchant_id,
    ]);
    expect(rows[0].quota_used).toBe(10);
  });

  it("bills what was agreed: a score at its price, N/A and a free product not", async () => {
    const scored = inquiry();
    await askScore(sdk, token, scored);
    const na = inquiry();
    await askScore(sdk, userByLogin(kaimen.sandbox, "new").access_token, na);
    await database.query("update arrangement set price_fen = 0");
    const free = inquiry();
    await askScore(sdk, token, free);
    const { rows } = await database.query(
      "select transaction_id, billed_fen, unbilled_because from inquiry where transaction_id = any($1)",
      [[scored, na, free].map((each) => each.transaction_id)],
    );
    const billed = Object.fromEntries(rows.map((row) => [row.transaction_id, [row.billed_fen, row.unbilled_because]]));
    expect(billed[scored.transaction_id]).toEqual([40, null]);
    expect(billed[na.transaction_id]).toEqual([0, "na"]);
    expect(billed[free.transaction_id]).toEqual([0, "free"]);
  });

  it("answers a fault of its own with 20000 and a trace_id that finds the log line, and nothing of the inside", async () => {
    await database.query("alter table inquiry rename to inquiry_away");
    try {
      const reply = await askScore(sdk, token);
      expect(reply).toMatchObject({
        code: "20000",
        msg: "Service Currently Unavailable",
        subCode: "isp.unknow-error",
        subMsg: "系统繁忙",
      });
      const line = await kaimen.logLine(String(reply.traceId));
      expect(line).toContain("inquiry");
      expect(line).not.toContain(token);
    } finally {
      await database.query("alter table inquiry_away rename to inquiry");
    }
    expect(await askScore(sdk, token)).toMatchObject({ code: "10000" });
  });

  it("answers READ_OPENAPIFILE_ERROR when a sound file cannot be stored, and stores none of it", async () => {
    const month = recentMonths(1)[0] ?? "";
    const rows = [recordOf(testPerson(7), month)];
    await database.query("alter table feedback_batch rename to feedback_batch_away");
    try {
      expect(await feedBack(sdk, { rows })).toMatchObject({ code: "40004", subCode: "READ_OPENAPIFILE_ERROR" });
    } finally {
      await database.query("alter table feedback_batch_away rename to feedback_batch");
    }
    const stored = await database.query("select from feedback_record where order_no = $1", [rows[0]?.["order_no"]]);
    expect(stored.rowCount).toBe(0);
    expect(await feedBack(sdk, { rows })).toMatchObject({ code: "10000" });
  });

  it("keeps what became of each file: counts of new, changed and same records, and the errors of a refused one", async () => {
    const months = recentMonths(4);
    const person = testPerson(8);
    const rows = months.map((month) => recordOf(person, month));
    const counts = async () => {
      const { rows: batches } = await database.query(
        "select state, records, records_new, records_changed, records_same, records_bad, refused_with, errors from feedback_batch order by received_at desc limit 1",
      );
      return batches[0];
    };
    await feedBack(sdk, { rows });
    expect(await counts()).toMatchObject({
      state: "merged",
      records: 4,
      records_new: 4,
      records_changed: 0,
      records_same: 0,
    });
    await feedBack(sdk, { rows });
    expect(await counts()).toMatchObject({ records_new: 0, records_changed: 0, records_same: 4 });
    await feedBack(sdk, { rows: rows.map((row, index) => (index === 0 ? { ...row, create_amt: "1.00" } : row)) });
    expect(await counts()).toMatchObject({ records_new: 0, records_changed: 1, records_same: 3 });
    await feedBack(sdk, { rows: rows.map((row) => ({ ...row, overdue_cnt: "-" })) });
    const refused = await counts();
    expect(refused).toMatchObject({ state: "refused", records_bad: 4, refused_with: "INVALID_PARAMETER" });
    expect(refused.errors).toHaveLength(4);
    expect(refused.errors[0]).toEqual({ record: 1, column: "overdue_cnt", value: "-", reason: "应为不小于0的整数" });
    expect(documentColumns).toContain("overdue_cnt");
  });

  it("keeps no name, number, token, code or password in the clear", async () => {
    const { rows: tables } = await database.query(
      "select table_name from information_schema.tables where table_schema = 'public'",
    );
    const user = userByLogin(kaimen.sandbox, "average");
    const secrets = [
      user.name,
      user.credentials_no,
      token,
      user.password,
      kaimen.sandbox.app_private_key_pkcs8,
      kaimen.sandbox.operator.password,
    ];
    for (const { table_name: table } of tables) {
      const { rows } = await database.query(`select ${table}::text as line from ${table}`);
      const text = rows.map(({ line }) => line).join("\n");
      for (const secret of secrets) expect(text.includes(secret), `${table} holds a secret`).toBe(false);
    }
  });
});

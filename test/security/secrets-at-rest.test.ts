import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askInSession, codeOf, signInToApi } from "../support/accounts.ts";
import { fileOf, recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { feedBack, rawCall } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen } from "../support/kaimen.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

/** What lies on the disk or in the database serves nobody who can read or move it. */
const cluster = await startPostgres();

describe.skipIf(cluster === undefined)("of secrets at rest,", () => {
  let started: KaimenOnPostgres;
  let kaimen: RunningKaimen;
  let database: Client;

  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster);
    ({ kaimen, database } = started);
  });
  afterAll(() => started?.stop());

  const authorization = (): string => `Bearer ${kaimen.sandbox.operator.token}`;
  const operator = (path: string, body?: object): Promise<Response> =>
    fetch(new URL(path, kaimen.sandbox.gateway_url), {
      headers: { authorization: authorization(), "content-type": "application/json" },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });

  it.each([
    ["", 0o700],
    ["sandbox.json", 0o600],
    ["master.key", 0o600],
  ])("the data folder's %j is its owner's alone", async (name, mode) => {
    expect((await stat(join(kaimen.dataDirectory, name))).mode & 0o777).toBe(mode);
  });

  it("a sealed AES key that is moved to another app opens nothing there", async () => {
    const { sandbox } = kaimen;
    await database.query(
      `insert into app (app_id, merchant_id, name, public_key, gateway_key_id, encrypt_key_sealed, redirect_uris, template, feedback_policy, created_at)
       select '2021000000000099', merchant_id, name, public_key, gateway_key_id, encrypt_key_sealed, redirect_uris, template, feedback_policy, created_at from app where app_id = $1`,
      [sandbox.app_id],
    );
    // Of the same length: the place is named whole.
    expect(sandbox.app_id).toHaveLength("2021000000000099".length);
    const call = { method: "zhima.credit.score.get", encrypt_type: "AES", auth_token: "x" };
    expect(await rawCall(sandbox, { ...call, app_id: "2021000000000099" })).toContain("aop.unknow-error");
    expect(await rawCall(sandbox, call)).not.toContain("aop.unknow-error");
  });

  it("refused records that are moved to another batch, or another merchant's, open nothing there", async () => {
    const refuse = async (order: string): Promise<string> => {
      const bad = recordOf(testPerson(50), recentMonths(1)[0] ?? "", { order_no: order, create_amt: "-1" });
      await feedBack(officialSdk(kaimen.sandbox), { content: Buffer.from(fileOf([bad])), fields: { records: "1" } });
      return (await database.query("select batch_id from feedback_refused order by expires_at desc limit 1")).rows[0]
        .batch_id;
    };
    const [first, second] = [await refuse("FIRST"), await refuse("SECOND")];
    const errors = async (batchId: string): Promise<{ status: number; body: string }> => {
      const reply = await operator(
        `/api/feedback/batches/${batchId}/errors?${new URLSearchParams({ merchantId: kaimen.sandbox.merchant_id, purpose: "a test" }).toString()}`,
      );
      return { status: reply.status, body: await reply.text() };
    };
    expect((await errors(first)).body).toContain("FIRST");
    await database.query(
      "update feedback_refused set rows_sealed = (select rows_sealed from feedback_refused where batch_id = $1) where batch_id = $2",
      [first, second],
    );
    const moved = await errors(second);
    expect(moved.status).toBe(500);
    expect(moved.body).not.toContain("FIRST");
  });

  it("no session, API token, password, secret of an authenticator app or recovery code is stored as it is", async () => {
    const base = kaimen.sandbox.gateway_url;
    const { login, password, token } = kaimen.sandbox.operator;
    const cookie = await signInToApi(base, { login, password });
    const begun = await askInSession(base, cookie, "POST /api/account/totp", { currentPassword: password });
    const secret = String(begun.answer["secret"]);
    const confirmed = await askInSession(base, cookie, "PUT /api/account/totp", { code: codeOf(secret) });
    const codes = confirmed.answer["recoveryCodes"] as string[];
    expect(codes).toHaveLength(10);
    const stored: string[] = [];
    for (const table of ["account", "session", "api_token", "audit_entry"]) {
      const { rows } = await database.query<{ text: string }>(`select stored::text as text from ${table} stored`);
      stored.push(rows.map(({ text }) => text).join("\n"));
    }
    expect(stored[0]).toContain(login);
    const asBytes = (text: string): string => Buffer.from(text).toString("hex");
    for (const each of [cookie.split("=")[1] ?? "", token, password, secret, ...codes])
      for (const text of stored) {
        expect(text).not.toContain(each);
        expect(text).not.toContain(asBytes(each));
      }
  });

  it("the secret of an authenticator app that is moved to another account opens nothing there", async () => {
    const staff = kaimen.sandbox.merchants[0] ?? { login: "", password: "" };
    const { rowCount } = await database.query(
      `update account set totp_sealed = other.totp_sealed, totp_confirmed_at = other.totp_confirmed_at
       from account other where account.kind = 'merchant' and account.login = $1 and other.kind = 'operator'`,
      [staff.login],
    );
    expect(rowCount).toBe(1);
    const credentials = { kind: "merchant", login: staff.login, password: staff.password, code: "123456" };
    const answer = await askInSession(kaimen.sandbox.gateway_url, undefined, "POST /api/session", credentials);
    expect(answer.status).toBe(500);
  });

  it("the platform's private keys do not open under each other's number", async () => {
    expect((await operator("/api/gateway-keys", {})).status).toBe(201);
    const sealed = async (id: string): Promise<Buffer> =>
      (await database.query("select private_key_sealed from gateway_key where gateway_key_id = $1", [id])).rows[0]
        .private_key_sealed;
    const [first, second] = [await sealed("1"), await sealed("2")];
    const set = (id: string, value: Buffer) =>
      database.query("update gateway_key set private_key_sealed = $2 where gateway_key_id = $1", [id, value]);
    await set("1", second);
    await set("2", first);
    expect((await operator("/api/gateway-keys", {})).status).toBe(500);
    await set("1", first);
    await set("2", second);
    expect((await operator("/api/gateway-keys", {})).status).toBe(201);
  });
});

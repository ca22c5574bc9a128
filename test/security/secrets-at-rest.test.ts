import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

  const authorization = (): string =>
    `Basic ${btoa(`${kaimen.sandbox.operator.login}:${kaimen.sandbox.operator.password}`)}`;
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
      const reply = await operator(`/api/feedback/batches/${batchId}/errors?merchant_id=${kaimen.sandbox.merchant_id}`);
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

  it("the platform's private keys do not open under each other's number", async () => {
    expect((await operator("/api/gateway-keys", {})).status).toBe(200);
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
    expect((await operator("/api/gateway-keys", {})).status).toBe(200);
  });
});

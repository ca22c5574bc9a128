import { generateKeyPairSync } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { beijingTime, later, secondUs, systemClock } from "#kaimen/clock.ts";
import { parsePrivateKey } from "#kaimen/keys/formats.ts";
import { signParameters } from "#kaimen/keys/signed-request.ts";
import { newTransactionId, productCode } from "../support/integrator.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { askAsOperator } from "../support/operator.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

/**
 * A request that comes again byte for byte is answered from memory. Each test asks once, changes one thing from
 * outside, as another process would, and sends the same bytes again.
 */
const cluster = await startPostgres();

describe.skipIf(cluster === undefined)("the very same request again", () => {
  let started: KaimenOnPostgres;
  let kaimen: RunningKaimen;
  let database: Client;

  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster, { KAIMEN_TIMESTAMP_WINDOW_H: "24" });
    ({ kaimen, database } = started);
  });
  afterAll(() => started?.stop());

  const user = (login: string) => userByLogin(kaimen.sandbox, login);
  const signed = async (login: string, more: Record<string, string> = {}): Promise<URLSearchParams> =>
    signParameters(
      {
        app_id: kaimen.sandbox.app_id,
        method: "zhima.credit.score.get",
        charset: "utf-8",
        timestamp: beijingTime(systemClock.now()),
        version: "1.0",
        auth_token: user(login).access_token,
        biz_content: JSON.stringify({ transaction_id: newTransactionId(), product_code: productCode }),
        ...more,
      },
      { privateKey: parsePrivateKey(kaimen.sandbox.app_private_key_pkcs8), signType: "RSA2" },
    );
  const send = async (
    parameters: URLSearchParams,
    headers: Record<string, string> = {},
  ): Promise<{ text: string; traceId: string }> => {
    const reply = await fetch(kaimen.sandbox.gateway_url, {
      method: "POST",
      body: parameters.toString(),
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    });
    return { text: await reply.text(), traceId: reply.headers.get("trace_id") ?? "" };
  };
  const subCode = (text: string): unknown =>
    Object.values(JSON.parse(text) as Record<string, { code: string; sub_code?: string }>)[0]?.sub_code ?? "10000";
  const fromMemory = async (): Promise<number> => {
    const metrics = await (await fetch(new URL("/metrics", kaimen.sandbox.gateway_url))).text();
    return Number(/^kaimen_gateway_repeats_total (\d+)/m.exec(metrics)?.[1]);
  };
  /** Asks, proves that the same bytes are then answered from memory, makes the change, and sends them once more. */
  async function afterwards(
    login: string,
    change: () => Promise<unknown>,
    more: Record<string, string> = {},
  ): Promise<unknown> {
    const request = await signed(login, more);
    const first = await send(request);
    expect(subCode(first.text)).toBe("10000");
    const before = await fromMemory();
    expect((await send(request)).text).toBe(first.text);
    expect(await fromMemory()).toBe(before + 1);
    await change();
    const { text } = await send(request);
    return text === first.text ? "the same" : subCode(text);
  }
  const lineOf = (set: string) =>
    database.query(`update inquiry set ${set} where recorded_at = (select max(recorded_at) from inquiry)`);

  it("in parts is never taken for another one in the same boundary", async () => {
    const boundary = "2026-11-22 02:39:09";
    const sendInParts = async (fields: readonly (readonly [string, string])[]): Promise<string> => {
      const parts = fields.map(
        ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      );
      const reply = await fetch(kaimen.sandbox.gateway_url, {
        method: "POST",
        body: `${parts.join("")}--${boundary}--\r\n`,
        headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
      });
      return reply.text();
    };
    const first = await sendInParts([...(await signed("excellent"))]);
    expect(subCode(first)).toBe("10000");
    const other = await sendInParts([...(await signed("average"))]);
    expect([subCode(other), other === first]).toEqual(["10000", false]);
    expect(subCode(await sendInParts([["app_id", kaimen.sandbox.app_id]]))).not.toBe("10000");
  });

  it("gets the same bytes, under a trace_id of its own, and leaves one line", async () => {
    const request = await signed("excellent");
    const replies = [];
    for (let time = 0; time < 3; time += 1) replies.push(await send(request));
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(new Set(replies.map(({ traceId }) => traceId)).size).toBe(3);
    const { transaction_id: transactionId } = JSON.parse(request.get("biz_content") ?? "") as {
      transaction_id: string;
    };
    expect((await database.query("select from inquiry where transaction_id = $1", [transactionId])).rowCount).toBe(1);
  });

  it("of 64 at once, with one answer among them", async () => {
    const request = await signed("excellent");
    const replies = await Promise.all(Array.from({ length: 64 }, () => send(request)));
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(subCode(replies[0]?.text ?? "")).toBe("10000");
  });

  it("is not taken for another: one byte changed, or the same bytes under another content type", async () => {
    const request = await signed("excellent");
    const first = await send(request);
    const before = await fromMemory();
    const changed = new URLSearchParams(request);
    changed.set("biz_content", (request.get("biz_content") ?? "").replace("_id", "_iD"));
    expect(subCode((await send(changed)).text)).toBe("isv.invalid-signature");
    expect(subCode((await send(request, { "content-type": "multipart/form-data; boundary=x" })).text)).toBe(
      "isv.upload-fail",
    );
    expect(subCode((await send(request, { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" })).text)).toBe(
      "isv.invalid-digest",
    );
    expect(await fromMemory()).toBe(before);
    expect((await send(request)).text).toBe(first.text);
  });

  it.each([
    ["its last moment in the window has not passed", "accepted_at = now() - interval '86390 seconds'", "the same"],
    // The database's clock and the server's lie milliseconds apart.
    ["its window is over", "accepted_at = now() - interval '86401 seconds'", "TRANSACTION_ID_EXPIRED"],
    ["its line was closed", "state = 'closed'", "TRANSACTIONID_CLOSE"],
  ])("is answered by its line: %s", async (_, set, expected) => {
    expect(await afterwards("excellent", () => lineOf(set))).toBe(expected);
  });

  it.each([
    ["the quota has run out", "quota = 0, quota_used = 0", "the same"],
    ["the arrangement was suspended", "quota = null, status = 'suspended'", "the same"],
    ["the arrangement is over", "status = 'active', valid_to = now()", "the same"],
  ])("needs no arrangement any more: %s", async (_, set, expected) => {
    const done = await afterwards("excellent", () => database.query(`update arrangement set ${set}`));
    await database.query(
      "update arrangement set status = 'active', quota = null, quota_used = 0, valid_to = now() + interval '1 year'",
    );
    expect(done).toBe(expected);
  });

  it("is refused at once when the user has revoked", async () => {
    const revoke = () =>
      database.query(
        `insert into authorisation_end (bucket, user_id, authorisation_id, reason, ended_at)
        select bucket, user_id, authorisation_id, 'revoked', now() from authorisation where user_id = $1`,
        [user("late").user_id],
      );
    expect(await afterwards("late", revoke)).toBe("AUTHENTICATION_FAIL");
  });

  it("is refused at once when the token has ended", async () => {
    const end = () => database.query("update token set ended_at = now() where user_id = $1", [user("average").user_id]);
    expect(await afterwards("average", end)).toBe("aop.invalid-auth-token");
  });

  it.each([
    ["authorisation", "defaulted", "consent_expires_at", "AUTHENTICATION_FAIL"],
    ["token", "recovered", "expires_at", "aop.auth-token-time-out"],
  ])("is refused as soon as the %s has expired", async (_, login, term, expected) => {
    await database.query(`update token set ${term} = now() + interval '3 seconds' where user_id = $1`, [
      user(login).user_id,
    ]);
    expect(await afterwards(login, () => delay(3_000))).toBe(expected);
  });

  const seenByAll = () => new Promise((resolve) => setTimeout(resolve, 2_100));

  it.each([
    [
      "the app may no longer call the method",
      "app set permitted_methods = '{}'",
      "app set permitted_methods = null",
      "isv.insufficient-isv-permissions",
    ],
    [
      "the app may no longer call for its merchant",
      "app set self_invoke = false",
      "app set self_invoke = true",
      "isv.self-invoke-forbidden",
    ],
    [
      "the merchant is suspended",
      "merchant set suspended_at = now()",
      "merchant set suspended_at = null",
      "isv.insufficient-user-permissions",
    ],
  ])("is refused two seconds later at most: %s", async (_, change, undo, expected) => {
    const done = await afterwards("excellent", async () => {
      await database.query(`update ${change}`);
      await seenByAll();
    });
    await database.query(`update ${undo}`);
    await seenByAll();
    expect(done).toBe(expected);
  });

  it("is refused two seconds later at most when the app's key is another", async () => {
    const {
      rows: [app],
    } = await database.query<{ public_key: string }>("select public_key from app where app_id = $1", [
      kaimen.sandbox.app_id,
    ]);
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const setKey = (key: string) =>
      database.query("update app set public_key = $2 where app_id = $1", [kaimen.sandbox.app_id, key]);
    const done = await afterwards("excellent", async () => {
      await setKey(publicKey.export({ type: "spki", format: "der" }).toString("base64"));
      await seenByAll();
    });
    await setKey(app?.public_key ?? "");
    await seenByAll();
    expect(done).toBe("isv.invalid-signature");
  });

  it("stays the same while nothing about its app changes, however often it is read", async () => {
    const before = await fromMemory();
    expect(await afterwards("excellent", seenByAll)).toBe("the same");
    expect(await fromMemory()).toBe(before + 2);
  });

  it("is not answered from memory with an app_auth_token, encrypted, or as a refusal", async () => {
    const before = await fromMemory();
    const forms = [
      await signed("excellent", { app_auth_token: "x" }),
      await signed("excellent", { encrypt_type: "AES" }),
      await signed("excellent", { biz_content: "{}" }),
    ];
    for (const request of forms) {
      const first = await send(request);
      expect((await send(request)).text).toBe(first.text);
    }
    expect(await fromMemory()).toBe(before);
  });

  it("is refused when its timestamp has grown old", async () => {
    const hours = (count: number) => beijingTime(later(systemClock.now(), count * 3_600 * secondUs));
    const forward = async () => {
      const { status } = await askAsOperator(kaimen.sandbox, "POST /api/sandbox/clock", { advanceS: 3_600 });
      expect(status).toBe(200);
    };
    expect(await afterwards("excellent", forward, { timestamp: hours(-23.5) })).toBe("isv.invalid-timestamp");
  });
});

it("the very same request again counts as a call: past the limit it is refused", async () => {
  const kaimen = await startKaimen({ env: { KAIMEN_APP_CALLS_PER_S: "3" } });
  const parameters = await signParameters(
    {
      app_id: kaimen.sandbox.app_id,
      method: "zhima.credit.score.get",
      timestamp: beijingTime(systemClock.now()),
      version: "1.0",
      auth_token: userByLogin(kaimen.sandbox, "excellent").access_token,
      biz_content: JSON.stringify({ transaction_id: newTransactionId(), product_code: productCode }),
    },
    { privateKey: parsePrivateKey(kaimen.sandbox.app_private_key_pkcs8), signType: "RSA2" },
  );
  const send = async () => (await fetch(kaimen.sandbox.gateway_url, { method: "POST", body: parameters })).text();
  const first = await send();
  const replies = await Promise.all(Array.from({ length: 20 }, send));
  await kaimen.stop();
  expect(replies.filter((reply) => reply === first).length).toBeLessThan(20);
  for (const reply of replies.filter((each) => each !== first)) expect(reply).toContain("isv.app-call-limited");
});

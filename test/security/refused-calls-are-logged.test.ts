import { once } from "node:events";
import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parsePrivateKey } from "#kaimen/keys/formats.ts";
import { signParameters } from "#kaimen/keys/signed-request.ts";
import { newTransactionId, productCode } from "../support/integrator.ts";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const cluster = await startPostgres();
const scoreMethod = "zhima.credit.score.get";
/** Stands in every field that a caller can fill, so that a log that quotes one is seen. */
const marker = "QUOTEDMARK";

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly trace_id?: string;
  readonly app_id?: string;
  readonly method?: string;
  readonly code?: string;
  readonly sub_code?: string;
  readonly duration_ms?: number;
  readonly calls?: number;
}

const linesOf = (kaimen: RunningKaimen): Line[] =>
  kaimen
    .log()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Line);

/** The log is written a moment after the reply has left. */
async function linesAbout(kaimen: RunningKaimen, traceId: string): Promise<Line[]> {
  for (let count = 0; count < 100; count += 1) {
    // The doctor of signatures writes of the same call what it found, in a line of its own.
    const lines = linesOf(kaimen).filter((line) => line.trace_id === traceId && line.msg.startsWith("a call"));
    if (lines.length > 0) return lines;
    await delay(20);
  }
  return [];
}

interface Answer {
  readonly traceId: string;
  readonly body: string;
}

/** Posts a form from an address of this machine's own: each of 127.0.0.0/8 is another one to the server. */
async function post(kaimen: RunningKaimen, form: URLSearchParams | string, from = "127.0.0.1"): Promise<Answer> {
  const sent = request(kaimen.sandbox.gateway_url, {
    method: "POST",
    localAddress: from,
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  sent.end(form.toString());
  const [reply] = (await once(sent, "response")) as [import("node:http").IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of reply) chunks.push(chunk as Buffer);
  return { traceId: String(reply.headers["trace_id"]), body: Buffer.concat(chunks).toString() };
}

async function signed(kaimen: RunningKaimen, parameters: Record<string, string>): Promise<string> {
  const all = {
    app_id: kaimen.sandbox.app_id,
    charset: "utf-8",
    timestamp: "2026-11-22 12:00:00",
    version: "1.0",
    sign_type: "RSA2",
    ...parameters,
  };
  const form = await signParameters(all, {
    privateKey: parsePrivateKey(kaimen.sandbox.app_private_key_pkcs8),
    signType: "RSA2",
  });
  return form.toString();
}

function inquiry(
  kaimen: RunningKaimen,
  fields: Record<string, unknown>,
  parameters: Record<string, string> = {},
): Promise<string> {
  const { access_token: token } = userByLogin(kaimen.sandbox, "average");
  const bizContent = JSON.stringify({ transaction_id: newTransactionId(), product_code: productCode, ...fields });
  return signed(kaimen, { method: scoreMethod, auth_token: token, biz_content: bizContent, ...parameters });
}

describe("at the level that a server logs at unless told otherwise", () => {
  let kaimen: RunningKaimen;
  beforeAll(async () => {
    kaimen = await startKaimen();
  });
  afterAll(() => kaimen?.stop());

  type Refused = readonly [
    form: (kaimen: RunningKaimen) => Promise<string>,
    method: string | undefined,
    isAppKnown: boolean,
    code: string,
    subCode: string,
  ];
  const refusals: readonly Refused[] = [
    [async () => `app_id=${marker}&method=${marker}`, undefined, false, "40002", "isv.invalid-app-id"],
    [async () => `method=${scoreMethod}&x=${marker}`, scoreMethod, false, "40001", "isv.missing-app-id"],
    [async ({ sandbox }) => `app_id=${sandbox.app_id}&x=${marker}`, undefined, true, "40001", "isv.missing-method"],
    [
      async ({ sandbox }) => `app_id=${sandbox.app_id}&method=${scoreMethod}`,
      scoreMethod,
      true,
      "40001",
      "isv.missing-signature",
    ],
    [
      async (server) => `${await inquiry(server, {})}&${marker}=${marker}`,
      scoreMethod,
      true,
      "40002",
      "isv.invalid-signature",
    ],
    [async (server) => signed(server, { method: marker }), undefined, true, "40002", "isv.invalid-method"],
    [async (server) => signed(server, { method: "constructor" }), undefined, true, "40002", "isv.invalid-method"],
    [
      async (server) => inquiry(server, {}, { auth_token: marker }),
      scoreMethod,
      true,
      "20001",
      "aop.invalid-auth-token",
    ],
    [
      async (server) => inquiry(server, {}, { biz_content: `[${marker}` }),
      scoreMethod,
      true,
      "40002",
      "isv.invalid-parameter",
    ],
    [async (server) => inquiry(server, { product_code: marker }), scoreMethod, true, "40004", "API_PRODUCT_NOT_MATCH"],
    [
      async (server) => inquiry(server, { transaction_id: `${marker}-` }),
      scoreMethod,
      true,
      "40004",
      "INVALID_TRANSACTION_ID",
    ],
  ];

  it.each(refusals)(
    "a refusal is one line of its trace_id, app, method and codes, and of nothing that the caller sent (%#)",
    async (form, method, isAppKnown, code, subCode) => {
      const { traceId, body } = await post(kaimen, await form(kaimen));
      expect(body).toContain(subCode);
      expect(traceId).toMatch(/^0b[0-9a-f]{28}$/);
      const [line, ...more] = await linesAbout(kaimen, traceId);
      expect(more).toEqual([]);
      expect(line).toMatchObject({ level: 30, code, sub_code: subCode });
      expect(line?.app_id).toBe(isAppKnown ? kaimen.sandbox.app_id : undefined);
      expect(line?.method).toBe(method);
      expect(line?.duration_ms).toBeGreaterThanOrEqual(0);
      expect(kaimen.log()).not.toContain(marker);
    },
  );

  it("a success is not logged", async () => {
    await delay(1_100); // What was logged before is of another second, and leaves no line of this one out.
    const { traceId, body } = await post(kaimen, await inquiry(kaimen, {}));
    expect(body).toContain('"code":"10000"');
    const { traceId: later } = await post(kaimen, "app_id=");
    expect(await linesAbout(kaimen, later)).toHaveLength(1);
    expect(linesOf(kaimen).filter((line) => line.trace_id === traceId)).toEqual([]);
  });

  it("a flood of one stranger's takes a few lines a second, hides nobody else's, and what was left out is counted", async () => {
    await delay(1_100); // What was logged before is of another second.
    const seen = linesOf(kaimen).length;
    const noise = 400;
    const flood = Array.from({ length: noise }, () => post(kaimen, "app_id=nobody", "127.0.0.9"));
    await flood[noise / 2];
    const apps = await post(kaimen, await inquiry(kaimen, { product_code: "other" }));
    const others = await post(kaimen, "app_id=nobody", "127.0.0.10");
    await Promise.all(flood);
    expect(await linesAbout(kaimen, apps.traceId)).toHaveLength(1);
    expect(await linesAbout(kaimen, others.traceId)).toHaveLength(1);
    const count = (): { logged: number; leftOut: number } => {
      const lines = linesOf(kaimen).slice(seen);
      const logged = lines.filter((line) => line.sub_code === "isv.invalid-app-id").length - 1;
      return {
        logged,
        leftOut: lines.reduce(
          (sum, line) => sum + (line.msg.endsWith("refused calls were not logged") ? Number(line.calls) : 0),
          0,
        ),
      };
    };
    for (let looks = 0; count().logged + count().leftOut < noise && looks < 200; looks += 1) await delay(50);
    const { logged, leftOut } = count();
    expect(logged + leftOut).toBe(noise);
    expect(leftOut).toBeGreaterThan(0);
    expect(logged).toBeGreaterThan(0);
    const metrics = await (await fetch(new URL("/metrics", kaimen.sandbox.gateway_url))).text();
    expect(metrics).toContain(`kaimen_gateway_refusals_unlogged_total ${leftOut}\n`);
  });
});

describe.skipIf(cluster === undefined)("a fault of ours", () => {
  let started: KaimenOnPostgres;
  let kaimen: RunningKaimen;
  let database: Client;
  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster);
    ({ kaimen, database } = started);
  });
  afterAll(() => started?.stop());

  const raising = (body: string): string => `
    create or replace function fail() returns trigger language plpgsql as $$ begin ${body} end $$;
    create trigger fail before insert on inquiry for each row execute function fail()`;
  const faults: readonly (readonly [string, make: string, mend: string])[] = [
    [
      "the database refuses a row and quotes it",
      "alter table inquiry add constraint fail check (score is null) not valid",
      "alter table inquiry drop constraint fail",
    ],
    [
      "the database raises an error that quotes a value",
      raising(
        "raise exception 'no % of %', new.transaction_id, new.user_id using detail = new.person_id, hint = new.biz_no;",
      ),
      "drop trigger fail on inquiry",
    ],
    ["the database cannot read a value", raising("perform new.transaction_id::int;"), "drop trigger fail on inquiry"],
    [
      "a column is gone",
      "alter table inquiry rename column purpose to purposes",
      "alter table inquiry rename column purposes to purpose",
    ],
  ];

  it.each(faults)("is one line with its trace_id and no value of the call, where %s", async (_, make, mend) => {
    const user = userByLogin(kaimen.sandbox, "average");
    const transactionId = `${marker}_${newTransactionId()}`;
    const { rows } = await database.query(
      "select person_id::text, authorisation_id::text from token where user_id = $1 limit 1",
      [user.user_id],
    );
    const seen = kaimen.log().length;
    await database.query(make);
    let answer: Answer;
    try {
      answer = await post(kaimen, await inquiry(kaimen, { transaction_id: transactionId }));
    } finally {
      await database.query(mend);
    }
    expect(answer.body).toContain('"code":"20000"');
    const lines = await linesAbout(kaimen, answer.traceId);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 50,
      app_id: kaimen.sandbox.app_id,
      method: scoreMethod,
      code: "20000",
      sub_code: "isp.unknow-error",
    });
    const written = kaimen.log().slice(seen);
    expect(written).toContain("StoreError");
    for (const value of [
      marker,
      user.user_id,
      user.access_token,
      user.credentials_no,
      rows[0].person_id,
      rows[0].authorisation_id,
      "ZM20",
    ]) {
      expect(written).not.toContain(value);
      expect(answer.body).not.toContain(value);
    }
    expect(answer.body).not.toMatch(/StoreError|constraint|column|inquiry/);
  });

  it("that hits every call fills no disk: it is logged a few times a second, and the rest is counted", async () => {
    await delay(1_100);
    const seen = linesOf(kaimen).length;
    const calls = 100;
    await database.query("alter table inquiry rename column purpose to purposes");
    try {
      await Promise.all(Array.from({ length: calls }, async () => post(kaimen, await inquiry(kaimen, {}))));
    } finally {
      await database.query("alter table inquiry rename column purposes to purpose");
    }
    const count = (): number[] => {
      const lines = linesOf(kaimen).slice(seen);
      return [
        lines.filter((line) => line.code === "20000").length,
        lines.reduce((sum, line) => sum + (line.calls ?? 0), 0),
      ];
    };
    const total = (): number => count().reduce((sum, each) => sum + each, 0);
    for (let looks = 0; total() < calls && looks < 200; looks += 1) await delay(50);
    expect(total()).toBe(calls);
    expect(count()[1]).toBeGreaterThan(0);
  });
});

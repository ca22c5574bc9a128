import { existsSync, readdirSync } from "node:fs";
import { cp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStore } from "#kaimen/store/open.ts";
import { directoryLost } from "#kaimen/store/sql-state.ts";
import { crashable } from "../support/crashable-postgres.ts";
import { freshDataDirectory } from "../support/embedded-data.ts";
import { newTransactionId, productCode, rawCall } from "../support/integrator.ts";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { startOwnPostgres } from "../support/own-postgres.ts";
import { signalFamily } from "../support/process-family.ts";

const cluster = await startOwnPostgres();
/** Of looking again, each after a twentieth of a second: a guard looks once a second. */
const looks = 1_000;

interface Health {
  readonly status: number;
  readonly missing: string | undefined;
}

async function readiness(kaimen: RunningKaimen): Promise<Health> {
  const reply = await fetch(new URL("/health/ready", kaimen.sandbox.gateway_url));
  return { status: reply.status, missing: ((await reply.json()) as { missing?: string }).missing };
}

async function untilStatus(kaimen: RunningKaimen, status: number): Promise<Health> {
  for (let count = 0; count < looks; count += 1) {
    const health = await readiness(kaimen);
    if (health.status === status) return health;
    await delay(50);
  }
  throw new Error(`/health/ready never answered ${status}`);
}

async function empty(directory: string): Promise<void> {
  for (const name of readdirSync(directory)) await rm(join(directory, name), { recursive: true });
}

/** A signed inquiry under an id of its own; its reply's text. */
function inquire(kaimen: RunningKaimen): Promise<string> {
  return rawCall(kaimen.sandbox, {
    method: "zhima.credit.score.get",
    sign_type: "RSA2",
    auth_token: userByLogin(kaimen.sandbox, "average").access_token,
    biz_content: JSON.stringify({ transaction_id: newTransactionId(), product_code: productCode }),
  });
}

describe("the embedded database", () => {
  const losses: readonly (readonly [string, (dataDirectory: string) => Promise<void>])[] = [
    ["the data directory is removed", (data) => rm(data, { recursive: true })],
    ["the database's directory is removed", (data) => rm(join(data, "database"), { recursive: true })],
    ["the database's directory is emptied", (data) => empty(join(data, "database"))],
    ["the database's directory is moved away", (data) => rename(join(data, "database"), join(data, "moved"))],
    ["the data directory is moved away", (data) => rename(data, `${data}-moved`)],
    [
      "another directory takes its place",
      async (data) => {
        await cp(join(data, "database"), join(data, "copy"), { recursive: true });
        await rename(join(data, "database"), join(data, "moved"));
        await rename(join(data, "copy"), join(data, "database"));
      },
    ],
    [
      "its lock file is removed, so that another process can take over",
      async (data) => {
        for (const name of readdirSync(data)) if (name.startsWith("kaimen.lock")) await rm(join(data, name));
      },
    ],
  ];

  it.each(losses)("refuses everything once %s, and makes no other", async (_, lose) => {
    const directory = await freshDataDirectory();
    const store = await openStore({ dataDirectory: directory.path });
    try {
      await store.execute("create table kept (bucket smallint not null, number integer, primary key (bucket, number))");
      await lose(directory.path);
      const left = existsSync(directory.path) ? readdirSync(directory.path).toSorted() : undefined;
      let refused: unknown;
      for (let count = 0; refused === undefined && count < looks; count += 1) {
        await delay(50);
        refused = await store.query("select 1").catch((error: unknown) => error);
        if (Array.isArray(refused)) refused = undefined;
      }
      expect(refused).toMatchObject({ sqlState: directoryLost });
      await expect(
        store.transaction((transaction) => transaction.query("insert into kept values (0, 1)")),
      ).rejects.toMatchObject({ sqlState: directoryLost });
      expect(existsSync(directory.path) ? readdirSync(directory.path).toSorted() : undefined).toEqual(left);
    } finally {
      await store.close();
      await directory.remove();
      await rm(`${directory.path}-moved`, { recursive: true, force: true });
    }
  });

  it("commits nothing to a log whose file was removed, which nobody has noticed yet", async () => {
    const directory = await freshDataDirectory();
    const store = await openStore({ dataDirectory: directory.path });
    try {
      await store.execute("create table kept (bucket smallint not null, number integer, primary key (bucket, number))");
      await empty(join(directory.path, "database", "pg_wal"));
      await delay(1_500); // What is looked at every second is as it was.
      expect(await store.query("select 1 as one")).toEqual([{ one: 1 }]);
      await expect(store.query("insert into kept values (0, 1)")).rejects.toMatchObject({ sqlState: directoryLost });
    } finally {
      await store.close();
      await directory.remove();
    }
  });
});

describe("a server whose data directory is removed", () => {
  let kaimen: RunningKaimen;
  beforeAll(async () => {
    kaimen = await startKaimen({ database: "embedded" });
  });
  afterAll(() => kaimen?.stop());

  it("answers no inquiry with Success from then on, is not ready, and says what is missing", async () => {
    expect(await readiness(kaimen)).toEqual({ status: 200, missing: undefined });
    expect(await inquire(kaimen)).toContain('"code":"10000"');
    await rm(kaimen.dataDirectory, { recursive: true });
    const early = await Promise.all([inquire(kaimen), inquire(kaimen), inquire(kaimen)]);
    expect(await untilStatus(kaimen, 503)).toEqual({ status: 503, missing: "data directory" });
    for (const reply of [...early, await inquire(kaimen)]) expect(reply).toContain('"code":"20000"');
    expect(existsSync(kaimen.dataDirectory)).toBe(false);
    expect((await fetch(new URL("/health/live", kaimen.sandbox.gateway_url))).status).toBe(200);
    // Once, and where: that is for the operator, not for strangers.
    const lines = kaimen
      .log()
      .split("\n")
      .filter((line) => line.includes("not ready"));
    expect(lines).toHaveLength(1);
    expect(await kaimen.end("SIGTERM")).toBe(0);
    expect(existsSync(kaimen.dataDirectory)).toBe(false);
  });
});

describe.skipIf(cluster === undefined)("a server whose PostgreSQL", () => {
  let kaimen: RunningKaimen;
  let url: string;
  beforeAll(async () => {
    url = (await cluster?.createDatabase()) ?? "";
    kaimen = await startKaimen({ env: { DATABASE_URL: url } });
  });
  afterAll(async () => {
    await kaimen?.stop();
    await cluster?.stop();
  });

  it("hangs is not ready, asks it once however many want to know, and is ready when it goes on", async () => {
    const pid = cluster?.pid ?? 0;
    expect(await readiness(kaimen)).toEqual({ status: 200, missing: undefined });
    signalFamily(pid, "SIGSTOP");
    let answers: Health[];
    try {
      answers = await Promise.all(Array.from({ length: 30 }, () => readiness(kaimen)));
    } finally {
      signalFamily(pid, "SIGCONT");
    }
    for (const answer of answers) expect(answer).toEqual({ status: 503, missing: "database" });
    await untilStatus(kaimen, 200);
    const store = await openStore({ databaseUrl: url, dataDirectory: "" });
    const [row] = await store.query<{ count: number }>(
      "select count(*) as count from pg_stat_activity where datname = current_database() and query = 'select 1'",
    );
    await store.close();
    expect(row?.count).toBeLessThan(4);
  });

  it("is killed is not ready, and is ready again when it has started again", async () => {
    if (cluster === undefined) throw new Error("no PostgreSQL");
    const database = await crashable(cluster, url);
    database.kill();
    try {
      expect(await untilStatus(kaimen, 503)).toEqual({ status: 503, missing: "database" });
      await database.start();
      await untilStatus(kaimen, 200);
      expect(await inquire(kaimen)).toContain('"code":"10000"');
    } finally {
      await database.end();
    }
  });
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "#kaimen/clock.ts";
import { sealLedger } from "#kaimen/ledger/seal.ts";
import { verifyLedger } from "#kaimen/ledger/verify.ts";
import { openStore } from "#kaimen/store/open.ts";
import type { Store } from "#kaimen/store/store.ts";
import { askScore } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const cluster = await startPostgres();
const looks = 1_200;

async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let count = 0; !(await isSo()); count += 1) {
    if (count > looks) throw new Error(`never: ${what}`);
    await delay(50);
  }
}

/** When the server says that a request came, in milliseconds: its trace_id begins with it. */
async function serverMs(kaimen: RunningKaimen): Promise<number> {
  const reply = await fetch(kaimen.sandbox.gateway_url, { method: "POST", body: "" });
  await reply.arrayBuffer();
  return Number.parseInt((reply.headers.get("trace_id") ?? "").slice(2, 14), 16);
}

describe("the server's time", () => {
  let kaimen: RunningKaimen;
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kaimen-clock-"));
    const preload = new URL("../support/settable-wall-clock.mjs", import.meta.url).pathname;
    kaimen = await startKaimen({
      env: { NODE_OPTIONS: `--import ${preload}`, SETTABLE_WALL_CLOCK: join(folder, "ahead") },
    });
  });
  afterAll(async () => {
    await kaimen?.stop();
    await rm(folder, { recursive: true });
  });

  const setWallClock = async (aheadMs: number): Promise<void> => {
    await writeFile(join(folder, "ahead"), String(aheadMs));
    kaimen.process.kill("SIGUSR2");
  };
  const logged = (text: string): number => kaimen.log().split(text).length - 1;

  it("follows the wall clock forward, and never goes back nor stands still when that is put back; each is logged once", async () => {
    const hourMs = 3_600_000;
    const before = await serverMs(kaimen);
    expect(Math.abs(before - Date.now())).toBeLessThan(hourMs / 2);
    await setWallClock(hourMs);
    await until(async () => (await serverMs(kaimen)) - before >= hourMs, "an hour later");
    await until(() => logged("the wall clock went forward") === 1, "logged");
    let last = await serverMs(kaimen);
    expect(last - Date.now()).toBeLessThan(hourMs + hourMs / 2);

    await setWallClock(0);
    const start = last;
    for (let count = 0; count < 60; count += 1) {
      const now = await serverMs(kaimen);
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
      await delay(50);
    }
    expect(logged("the wall clock went back")).toBe(1);
    // At half the speed: three seconds and more have passed.
    expect(last - start).toBeGreaterThanOrEqual(1_000);
    expect(last - Date.now()).toBeGreaterThan(hourMs / 2);
    expect(logged("the wall clock went forward")).toBe(1);
  });
});

describe.skipIf(cluster === undefined)("a database whose clock is a minute ahead, and is then set right", () => {
  let kaimen: RunningKaimen;
  let database: Client;
  let store: Store;

  beforeAll(async () => {
    const url = (await cluster?.createDatabase()) ?? "";
    database = new Client({ connectionString: url });
    await database.connect();
    // Whoever asks this database for the time is answered by these, also in the tables' defaults.
    await database.query(`
      create table public.clock_shift (ahead interval not null);
      insert into public.clock_shift values ('60 s');
      create function public.now() returns timestamptz language sql stable as $$ select pg_catalog.now() + ahead from public.clock_shift $$;
      create function public.clock_timestamp() returns timestamptz language sql volatile as $$ select pg_catalog.clock_timestamp() + ahead from public.clock_shift $$;
      alter database ${new URL(url).pathname.slice(1)} set search_path = public, pg_catalog`);
    kaimen = await startKaimen({ env: { DATABASE_URL: url } });
    store = await openStore({ databaseUrl: url, dataDirectory: "" });
  });
  afterAll(async () => {
    await store?.close();
    await database?.end();
    await kaimen?.stop();
    await cluster?.stop();
  });

  const inquireFiveTimes = async (): Promise<void> => {
    const sdk = officialSdk(kaimen.sandbox);
    for (let count = 0; count < 5; count += 1) {
      expect(await askScore(sdk, userByLogin(kaimen.sandbox, "average").access_token)).toMatchObject({ code: "10000" });
    }
  };
  const offsetS = async (): Promise<number> => {
    const text = await (await fetch(new URL("/metrics", kaimen.sandbox.gateway_url))).text();
    return Number(/^kaimen_clock_database_offset_seconds (\S+)$/m.exec(text)?.[1] ?? Number.NaN);
  };

  it("leaves no line unsealed and none is reported; the distance of the clocks is measured, and its change is logged", async () => {
    await until(async () => Math.abs((await offsetS()) - 60) < 10, "a minute between the clocks");
    await inquireFiveTimes();
    await delay(1_100); // The version that sealed by time left out the last second.
    while ((await sealLedger(store, systemClock)) !== "done");
    expect(await verifyLedger(store)).toMatchObject({ lines: 5, faults: [] });
    await database.query("update public.clock_shift set ahead = '0'");
    await inquireFiveTimes();
    while ((await sealLedger(store, systemClock)) !== "done");
    expect(await verifyLedger(store)).toMatchObject({ lines: 10, faults: [] });
    const moves = (): number => kaimen.log().split("have moved apart or together").length - 1;
    await until(() => moves() === 2, "logged");
    expect(Math.abs(await offsetS())).toBeLessThan(10);
    expect(moves()).toBe(2);
  });
});

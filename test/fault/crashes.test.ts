import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { openStore } from "#kaimen/store/open.ts";
import { crashable } from "../support/crashable-postgres.ts";
import { MerchantUnderFault } from "../support/merchant-under-fault.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { type PostgresCluster, startOwnPostgres } from "../support/own-postgres.ts";

/** KAIMEN_FAULT_KILLS=30 npx vitest run test/fault: the whole trial, as docs/trials.md has it. */
const kills = Number(process.env["KAIMEN_FAULT_KILLS"] ?? 3);
/** The embedded database takes seconds to open, so few by default. */
const embeddedKills = process.env["KAIMEN_FAULT_KILLS"] === undefined ? 1 : kills;
const postgresKills = Math.ceil(kills / 3);
const limitMs = 90_000 + kills * 30_000;
/** Each life of a server is given so many inquiries more: some lives use them up, and none may go beyond. */
const quotaPerLife = 150;
const command = new URL("../../dist/cli/main.js", import.meta.url).pathname;
const cluster = await startOwnPostgres();
const product = "w1010100100000000001";

type Store = Awaited<ReturnType<typeof openStore>>;

/** Opens the database while no server has it. */
async function withDatabase<T>(kaimen: RunningKaimen, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({
    databaseUrl: kaimen.environment["DATABASE_URL"],
    dataDirectory: kaimen.dataDirectory,
  });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const raiseQuota = (kaimen: RunningKaimen): Promise<unknown> =>
  withDatabase(kaimen, (store) =>
    store.query("update arrangement set quota = quota_used + $1 where product_code = $2", [quotaPerLife, product]),
  );

async function killServers(env: Record<string, string>, times = kills): Promise<void> {
  let kaimen = await startKaimen({ database: "embedded", env });
  await kaimen.end("SIGTERM");
  await raiseQuota(kaimen);
  kaimen = await startKaimen({ env, dataDirectory: kaimen.dataDirectory });
  const merchant = new MerchantUnderFault();
  merchant.pointAt(kaimen);
  merchant.start();
  try {
    for (let kill = 0; kill < times; kill += 1) {
      await delay(300 + Math.random() * 900);
      await kaimen.end("SIGKILL");
      await raiseQuota(kaimen);
      kaimen = await startKaimen({ env, dataDirectory: kaimen.dataDirectory });
      merchant.pointAt(kaimen);
    }
    await delay(500);
    await merchant.stop();
    await merchant.settle();
    await judge(kaimen, merchant);
  } finally {
    await merchant.stop();
    await kaimen.stop();
  }
}

/** Acknowledged inquiries lost 0, double bills 0, quota overruns 0, and the statement says what the merchant was told. */
async function judge(kaimen: RunningKaimen, merchant: MerchantUnderFault): Promise<void> {
  expect(merchant.contradictions).toEqual([]);
  const told = new Map(
    [...merchant.book].flatMap(([id, { bizNo }]) => (bizNo === undefined ? [] : [[id, bizNo] as const])),
  );
  const closed = [...merchant.book]
    .filter(([, { refusedWith }]) => refusedWith === "TRANSACTIONID_CLOSE")
    .map(([id]) => id);
  const env = { ...process.env, KAIMEN_DATA: kaimen.dataDirectory, DATABASE_URL: "" };
  const run = async (...words: string[]) =>
    (await promisify(execFile)(process.execPath, [command, ...words], { env, maxBuffer: 2 ** 26 })).stdout;
  const days = [JSON.parse(await run("clock")).now.slice(0, 10)];
  await run("clock", "--advance", "90000");
  const csv = (await Promise.all(days.map((day) => run("statement", day)))).join("");
  const stated = csv
    .split("\n")
    .filter((line) => line.startsWith("ZM"))
    .map((line) => line.split(","));
  const billed = stated.filter(([, , , , , , amount]) => amount === "0.40");
  expect(new Map(billed.map(([bizNo = "", id = ""]) => [id, bizNo]))).toEqual(told);
  expect(billed).toHaveLength(told.size);
  expect(
    stated
      .filter((cells) => cells[7] === "closed")
      .map(([, id]) => id)
      .toSorted(),
  ).toEqual(closed.toSorted());
  expect(csv).toContain(`# amount_yuan,${((told.size * 40) / 100).toFixed(2)}\n`);
  await kaimen.end("SIGTERM");
  await withDatabase(kaimen, async (store) => {
    const [row] = await store.query<{ quota: number; quota_used: number; recorded: number }>(
      `select quota, quota_used, (select count(*) from inquiry where product_code = $1 and state = 'answered') as recorded
       from arrangement where product_code = $1 and merchant_id = $2`,
      [product, kaimen.sandbox.merchant_id],
    );
    expect(row?.quota_used).toBeLessThanOrEqual(row?.quota ?? 0);
    expect(row?.quota_used).toBe(row?.recorded);
  });
  process.stdout.write(
    `${merchant.answers} answers, ${told.size} inquiries billed once, ${closed.length} closed, ${stated.length} lines\n`,
  );
}

describe("with kill -9 of the server in the middle of its load, nothing acknowledged is lost, billed twice or beyond the quota", () => {
  afterAll(() => cluster?.stop());

  it(`on the embedded database, ${embeddedKills} times`, { timeout: limitMs }, () => killServers({}, embeddedKills));

  it.skipIf(cluster === undefined)(`on PostgreSQL, ${kills} times`, { timeout: limitMs }, async () => {
    await killServers({ DATABASE_URL: (await cluster?.createDatabase()) ?? "" });
  });

  it.skipIf(cluster === undefined)(
    `and with kill -9 of PostgreSQL itself, ${postgresKills} times`,
    { timeout: limitMs },
    async () => {
      const url = (await cluster?.createDatabase()) ?? "";
      const kaimen = await startKaimen({ env: { DATABASE_URL: url } });
      const postgres = await crashable(cluster as PostgresCluster, url);
      await raiseQuota(kaimen);
      const merchant = new MerchantUnderFault();
      merchant.pointAt(kaimen);
      merchant.start();
      try {
        for (let kill = 0; kill < postgresKills; kill += 1) {
          await delay(300 + Math.random() * 900);
          await postgres.crash();
          await raiseQuota(kaimen);
        }
        await delay(1_000);
        await merchant.stop();
        await merchant.settle();
        await judge(kaimen, merchant);
      } finally {
        await merchant.stop();
        await kaimen.stop();
        await postgres.end();
      }
    },
  );
});

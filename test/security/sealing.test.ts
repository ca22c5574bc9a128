import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Clock, dayUs, instantFromText, instantToText, later, secondUs, systemClock } from "#kaimen/clock.ts";
import { packLeaves } from "#kaimen/ledger/leaves.ts";
import { chainLink, chainStart, merkleRoot } from "#kaimen/ledger/merkle.ts";
import { keepNumbersAhead, sealLedger } from "#kaimen/ledger/seal.ts";
import { verifyLedger } from "#kaimen/ledger/verify.ts";
import { bucketOf } from "#kaimen/store/bucket.ts";
import { migrate } from "#kaimen/store/migrate.ts";
import { openStore } from "#kaimen/store/open.ts";
import type { Store } from "#kaimen/store/store.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";
import { addLineMerchant, merchantId, writeLine } from "../support/ledger-lines.ts";
import { type PostgresCluster, startPostgres } from "../support/postgres-cluster.ts";

const cluster = await startPostgres();
afterAll(() => cluster?.stop());

const inSeconds = (seconds: number): string => instantToText(later(systemClock.now(), seconds * secondUs));

/** Every line is under a seal, and nothing is said of any. */
async function expectAllSealed(store: Store): Promise<void> {
  const [row] = await store.query<{ lines: number }>("select count(*) as lines from inquiry");
  expect(await verifyLedger(store)).toMatchObject({ faults: [], lines: row?.lines });
}

async function sealAll(store: Store, clock: Clock = systemClock): Promise<void> {
  let outcome = await sealLedger(store, clock);
  for (let rounds = 0; outcome !== "done"; rounds += 1) {
    if (rounds > 100) throw new Error(`sealing does not end: ${outcome}`);
    outcome = await sealLedger(store, clock);
  }
}

const faultsOf = async (store: Store): Promise<string[]> =>
  (await verifyLedger(store)).faults.map(({ fault, what }) => `${fault} ${what}`);

describeOnBothEngines("sealing", (engine) => {
  let store: Store;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
    await addLineMerchant(store);
  });
  afterAll(() => close());

  it("seals each line once whatever the database's clock says: ahead, corrected, behind, a year off, or standing still", async () => {
    let written = 0;
    for (const aheadS of [60, 0, -60, -3_600, 366 * 86_400, 0, -366 * 86_400, 0, 0]) {
      for (let count = 0; count < 5; count += 1) {
        written += 1;
        await writeLine(store, `clock${written}`, { recorded_at: inSeconds(aheadS) });
      }
      await sealAll(store);
      await expectAllSealed(store);
    }
    const [sealed] = await store.query<{ lines: number }>("select sum(lines)::bigint as lines from ledger_seal");
    expect(sealed?.lines).toBe(written);
  });

  it("seals alike in processes whose clocks differ by days, and each seals what the other left", async () => {
    const clocks = [-2, 0, 3].map((days): Clock => ({ now: () => later(systemClock.now(), days * dayUs) }));
    for (const [index, clock] of [...clocks, ...clocks.toReversed()].entries()) {
      await writeLine(store, `process${index}`, { accepted_at: instantToText(clock.now()) });
      await sealAll(store, clock);
      await expectAllSealed(store);
    }
  });

  it("seals nothing twice and leaves nothing out where it fails or is killed half-way", async () => {
    await writeLine(store, "crash1");
    const failing = new Proxy(store, {
      get: (target, name) =>
        name === "transaction"
          ? (work: Parameters<Store["transaction"]>[0]) =>
              store.transaction(async (transaction) => {
                await work(transaction);
                throw new Error("killed before the commit");
              })
          : Reflect.get(target, name).bind(target),
    });
    await expect(sealLedger(failing, systemClock)).rejects.toThrow("killed before the commit");
    await writeLine(store, "crash2");
    await sealAll(store);
    await expectAllSealed(store);
  });

  it("passes over numbers that were drawn for nothing", async () => {
    await expect(
      store.transaction(async (transaction) => {
        await writeLine(transaction, "undone");
        throw new Error("undone");
      }),
    ).rejects.toThrow("undone");
    await writeLine(store, "afterwards");
    await sealAll(store);
    await expectAllSealed(store);
  });

  it("gives no number twice after a move to a server that the sequence did not come along to", async () => {
    await writeLine(store, "before-the-move");
    await sealAll(store);
    await store.query("select setval('ledger_line', 1, false)");
    await keepNumbersAhead(store);
    await writeLine(store, "after-the-move");
    await sealAll(store);
    await expectAllSealed(store);
  });

  it("names a line that was changed, removed, added, or given another number by hand", async () => {
    const [first, second, third] = [
      await writeLine(store, "hand1"),
      await writeLine(store, "hand2"),
      await writeLine(store, "hand3"),
    ];
    await sealAll(store);
    await store.query("update inquiry set billed_fen = 4000 where biz_no = $1", [first]);
    expect(await faultsOf(store)).toEqual([`changed ${first}`]);
    await store.query("update inquiry set billed_fen = 40 where biz_no = $1", [first]);
    await store.query("delete from inquiry where biz_no = $1", [second]);
    expect(await faultsOf(store)).toEqual([`missing ${second}`]);
    await store.query("update inquiry set line_no = null where biz_no = $1", [third]);
    expect((await faultsOf(store)).toSorted()).toEqual([`added ${third}`, `missing ${second}`, `missing ${third}`]);
    await store.query("delete from inquiry where biz_no = $1", [third]);
    const [last] = await store.query<{ to_no: number }>("select max(to_no) as to_no from ledger_seal");
    for (const lineNo of [null, 0, -1, 1, last?.to_no ?? 0]) {
      for (const recordedAt of [inSeconds(0), inSeconds(86_400 * 400), "1970-01-02T00:00:00Z"]) {
        const forged = await writeLine(store, "forged", { line_no: lineNo, recorded_at: recordedAt });
        expect(await faultsOf(store), `${lineNo} at ${recordedAt}`).toContain(`added ${forged}`);
        await store.query("delete from inquiry where biz_no = $1", [forged]);
      }
    }
  });
});

describe.skipIf(cluster === undefined)("sealing, with several at work", () => {
  const databases: Store[] = [];
  afterAll(() => Promise.all(databases.map((each) => each.close())));
  const openDatabase = async (directory?: string): Promise<{ store: Store; url: string }> => {
    const url = await (cluster as PostgresCluster).createDatabase(); // Skipped without one.
    const store = await openStore({ databaseUrl: url, dataDirectory: "" });
    databases.push(store);
    await migrate(store, directory === undefined ? {} : { directory });
    await addLineMerchant(store);
    return { store, url };
  };

  it("waits for a line under way that was numbered before others that are there, then seals them all", async () => {
    const { store } = await openDatabase();
    let commit!: () => void;
    const held = new Promise<void>((resolve) => (commit = resolve));
    let hasWritten!: () => void;
    const written = new Promise<void>((resolve) => (hasWritten = resolve));
    const slow = store.transaction(async (transaction) => {
      await writeLine(transaction, "first");
      hasWritten();
      await held;
    });
    await written;
    await writeLine(store, "second");
    expect(await sealLedger(store, systemClock)).toBe("waiting");
    expect(await verifyLedger(store)).toMatchObject({ lines: 0, faults: [] });
    commit();
    await slow;
    await sealAll(store);
    await expectAllSealed(store);
  });

  it("does not wait for those who began to write after it looked", async () => {
    const { store } = await openDatabase();
    await writeLine(store, "settled");
    let ended = false;
    // There is always a writer, and each begins before the one before it ends.
    const keepWriting = async (name: string): Promise<void> => {
      for (let count = 0; !ended; count += 1) {
        await store.transaction(async (transaction) => {
          await writeLine(transaction, `${name}${count}`);
          await delay(60);
        });
      }
    };
    const writers = [keepWriting("a"), delay(30).then(() => keepWriting("b"))];
    await delay(100);
    const outcome = await sealLedger(store, systemClock);
    ended = true;
    await Promise.all(writers);
    expect(outcome).toBe("done");
    await sealAll(store);
    await expectAllSealed(store);
  });

  it("finds every line of writers that commit, roll back and overtake each other while two processes seal", async () => {
    const { store } = await openDatabase();
    let ended = false;
    const write = async (name: string): Promise<void> => {
      for (let count = 0; count < 25; count += 1) {
        await store
          .transaction(async (transaction) => {
            await writeLine(transaction, `${name}${count}`);
            await delay(Math.random() * 20);
            await writeLine(transaction, `${name}${count}again`);
            if (count % 5 === 0) throw new Error("rolled back");
          })
          .catch((error: Error) => expect(error.message).toBe("rolled back"));
      }
    };
    const seal = async (): Promise<void> => {
      while (!ended) {
        await sealLedger(store, systemClock);
        expect((await verifyLedger(store)).faults).toEqual([]);
      }
    };
    const writers = Promise.all(["a", "b", "c", "d"].map(write)).finally(() => (ended = true));
    await Promise.all([writers, seal(), seal()]);
    await sealAll(store);
    await expectAllSealed(store);
  });

  it("goes on after what was sealed by time before lines had numbers, and still proves it", async () => {
    const { directory, remove } = await migrationsBeforeNumbers();
    try {
      const { store } = await openDatabase(directory);
      const lines: string[] = [];
      for (const [index, at] of ["2026-11-20T10:00:00Z", "2026-11-20T10:00:05Z", "2026-11-20T10:01:00Z"].entries()) {
        lines.push(await writeLine(store, `old${index}`, { recorded_at: at }));
      }
      const until = instantFromText("2026-11-20 10:02:00+00");
      await sealByTime(store, until);
      await writeLine(store, "not-sealed-yet", { recorded_at: "2026-11-20T10:03:00Z" });
      await migrate(store);
      expect(await verifyLedger(store)).toMatchObject({ lines: 3, seals: 1, faults: [] });
      await writeLine(store, "new");
      await sealAll(store);
      await expectAllSealed(store);
      expect(await verifyLedger(store)).toMatchObject({ lines: 5, seals: 2 });
      await store.query("update inquiry set score = 701 where biz_no = $1", [lines[1] ?? ""]);
      const forged = await writeLine(store, "forged", { line_no: null, recorded_at: "2026-11-20T10:00:30Z" });
      expect(await faultsOf(store)).toEqual([`changed ${lines[1]}`, `added ${forged}`]);
      // A process of the older version that still runs would seal by time what is sealed by number.
      await expect(sealByTime(store, systemClock.now())).rejects.toThrow("ledger_seal_by_number");
    } finally {
      await remove();
    }
  });
});

const shipped = fileURLToPath(new URL("../../dist/store/migrations/", import.meta.url));

/** The migrations of the version before lines had numbers. */
async function migrationsBeforeNumbers(): Promise<{ directory: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "kaimen-migrations-"));
  for (const name of (await readdir(shipped)).toSorted()) {
    if ((await readFile(join(shipped, name), "utf8")).includes("create sequence ledger_line")) break;
    await cp(join(shipped, name), join(directory, name));
  }
  return { directory, remove: () => rm(directory, { recursive: true }) };
}

/** As the version before sealed: what was recorded before an instant, and nothing had been sealed yet. */
async function sealByTime(store: Store, until: ReturnType<typeof instantFromText>): Promise<void> {
  const leaves = await store.query<{ number: string; hash: Uint8Array }>(
    `select biz_no as number, sha256(convert_to(json_build_array('inquiry', bucket, merchant_id, transaction_id, product_code,
       biz_no, app_id, user_id, person_bucket, person_id, authorisation_id, purpose, state, score, na_reason, card_version,
       as_of_month, admittance_score, billed_fen, unbilled_because, (extract(epoch from accepted_at) * 1000000)::bigint,
       (extract(epoch from recorded_at) * 1000000)::bigint)::text, 'UTF8')) as hash
     from inquiry where recorded_at < $1 order by recorded_at, number`,
    [instantToText(until)],
  );
  const root = merkleRoot(leaves.map(({ hash }) => hash));
  const [last] = await store.query<{ no: number }>("select coalesce(max(seal_no), 0) as no from ledger_seal");
  await store.query(
    `insert into ledger_seal (bucket, merchant_id, seal_no, from_at, to_at, lines, leaves, root, chain, sealed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $5)`,
    [
      bucketOf(merchantId),
      merchantId,
      (last?.no ?? 0) + 1,
      "1970-01-01T00:00:00Z",
      instantToText(until),
      leaves.length,
      packLeaves(leaves),
      root,
      chainLink(chainStart, root),
    ],
  );
  await store.query("insert into setting (name, value) values ('ledger_sealed_until', $1)", [JSON.stringify(until)]);
}

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "#kaimen/clock.ts";
import { createLog } from "#kaimen/log.ts";
import type { Card } from "#kaimen/scoring/card/card.ts";
import { expertCard } from "#kaimen/scoring/card/expert-card.ts";
import { addCard, ensureChampion, moveCard } from "#kaimen/scoring/cards.ts";
import { openRescorer, type Rescorer } from "#kaimen/scoring/rescore.ts";
import { migrate } from "#kaimen/store/migrate.ts";
import { openStore } from "#kaimen/store/open.ts";
import type { Store, Transaction } from "#kaimen/store/store.ts";
import { startPostgres } from "../support/postgres-cluster.ts";
import { addPeople, expectAllScored, reportAgain, scoringMonth } from "../support/scoring-world.ts";

const people = 4_000;
const child = new URL("../support/rescorer-child.mjs", import.meta.url).pathname;
const { goldenVectors: _expertVectors, ...bareCard } = expertCard;
const otherCard: Card = { ...bareCard, title: { en: "Other", zh: "其他" }, basePoints: 580 };

const cluster = await startPostgres();
afterAll(() => cluster?.stop());

describe.skipIf(cluster === undefined)("several processes that score the same people", () => {
  let store: Store;
  let url: string;
  const running: ChildProcess[] = [];

  beforeAll(async () => {
    url = (await cluster?.createDatabase()) ?? "";
    store = await openStore({ databaseUrl: url, dataDirectory: "" });
    await migrate(store);
    await ensureChampion(store, systemClock, expertCard);
    await addPeople(store, people);
  });
  afterAll(async () => {
    for (const each of running) each.kill("SIGKILL");
    await store.close();
  });

  async function start(): Promise<ChildProcess> {
    const process = fork(child, [url, String(scoringMonth)], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    running.push(process);
    await once(process, "message");
    return process;
  }

  it("skip nobody and write nothing twice, while feedback goes on, one of them is killed and another card is activated", async () => {
    const [doomed, ...others] = [await start(), await start(), await start()];
    const activated = await addCard(store, systemClock, { card: otherCard, author: "a", report: undefined });
    for (let round = 1; round <= 40; round += 1) {
      await reportAgain(store, round % 9);
      if (round === 10) doomed?.kill("SIGKILL");
      if (round === 20) {
        await moveCard(store, systemClock, activated.cardVersion, "validated", "b");
        await moveCard(store, systemClock, activated.cardVersion, "champion", "b");
      }
      await delay(25);
    }
    await untilAllIsScored(activated.cardVersion);
    for (const each of others) {
      each.send("stop");
      await once(each, "exit");
    }
    expect(others.map(({ exitCode }) => exitCode)).toEqual([0, 0]);

    const changed = await expectAllScored(store, people, { card: otherCard, cardVersion: activated.cardVersion });
    // Everybody by the second card, and many for their other records.
    expect(changed).toBeGreaterThan(people + 1_000);
    const [told] = await store.query<{ cards: number }>("select count(distinct card_version) as cards from score");
    expect(told?.cards).toBe(2);
  });

  async function untilAllIsScored(cardVersion: string): Promise<void> {
    for (let attempt = 0; attempt < 400; attempt += 1) {
      const [row] = await store.query<{ left: boolean }>(
        `select exists (select from rescore_mark) or exists (select from rescore_progress where not done or position($1 in scored_with) = 0) as left`,
        [cardVersion],
      );
      if (row?.left === false) return;
      await delay(50);
    }
    throw new Error("not everybody was scored");
  }

  it("skip nobody when another card is activated while they are scored by the one before", async () => {
    const next = await addCard(store, systemClock, {
      card: { ...otherCard, basePoints: 590 },
      author: "a",
      report: undefined,
    });
    const last = await addCard(store, systemClock, {
      card: { ...otherCard, basePoints: 600 },
      author: "a",
      report: undefined,
    });
    const activate = async (version: string): Promise<void> => {
      await moveCard(store, systemClock, version, "validated", "b");
      await moveCard(store, systemClock, version, "champion", "b");
    };
    const elsewhere = openRescorer(store, systemClock, expertCard, { asOfMonth: scoringMonth, log: createLog("warn") });
    let activated = false;
    /** Between the scores of a range and the note of how far it came. */
    const interrupted = (transaction: Transaction): Transaction =>
      new Proxy(transaction, {
        get: (target, name) =>
          name !== "query"
            ? Reflect.get(target, name).bind(target)
            : async (sql: string, parameters: never[]) => {
                if (sql.includes("update rescore_progress") && !activated) {
                  activated = true;
                  await activate(last.cardVersion);
                  expect(await elsewhere.markAllIfStale()).toBe(true);
                }
                return target.query(sql, parameters);
              },
      });
    const slow = new Proxy(store, {
      get: (target, name) =>
        name === "transaction"
          ? (work: (transaction: Transaction) => Promise<unknown>) =>
              target.transaction((transaction) => work(interrupted(transaction)))
          : (Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name)),
    });
    const here = openRescorer(slow, systemClock, expertCard, { asOfMonth: scoringMonth, log: createLog("warn") });
    await activate(next.cardVersion);
    await here.markAllIfStale();
    await here.run();
    expect(activated).toBe(true);
    await store.query("truncate shadow_score");
    await expectAllScored(store, people, { card: last.card, cardVersion: last.cardVersion });
  });

  it("use a card from the batch after its activation by another process on, without being told", async () => {
    const [here, there] = [
      await openStore({ databaseUrl: url, dataDirectory: "" }),
      await openStore({ databaseUrl: url, dataDirectory: "" }),
    ];
    const rescorer: Rescorer = openRescorer(here, systemClock, expertCard, {
      asOfMonth: scoringMonth,
      log: createLog("warn"),
    });
    const mark =
      "insert into rescore_mark (bucket, person_id, marked_at) select bucket, person_id, now() from person order by person_id limit 1";
    await there.query(mark);
    await rescorer.run();
    const before = rescorer.cardVersion;
    const next = await addCard(there, systemClock, {
      card: { ...otherCard, basePoints: 570 },
      author: "a",
      report: undefined,
    });
    await moveCard(there, systemClock, next.cardVersion, "validated", "b");
    await moveCard(there, systemClock, next.cardVersion, "champion", "b");
    await there.query(mark);
    expect(await rescorer.run()).toEqual({ people: 1 });
    const [row] = await there.query<{ card_version: string }>(
      "select card_version from score order by scored_at desc limit 1",
    );
    expect([before === next.cardVersion, row?.card_version, rescorer.cardVersion]).toEqual([
      false,
      next.cardVersion,
      next.cardVersion,
    ]);
    await here.close();
    await there.close();
  });
});

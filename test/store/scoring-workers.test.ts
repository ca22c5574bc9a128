import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MonthIndex, systemClock } from "#kaimen/clock.ts";
import { createLog } from "#kaimen/log.ts";
import type { Card } from "#kaimen/scoring/card/card.ts";
import { compileCard } from "#kaimen/scoring/card/compile.ts";
import { expertCard } from "#kaimen/scoring/card/expert-card.ts";
import { addCard, ensureChampion, moveCard } from "#kaimen/scoring/cards.ts";
import { openRescorer, type Rescorer } from "#kaimen/scoring/rescore.ts";
import { migrate } from "#kaimen/store/migrate.ts";
import { openStore } from "#kaimen/store/open.ts";
import type { Store } from "#kaimen/store/store.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const asOf = (2026 * 12 + 10) as MonthIndex;
const people = 4_000;
const child = new URL("../support/rescorer-child.mjs", import.meta.url).pathname;
const { goldenVectors: _expertVectors, ...bareCard } = expertCard;
const otherCard: Card = { ...bareCard, title: { en: "Other", zh: "其他" }, basePoints: 580 };

const cluster = await startPostgres();
afterAll(() => cluster?.stop());

const histories = `
insert into feedback_record (bucket, person_id, merchant_id, record_id, name_id, template, stage, month, order_no, biz_type, order_status,
                             settled, create_amt_fen, overdue_cnt, batch_id, fed_back_at)
select bucket, person_id, '2088000000000018', md5(person_id::text || age)::uuid, person_id, 't', 'performance', ${asOf} - age, 'O', '1', '04', false, 10000, 0, 'b', '2026-01-01Z'
from person cross join generate_series(1, 6) age order by bucket, person_id, age`;

/** As a feedback batch does: other records and the marks of their people, in one transaction. */
function feedBack(store: Store, overdue: number): Promise<void> {
  return store.transaction(async (transaction) => {
    const touched = `select bucket, person_id from person where abs(hashtext(person_id::text || $1)) % 40 = 0`;
    await transaction.query(`update feedback_record set overdue_cnt = $2 where month = ${asOf - 1} and (bucket, person_id) in (${touched})`, [String(Math.random()), overdue]);
    await transaction.query(
      `insert into rescore_mark (bucket, person_id, marked_at)
       select distinct bucket, person_id, now() from feedback_record where overdue_cnt = $1 and month = ${asOf - 1} order by bucket, person_id
       on conflict (bucket, person_id) do update set marked_at = excluded.marked_at`,
      [overdue],
    );
  });
}

describe.skipIf(cluster === undefined)("several processes that score the same people", () => {
  let store: Store;
  let url: string;
  const running: ChildProcess[] = [];

  beforeAll(async () => {
    url = (await cluster?.createDatabase()) ?? "";
    store = await openStore({ databaseUrl: url, dataDirectory: "" });
    await migrate(store);
    await ensureChampion(store, systemClock, expertCard);
    await store.query("insert into merchant (merchant_id, name, created_at) values ('2088000000000018', 'a', '2026-01-01Z')");
    await store.query(
      `insert into person (bucket, person_id, credentials_type, credentials_no_sealed, created_at)
       select get_byte(decode(substr(md5(number::text), 1, 2), 'hex'), 0), md5(number::text)::uuid, '0', ''::bytea, '2026-01-01Z' from generate_series(1, ${people}) number`,
    );
    await store.query(histories);
  });
  afterAll(async () => {
    for (const each of running) each.kill("SIGKILL");
    await store.close();
  });

  async function start(): Promise<ChildProcess> {
    const process = fork(child, [url, String(asOf)], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    running.push(process);
    await once(process, "message");
    return process;
  }

  it("skip nobody and write nothing twice, while feedback goes on, one of them is killed and another card is activated", async () => {
    const [doomed, ...others] = [await start(), await start(), await start()];
    const activated = await addCard(store, systemClock, { card: otherCard, author: "a", report: undefined });
    for (let round = 1; round <= 40; round += 1) {
      await feedBack(store, round % 9);
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

    // What one worker alone would say of everybody now, into the table of shadows, beside what stands.
    const [first, last] = ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"];
    await store.query(compileCard(otherCard, "range", "shadow_score"), [0, first, asOf, 255, last, activated.cardVersion, "2026-11-22T00:00:00Z"]);
    const [told] = await store.query<{ people: number; right: number; twice: number; cards: number; changed: number }>(
      `with latest as (
         select distinct on (bucket, person_id) * from score order by bucket, person_id, scored_at desc
       ), lines as (
         select row(score, na_reason, card_version, as_of_month, features) is not distinct from
                lag(row(score, na_reason, card_version, as_of_month, features)) over (partition by bucket, person_id order by scored_at) as same
         from score
       )
       select (select count(*) from latest) as people,
              (select count(*) from latest join shadow_score shadow using (bucket, person_id)
               where (latest.score, latest.features, latest.card_version) is not distinct from (shadow.score, shadow.features, shadow.card_version)) as right,
              (select count(*) from lines where same) as twice,
              (select count(distinct card_version) from score) as cards,
              (select count(*) from score) - 2 * (select count(*) from latest) as changed`,
    );
    expect(told).toMatchObject({ people, right: people, twice: 0, cards: 2 });
    expect(told?.changed).toBeGreaterThan(1_000);
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

  it("use a card from the batch after its activation by another process on, without being told", async () => {
    const [here, there] = [await openStore({ databaseUrl: url, dataDirectory: "" }), await openStore({ databaseUrl: url, dataDirectory: "" })];
    const rescorer: Rescorer = openRescorer(here, systemClock, expertCard, { asOfMonth: asOf, log: createLog("warn") });
    const mark = "insert into rescore_mark (bucket, person_id, marked_at) select bucket, person_id, now() from person order by person_id limit 1";
    await there.query(mark);
    await rescorer.run();
    const before = rescorer.cardVersion;
    const next = await addCard(there, systemClock, { card: { ...otherCard, basePoints: 570 }, author: "a", report: undefined });
    await moveCard(there, systemClock, next.cardVersion, "validated", "b");
    await moveCard(there, systemClock, next.cardVersion, "champion", "b");
    await there.query(mark);
    expect(await rescorer.run()).toEqual({ people: 1 });
    const [row] = await there.query<{ card_version: string }>("select card_version from score order by scored_at desc limit 1");
    expect([before === next.cardVersion, row?.card_version, rescorer.cardVersion]).toEqual([false, next.cardVersion, next.cardVersion]);
    await here.close();
    await there.close();
  });
});

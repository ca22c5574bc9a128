/**
 * What does it cost to score everybody? People with ten records each lie in a PostgreSQL of its own, by person, as a
 * store that was clustered or loaded by bucket has them, or with `--order month` as they arrive. In the same run: (a) the
 * bare aggregates over the same rows in psql, (b) the same in DuckDB over the rows exported once, (c) the product, from
 * features to stored scores; then people marked as by feedback, and everybody again as of the next month, beside the
 * scores of this one. `--card expert` scores with the expert's card, which tells orders apart.
 */
import { type MonthIndex, systemClock } from "#kaimen/clock.ts";
import { createLog } from "#kaimen/log.ts";
import { expertCard } from "#kaimen/scoring/card/expert-card.ts";
import { ensureChampion } from "#kaimen/scoring/cards.ts";
import { openRescorer } from "#kaimen/scoring/rescore.ts";
import { migrate } from "#kaimen/store/migrate.ts";
import { openStore } from "#kaimen/store/open.ts";
import { bareAggregates, bareDuckdb, bareInPsql } from "./rescore/bare.ts";
import { asOfMonth, benchCard, loadPeople, recordsPerPerson } from "./rescore/people.ts";
import { startPostgres } from "./support/postgres.ts";
import { type Bench, type Result, runBenchmark } from "./support/run.ts";
import { formatTable, round } from "./support/table.ts";

const benchLimitMs = 60 * 60_000;
const defaultPeople = 50_000;
const smallPeople = 5_000;
/** As an operator of this size would set it; the same for psql and for the product. */
const serverSettings = "-c work_mem=256MB -c jit=off";

async function measure(bench: Bench): Promise<Result> {
  const people = Number(bench.options["people"] ?? (bench.small ? smallPeople : defaultPeople));
  const postgres = await startPostgres(bench);
  const url = `${postgres.url}?options=${encodeURIComponent(serverSettings)}`;
  const store = await openStore({ databaseUrl: url, dataDirectory: "" });
  bench.atEnd(() => store.close());
  await migrate(store);
  const card = bench.options["card"] === "expert" ? expertCard : benchCard;
  await ensureChampion(store, systemClock, card);
  const loadS = await timed(() => loadPeople(store, people, bench.options["order"] === "month" ? "month" : "person"));
  bench.say(`  ${people} people, ${people * recordsPerPerson} records, loaded in ${round(loadS)} s`);

  const bareS: number[] = [];
  bareS.push(await bareInPsql(postgres.url, serverSettings, bareAggregates("postgresql", asOfMonth)));
  const rescorer = openRescorer(store, systemClock, card, { asOfMonth, log: createLog("warn") });
  await rescorer.markAllIfStale();
  const rescoreS = await timed(() => rescorer.run());
  bareS.push(await bareInPsql(postgres.url, serverSettings, bareAggregates("postgresql", asOfMonth)));
  const psqlS = (bareS[0] ?? 0) / 2 + (bareS[1] ?? 0) / 2;
  const [stored] = await store.query<{ scores: number; hash: string }>(
    "select count(*) as scores, md5(string_agg(md5(features::text || score::text), '' order by bucket, person_id)) as hash from score",
  );
  if (stored?.scores !== people) throw new Error(`${stored?.scores} scores of ${people} people are stored`);

  const again = await timed(() => rescorer.run());
  const marked = Math.max(Math.floor(people / 10), 1_000);
  await store.query(
    `update feedback_record set overdue_cnt = 3 where (bucket, person_id) in (select bucket, person_id from person order by md5(person_id::text) limit $1)`,
    [marked],
  );
  await store.query(
    `insert into rescore_mark (bucket, person_id, marked_at) select bucket, person_id, $2::timestamptz from person order by md5(person_id::text) limit $1`,
    [marked, new Date().toISOString()],
  );
  await store.execute("vacuum analyze feedback_record");
  const markedS = await timed(() => rescorer.run());
  const nextMonth = openRescorer(store, systemClock, card, {
    asOfMonth: (asOfMonth + 1) as MonthIndex,
    log: createLog("warn"),
  });
  await nextMonth.markAllIfStale();
  const nextMonthS = await timed(() => nextMonth.run());
  const duckdbS =
    bench.options["duckdb"] === "no"
      ? undefined
      : await bareDuckdb(bench, postgres.url, bareAggregates("duckdb", asOfMonth));

  const result = {
    people,
    records: people * recordsPerPerson,
    characteristics: card.characteristics.length,
    load_s: round(loadS),
    psql_s: round(psqlS),
    rescore_s: round(rescoreS),
    ratio_sql: round(rescoreS / psqlS),
    ...(duckdbS === undefined ? {} : { duckdb_s: round(duckdbS), ratio_duckdb: round(rescoreS / duckdbS) }),
    people_per_s: Math.round(people / rescoreS),
    next_month_s: round(nextMonthS),
    nothing_to_do_s: round(again),
    marked,
    marked_per_s: Math.round(marked / markedS),
    result_hash: stored.hash,
  };
  bench.say(formatTable(Object.entries(result).map(([name, value]) => [name, String(value)])));
  return result;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

await runBenchmark("rescore", benchLimitMs, measure, ["people", "duckdb", "card", "order"]);

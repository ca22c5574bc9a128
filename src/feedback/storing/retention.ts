import { beijingTime, type Clock, instantToText, type MonthIndex, monthToText } from "../../clock.ts";
import type { Job, Jobs } from "../../job.ts";
import type { Store } from "../../store/store.ts";
import { forgetExpired } from "../batches/refused-rows.ts";

const buckets = 256;
const hourMs = 3_600_000;
/** One statement deletes so many rows, so that it holds no lock for long. */
const deletedAtOnce = 1_000;

/**
 * Starts the clock of adverse records whose own data did not: the law counts the years that they are kept from the end
 * of what happened, and that is when the order is next reported without it. One bucket a statement.
 */
export async function startRetentionClocks(store: Store): Promise<number> {
  let started = 0;
  for (let bucket = 0; bucket < buckets; bucket += 1) started += (await store.query(endAdverseSql, [bucket])).length;
  return started;
}

const endAdverseSql = `
update feedback_record record set ended_on = cured.ended_on
from (
  select adverse.bucket, adverse.person_id, adverse.merchant_id, adverse.record_id,
         min(coalesce(later.reported_on, make_date(later.month / 12, later.month % 12 + 1, 1))) as ended_on
  from feedback_record adverse
  join feedback_record later on later.bucket = $1 and later.person_id = adverse.person_id
    and later.merchant_id = adverse.merchant_id and later.order_no = adverse.order_no and later.month > adverse.month
    and later.stage = 'performance' and not later.adverse
  where adverse.bucket = $1 and adverse.adverse and adverse.ended_on is null
  group by adverse.bucket, adverse.person_id, adverse.merchant_id, adverse.record_id
) cured
where record.bucket = $1 and record.person_id = cured.person_id and record.merchant_id = cured.merchant_id
  and record.record_id = cured.record_id
returning record.record_id`;

/** What a run deleted, in numbers. */
export interface DeletionCounts {
  readonly records: number;
  /** How many people lost records, counted for each statement anew: somebody with very many records counts more than once. */
  readonly people: number;
}

/**
 * Deletes adverse records that ended so many years ago or longer (regulation of 2013, article 16). Their people are
 * marked for scoring in the same statement, and the numbers are kept in retention_deletion. An installation that stands in
 * a month of its own (KAIMEN_AS_OF) counts the years up to that month's first day.
 */
export async function deleteExpired(
  store: Store,
  clock: Clock,
  years: number,
  asOfMonth?: MonthIndex,
): Promise<DeletionCounts> {
  const now = clock.now();
  const today = asOfMonth === undefined ? beijingTime(now).slice(0, 10) : `${monthToText(asOfMonth)}-01`;
  const deleted = { records: 0, people: 0 };
  const [limit] = await store.query<{ before: string }>(
    "select ($1::date - make_interval(years => $2::integer))::date as before",
    [today, years],
  );
  const before = limit?.before ?? "0001-01-01";
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    for (;;) {
      const [gone] = await store.query<{ records: number; people: number }>(deleteSql, [
        bucket,
        before,
        deletedAtOnce,
        instantToText(now),
      ]);
      deleted.records += gone?.records ?? 0;
      deleted.people += gone?.people ?? 0;
      if ((gone?.records ?? 0) < deletedAtOnce) break;
    }
  }
  if (deleted.records > 0) {
    await store.query(
      `insert into retention_deletion (deleted_at, ended_on_before, records, people) values ($1, $2, $3, $4)
       on conflict (deleted_at) do update set records = retention_deletion.records + excluded.records, people = retention_deletion.people + excluded.people`,
      [instantToText(now), before, deleted.records, deleted.people],
    );
  }
  return deleted;
}

/** What the merchant last fed back is no longer what is there. */
const deleteSql = `
with expired as (
  select bucket, person_id, merchant_id, record_id from feedback_record
  where bucket = $1 and adverse and ended_on is not null and ended_on <= $2
  order by ended_on limit $3
), gone as (
  delete from feedback_record record using expired
  where record.bucket = $1 and record.person_id = expired.person_id and record.merchant_id = expired.merchant_id
    and record.record_id = expired.record_id
  returning record.bucket, record.person_id, record.merchant_id
), marked as (
  insert into rescore_mark (bucket, person_id, marked_at)
  select distinct bucket, person_id, $4::timestamptz from gone order by bucket, person_id
  on conflict (bucket, person_id) do update set marked_at = excluded.marked_at
  returning person_id
), forgotten as (
  delete from feedback_last_file where merchant_id in (select merchant_id from gone)
)
select (select count(*) from gone) as records, (select count(*) from marked) as people`;

export interface RetentionParts {
  readonly jobs: Jobs;
  readonly store: Store;
  readonly clock: Clock;
  /** How long adverse records are kept after what they tell of ended. */
  readonly adverseYears: number;
  /** The month in which the installation stands, where that is not the clock's. */
  readonly asOfMonth: MonthIndex | undefined;
  readonly log: { info(details: object, message: string): void };
  /** Is called with the number of records that a run has deleted. */
  readonly noteDeleted: (records: number) => void;
}

/** Starts clocks and deletes what has expired, refused records among it, also of whom no other batch comes: every hour, and at once. */
export function startRetentionJob(parts: RetentionParts): Job {
  const { jobs, store, clock, adverseYears, asOfMonth, log, noteDeleted } = parts;
  return jobs.every("retention", hourMs, async () => {
    await forgetExpired(store, clock.now());
    await startRetentionClocks(store);
    const deleted = await deleteExpired(store, clock, adverseYears, asOfMonth);
    if (deleted.records === 0) return;
    noteDeleted(deleted.records);
    log.info({ ...deleted, years: adverseYears }, "adverse records were deleted: their time is over");
  });
}

import type { Store } from "../store/store.ts";

const buckets = 256;
const hourMs = 3_600_000;

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

export interface RetentionJob {
  stop(): Promise<void>;
}

/** Does so every hour, and at once. */
export function startRetentionJob(store: Store, log: { error(details: object, message: string): void }): RetentionJob {
  let running = Promise.resolve();
  const run = (): void => {
    running = startRetentionClocks(store).then(
      () => undefined,
      (error: unknown) => log.error({ err: error }, "the retention clocks could not be started; next try in an hour"),
    );
  };
  run();
  const timer = setInterval(run, hourMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

import { isRealDay } from "../consent/people.ts";
import { randomInt } from "node:crypto";
import {
  type Clock,
  type Instant,
  beijingDay,
  beijingTime,
  dayUs,
  instantOf,
  instantToText,
  later,
  secondUs,
} from "../clock.ts";
import { bucketOf } from "../store/bucket.ts";
import type { Queryable, SqlValue } from "../store/store.ts";

/**
 * The ledger: every accepted inquiry is one line of it, billed or not, and every later correction is one more. An
 * inquiry's own row is its line, so answer and bill cannot part; lines are only ever added.
 */
export interface LedgerLine {
  readonly kind: "inquiry" | "adjustment";
  /** Of the inquiry; of an adjustment, the inquiry it corrects. */
  readonly bizNo: string;
  /** Empty on an adjustment. */
  readonly transactionId: string;
  readonly productCode: string;
  readonly appId: string;
  readonly at: Instant;
  /** In fen; of an adjustment, what is added (or, negative, taken off). */
  readonly amountFen: number;
  readonly unbilledBecause: "na" | "free" | "closed" | null;
  /** Of an adjustment: its own number and why it was made. */
  readonly note: string;
}

interface LineRow {
  kind: LedgerLine["kind"];
  biz_no: string;
  transaction_id: string;
  product_code: string;
  app_id: string;
  at: Instant;
  amount_fen: number;
  unbilled_because: LedgerLine["unbilledBecause"];
  note: string;
}

const hourUs = 3_600 * secondUs;

/** Whether `yyyy-MM-dd` is a day that a ledger may have lines of: one of the calendar, from 1970 to 2199. */
export function isLedgerDay(day: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(day) && day >= "1970" && day < "2200" && isRealDay(day);
}

/** The instant at which a Beijing day (yyyy-MM-dd) begins. */
export function startOfDay(day: string): Instant {
  return instantOf(Date.parse(`${day}T00:00:00+08:00`) * 1_000);
}

/** The Beijing day of an instant, as yyyy-MM-dd. */
export function dayOf(instant: Instant): string {
  return beijingTime(instant).slice(0, 10);
}

/**
 * A merchant's lines of one Beijing day in order of time, an hour at a time: a whole day may be too much for memory. From
 * an hour of the day on, 0 for the first. Hours without a line are given, too.
 */
export async function* ledgerOfDay(
  store: Queryable,
  merchantId: string,
  day: string,
  { firstHour = 0 }: { firstHour?: number } = {},
): AsyncGenerator<LedgerLine[]> {
  const end = later(startOfDay(day), dayUs);
  for (let from = later(startOfDay(day), firstHour * hourUs); from < end; from = later(from, hourUs)) {
    const rows = await store.query<LineRow>(
      `select 'inquiry' as kind, biz_no, transaction_id, product_code, app_id, accepted_at as at,
              billed_fen as amount_fen, unbilled_because, '' as note
       from inquiry where merchant_id = $1 and accepted_at >= $2 and accepted_at < $3
       union all
       select 'adjustment', biz_no, '', '', '', made_at, amount_fen, null, adjustment_no || ' ' || reason
       from ledger_adjustment where bucket = $4 and merchant_id = $1 and made_at >= $2 and made_at < $3
       order by at, kind, biz_no, note`,
      [merchantId, instantToText(from), instantToText(later(from, hourUs)), bucketOf(merchantId)],
    );
    yield rows.map(lineOf);
  }
}

function lineOf(row: LineRow): LedgerLine {
  return {
    kind: row.kind,
    bizNo: row.biz_no,
    transactionId: row.transaction_id,
    productCode: row.product_code,
    appId: row.app_id,
    at: row.at,
    amountFen: row.amount_fen,
    unbilledBecause: row.unbilled_because,
    note: row.note,
  };
}

export interface LedgerTotals {
  readonly inquiries: number;
  readonly billedInquiries: number;
  readonly adjustments: number;
  readonly amountFen: number;
}

/** The sums over all lines of a merchant up to an instant, as the database adds them. */
export async function ledgerTotals(store: Queryable, merchantId: string, before: Instant): Promise<LedgerTotals> {
  const parameters: SqlValue[] = [merchantId, instantToText(before), bucketOf(merchantId)];
  const [row] = await store.query<{ inquiries: number; billed: number; adjustments: number; amount: number }>(
    `select inquiries, billed, adjustments, (inquired + adjusted)::bigint as amount
     from (select count(*) as inquiries, count(*) filter (where unbilled_because is null) as billed,
                  coalesce(sum(billed_fen), 0) as inquired
           from inquiry where merchant_id = $1 and accepted_at < $2) asked,
          (select count(*) as adjustments, coalesce(sum(amount_fen), 0) as adjusted
           from ledger_adjustment where bucket = $3 and merchant_id = $1 and made_at < $2) corrected`,
    parameters,
  );
  if (row === undefined) throw new Error("a sum without a row");
  return { inquiries: row.inquiries, billedInquiries: row.billed, adjustments: row.adjustments, amountFen: row.amount };
}

export interface Adjustment {
  readonly merchantId: string;
  /** The inquiry that is corrected. */
  readonly bizNo: string;
  readonly amountFen: number;
  readonly reason: string;
  /** The operator's login. */
  readonly madeBy: string;
}

/** Adds a correction as a line of today and gives its number. Undefined when the merchant has no such inquiry. */
export async function addAdjustment(
  store: Queryable,
  clock: Clock,
  adjustment: Adjustment,
): Promise<string | undefined> {
  const now = clock.now();
  const number = `AD${beijingDay(now)}${String(randomInt(2 ** 47)).padStart(22, "0")}`;
  const added = await store.query(
    `insert into ledger_adjustment (bucket, merchant_id, adjustment_no, biz_no, amount_fen, reason, made_by, made_at)
     select $1, $2, $3, biz_no, $5, $6, $7, $8 from inquiry where merchant_id = $2 and biz_no = $4 limit 1
     returning adjustment_no`,
    [
      bucketOf(adjustment.merchantId),
      adjustment.merchantId,
      number,
      adjustment.bizNo,
      adjustment.amountFen,
      adjustment.reason,
      adjustment.madeBy,
      instantToText(now),
    ],
  );
  return added.length === 1 ? number : undefined;
}

/** A correction as it stands in the ledger. */
export interface KeptAdjustment extends Omit<Adjustment, "merchantId"> {
  readonly adjustmentNo: string;
  readonly madeAt: Instant;
}

/** A merchant's corrections, the newest first, from after the number `after` on. */
export function listAdjustments(
  store: Queryable,
  merchantId: string,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<KeptAdjustment[]> {
  return store.query<KeptAdjustment & Record<string, unknown>>(
    `select adjustment_no as "adjustmentNo", biz_no as "bizNo", amount_fen as "amountFen", reason, made_by as "madeBy",
            made_at as "madeAt"
     from ledger_adjustment
     where bucket = $1 and merchant_id = $2 and ($3::text is null or (made_at, adjustment_no) <
       (select made_at, adjustment_no from ledger_adjustment where bucket = $1 and merchant_id = $2 and adjustment_no = $3))
     order by made_at desc, adjustment_no desc limit $4`,
    [bucketOf(merchantId), merchantId, after ?? null, limit],
  );
}

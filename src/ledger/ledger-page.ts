import { dayUs, instantToText, later } from "../clock.ts";
import { bucketOf } from "../store/bucket.ts";
import type { Queryable } from "../store/store.ts";
import { type LedgerLine, ledgerOfDay, startOfDay } from "./ledger.ts";

/** Where a page ends: the hour of the day, from 0, and how many lines of it have been told. */
export interface LedgerPlace {
  readonly hour: number;
  readonly told: number;
}

/** Lines of a merchant's Beijing day, in order of time, from a place on; where the next page begins, if there is one. */
export async function ledgerPage(
  store: Queryable,
  { merchantId, day }: { merchantId: string; day: string },
  { after = { hour: 0, told: 0 }, limit }: { after?: LedgerPlace | undefined; limit: number },
): Promise<{ lines: readonly LedgerLine[]; next: LedgerPlace | undefined }> {
  const lines: LedgerLine[] = [];
  let { hour, told } = after;
  for await (const ofHour of ledgerOfDay(store, merchantId, day, { firstHour: hour })) {
    const rest = ofHour.slice(told);
    const room = limit - lines.length;
    lines.push(...rest.slice(0, room));
    if (rest.length > room) return { lines, next: { hour, told: told + room } };
    hour += 1;
    told = 0;
  }
  return { lines, next: undefined };
}

export interface UsedDay {
  readonly day: string;
  readonly inquiries: number;
  readonly billedInquiries: number;
  readonly amountFen: number;
}

/**
 * What a merchant asked for on each Beijing day from `from` on, before the day `to`; days without anything are left out.
 * Days whose statement was issued are read from it, the others from the inquiries' lines.
 */
export async function usedDays(
  store: Queryable,
  merchantId: string,
  { from, to }: { from: string; to: string },
): Promise<readonly UsedDay[]> {
  const issued = await store.query<UsedDay & Record<string, unknown>>(
    `select day, inquiries, billed_inquiries as "billedInquiries", amount_fen as "amountFen"
     from statement where bucket = $1 and merchant_id = $2 and day >= $3::date and day < $4::date order by day`,
    [bucketOf(merchantId), merchantId, from, to],
  );
  const last = issued.at(-1)?.day;
  const openFrom = last === undefined ? startOfDay(from) : later(startOfDay(last), dayUs);
  const open = await store.query<UsedDay & Record<string, unknown>>(
    `select to_char(accepted_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD') as day, count(*) as inquiries,
            count(*) filter (where unbilled_because is null) as "billedInquiries",
            coalesce(sum(billed_fen), 0)::bigint as "amountFen"
     from inquiry where merchant_id = $1 and accepted_at >= $2 and accepted_at < $3 group by 1 order by 1`,
    [merchantId, instantToText(openFrom), instantToText(startOfDay(to))],
  );
  return [...issued, ...open].filter(({ inquiries, amountFen }) => inquiries > 0 || amountFen !== 0);
}

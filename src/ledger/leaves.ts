import { type Instant, instantToText } from "../clock.ts";
import type { Queryable, SqlValue } from "../store/store.ts";

/** A ledger line as it is sealed: its biz_no or adjustment number, 32 characters, and the hash of all it says. */
export interface Leaf {
  readonly number: string;
  readonly hash: Uint8Array;
}

/** Leaves by merchant, in the order in which they are sealed. */
export type LeavesByMerchant = Map<string, Leaf[]>;

/**
 * Every column of a line, as JSON, whose text is one for one with the values. The database hashes, so that what is
 * sealed is what it holds, and not what somebody made of it. `stretch` says which lines, of either table.
 */
function leavesSql(stretch: string, order: string): string {
  return `
select merchant_id, biz_no as number, recorded_at, line_no,
       sha256(convert_to(json_build_array('inquiry', bucket, merchant_id, transaction_id, product_code, biz_no, app_id,
         user_id, person_bucket, person_id, authorisation_id, purpose, state, score, na_reason, card_version,
         as_of_month, admittance_score, billed_fen, unbilled_because,
         (extract(epoch from accepted_at) * 1000000)::bigint,
         (extract(epoch from recorded_at) * 1000000)::bigint)::text, 'UTF8')) as hash
from inquiry where ${stretch}
union all
select merchant_id, adjustment_no, recorded_at, line_no,
       sha256(convert_to(json_build_array('adjustment', bucket, merchant_id, adjustment_no, biz_no, amount_fen, reason,
         made_by, (extract(epoch from made_at) * 1000000)::bigint,
         (extract(epoch from recorded_at) * 1000000)::bigint)::text, 'UTF8'))
from ledger_adjustment where ${stretch}
order by ${order}, number`;
}

const numberedSql = leavesSql("line_no > $1 and line_no <= $2", "line_no");
const unnumberedSql = leavesSql("line_no is null and recorded_at >= $1 and recorded_at < $2", "recorded_at");

/** The lines whose numbers are greater than `after` and at most `upTo`. */
export function leavesNumbered(store: Queryable, after: number, upTo: number): Promise<LeavesByMerchant> {
  return leavesOf(store, numberedSql, [after, upTo]);
}

/** The lines without a number, of before lines had numbers, recorded in a stretch of the database's time; `to` undefined is without end. */
export function leavesUnnumbered(store: Queryable, from: Instant, to: Instant | undefined): Promise<LeavesByMerchant> {
  return leavesOf(store, unnumberedSql, [instantToText(from), to === undefined ? "infinity" : instantToText(to)]);
}

async function leavesOf(store: Queryable, sql: string, parameters: readonly SqlValue[]): Promise<LeavesByMerchant> {
  const rows = await store.query<Leaf & { merchant_id: string }>(sql, parameters);
  const byMerchant: LeavesByMerchant = new Map();
  for (const { merchant_id: merchantId, number, hash } of rows) {
    const leaves = byMerchant.get(merchantId) ?? [];
    leaves.push({ number, hash });
    byMerchant.set(merchantId, leaves);
  }
  return byMerchant;
}

const numberLength = 32;
const leafLength = numberLength + 32;

/** As a seal keeps them: 64 bytes a line. */
export function packLeaves(leaves: readonly Leaf[]): Buffer {
  return Buffer.concat(
    leaves.map(({ number, hash }) => Buffer.concat([Buffer.from(number.padEnd(numberLength), "latin1"), hash])),
  );
}

export function unpackLeaves(packed: Uint8Array): Leaf[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const leaves: Leaf[] = [];
  for (let at = 0; at + leafLength <= bytes.length; at += leafLength) {
    leaves.push({
      number: bytes.toString("latin1", at, at + numberLength).trimEnd(),
      hash: bytes.subarray(at + numberLength, at + leafLength),
    });
  }
  return leaves;
}

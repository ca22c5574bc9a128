import { type Instant, instantToText } from "../clock.ts";
import { ArrayColumns } from "../store/array-columns.ts";
import { bucketOf } from "../store/bucket.ts";
import type { Queryable, Store } from "../store/store.ts";
import type { CallSummary } from "./call.ts";

/** A call on its way into the log; `whole` is the sealed request. */
export interface CallToWrite {
  readonly summary: CallSummary;
  readonly whole: Uint8Array | undefined;
}

export interface TallyToWrite {
  readonly slot: Instant;
  readonly appId: string;
  readonly method: string;
  readonly code: string;
  readonly calls: number;
  readonly durationUs: number;
}

export interface KeyUseToWrite {
  readonly appId: string;
  readonly keyId: string;
  readonly at: Instant;
}

const buckets = 256;
const bucketOfCall = (callNo: number): number => callNo % buckets;

interface NumberedCall extends CallToWrite {
  readonly callNo: number;
}

const callColumns = new ArrayColumns<NumberedCall>({
  bucket: { type: "smallint", of: ({ callNo }) => bucketOfCall(callNo) },
  call_no: { type: "bigint", of: ({ callNo }) => callNo },
  at: { type: "timestamptz", of: ({ summary }) => instantToText(summary.at) },
  trace_id: { type: "text", of: ({ summary }) => summary.traceId },
  app_id: { type: "text", of: ({ summary }) => summary.appId ?? null },
  merchant_id: { type: "text", of: ({ summary }) => summary.merchantId ?? null },
  method: { type: "text", of: ({ summary }) => summary.method ?? null },
  code: { type: "text", of: ({ summary }) => summary.code },
  sub_code: { type: "text", of: ({ summary }) => summary.subCode ?? null },
  outcome: { type: "text", of: ({ summary }) => summary.outcome },
  step: { type: "text", of: ({ summary }) => summary.step ?? null },
  duration_us: { type: "int", of: ({ summary }) => summary.durationUs },
  profile: { type: "text", of: ({ summary }) => summary.profile },
  transaction_id: { type: "text", of: ({ summary }) => summary.transactionId ?? null },
  biz_no: { type: "text", of: ({ summary }) => summary.bizNo ?? null },
  batch_id: { type: "text", of: ({ summary }) => summary.batchId ?? null },
  whole_bytes: { type: "int", of: ({ whole }) => whole?.length ?? 0 },
  whole_base64: {
    type: "text",
    of: ({ whole }) => (whole === undefined ? null : Buffer.from(whole).toString("base64")),
  },
});
const storedColumns = callColumns.names.replace(", whole_base64", "");

const tallyColumns = new ArrayColumns<TallyToWrite>({
  bucket: { type: "smallint", of: ({ appId }) => bucketOf(appId) },
  slot: { type: "timestamptz", of: ({ slot }) => instantToText(slot) },
  app_id: { type: "text", of: ({ appId }) => appId },
  method: { type: "text", of: ({ method }) => method },
  code: { type: "text", of: ({ code }) => code },
  calls: { type: "bigint", of: ({ calls }) => calls },
  duration_us: { type: "bigint", of: ({ durationUs }) => durationUs },
});

const keyUseColumns = new ArrayColumns<KeyUseToWrite>({
  app_id: { type: "text", of: ({ appId }) => appId },
  key_id: { type: "text", of: ({ keyId }) => keyId },
  last_used_at: { type: "timestamptz", of: ({ at }) => instantToText(at) },
});

export interface GroupToWrite {
  readonly calls: readonly CallToWrite[];
  readonly tallies: readonly TallyToWrite[];
  readonly keyUses: readonly KeyUseToWrite[];
}

/**
 * Writes a group in one transaction and gives the number of its last call, or of the last before it. The lock on the head
 * makes numbers follow the order of commits, over all processes.
 */
export async function writeGroup(store: Store, { calls, tallies, keyUses }: GroupToWrite): Promise<number> {
  return store.transaction(async (transaction) => {
    const last = await writeCalls(transaction, calls);
    if (tallies.length > 0)
      await transaction.query(
        `insert into call_tally (${tallyColumns.names})
         select ${tallyColumns.names} from ${tallyColumns.unnest("counted", 1)}
         order by bucket, slot, app_id, method, code
         on conflict (bucket, slot, app_id, method, code) do update
         set calls = call_tally.calls + excluded.calls, duration_us = call_tally.duration_us + excluded.duration_us`,
        tallyColumns.parameters(tallies),
      );
    if (keyUses.length > 0)
      await transaction.query(
        `insert into app_key_use (${keyUseColumns.names})
         select ${keyUseColumns.names} from ${keyUseColumns.unnest("used", 1)} order by app_id, key_id
         on conflict (app_id, key_id) do update set last_used_at = excluded.last_used_at`,
        keyUseColumns.parameters(keyUses),
      );
    return last;
  });
}

async function writeCalls(transaction: Queryable, calls: readonly CallToWrite[]): Promise<number> {
  const [head] = await transaction.query<{ call_no: number }>(
    "update gateway_call_head set call_no = call_no + $1 where head returning call_no",
    [calls.length],
  );
  if (head === undefined) throw new Error("the request log has lost its head: the row of gateway_call_head");
  const first = head.call_no - calls.length + 1;
  if (calls.length > 0)
    await transaction.query(
      `insert into gateway_call (${storedColumns}, whole_sealed)
       select ${storedColumns}, decode(whole_base64, 'base64') from ${callColumns.unnest("noted", 1)}`,
      callColumns.parameters(calls.map((call, index) => ({ ...call, callNo: first + index }))),
    );
  return head.call_no;
}

/** How much the log may keep. */
export interface LogBounds {
  readonly calls: number;
  /** Of whole requests, sealed. */
  readonly wholeBytes: number;
  /** Tallies of slots before it are over. */
  readonly talliesFrom: Instant;
}

/** Deletes what is beyond the bounds, the oldest first. */
export async function trimLog(store: Queryable, lastCallNo: number, bounds: LogBounds): Promise<void> {
  await store.query("delete from gateway_call where call_no <= $1", [lastCallNo - bounds.calls]);
  await store.query(
    `update gateway_call set whole_sealed = null, whole_bytes = 0 where whole_bytes > 0 and call_no in (
       select call_no from (
         select call_no, sum(whole_bytes) over (order by call_no desc) as taken from gateway_call where whole_bytes > 0
       ) kept where taken > $1)`,
    [bounds.wholeBytes],
  );
  await store.query("delete from call_tally where slot < $1", [instantToText(bounds.talliesFrom)]);
}

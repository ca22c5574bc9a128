import { type Instant, instantToText } from "../clock.ts";
import type { Vault } from "../keys/vault.ts";
import type { Queryable, SqlValue } from "../store/store.ts";
import type { CallOutcome, LoggedCall, WholeRequest } from "./call.ts";

/** What a call has to be like; what is left out may be anything. */
export interface CallFilter {
  readonly merchantId?: string | undefined;
  readonly appId?: string | undefined;
  readonly method?: string | undefined;
  readonly code?: string | undefined;
  readonly subCode?: string | undefined;
  readonly outcome?: CallOutcome | undefined;
  readonly transactionId?: string | undefined;
  readonly bizNo?: string | undefined;
  readonly traceId?: string | undefined;
  readonly from?: Instant | undefined;
  /** Before it. */
  readonly to?: Instant | undefined;
  /** In any of a call's names and codes or, where whole requests are kept, in the request or the reply; case does not count. */
  readonly text?: string | undefined;
}

export interface CallPage {
  readonly calls: readonly LoggedCall[];
  /** The number from which on, downwards or upwards, the next page is read; undefined where there is nothing more. */
  readonly next: number | undefined;
}

interface CallRow extends Record<string, unknown> {
  readonly callNo: number;
  readonly wholeSealed?: Uint8Array | null;
}

const columns = `call_no as "callNo", at, trace_id as "traceId", app_id as "appId", merchant_id as "merchantId", method,
  code, sub_code as "subCode", outcome, step, duration_us as "durationUs", profile, transaction_id as "transactionId",
  biz_no as "bizNo", batch_id as "batchId", whole_bytes > 0 as "isWhole"`;

/** The filter as SQL, all but its text; the parameters begin at $1. */
const filterSql = `($1::text is null or merchant_id = $1) and ($2::text is null or app_id = $2)
  and ($3::text is null or method = $3) and ($4::text is null or code = $4) and ($5::text is null or sub_code = $5)
  and ($6::text is null or outcome = $6) and ($7::text is null or transaction_id = $7)
  and ($8::text is null or biz_no = $8) and ($9::text is null or trace_id = $9)
  and ($10::timestamptz is null or at >= $10) and ($11::timestamptz is null or at < $11)`;

function filterParameters(filter: CallFilter): SqlValue[] {
  return [
    filter.merchantId ?? null,
    filter.appId ?? null,
    filter.method ?? null,
    filter.code ?? null,
    filter.subCode ?? null,
    filter.outcome ?? null,
    filter.transactionId ?? null,
    filter.bizNo ?? null,
    filter.traceId ?? null,
    filter.from === undefined ? null : instantToText(filter.from),
    filter.to === undefined ? null : instantToText(filter.to),
  ];
}

/** Calls that are read and opened at a time to be searched for a text, and how many in all before a page ends. */
const searchedAtOnce = 250;
const searchedLimit = 5_000;

export interface ReadParts {
  readonly store: Queryable;
  readonly vault: Vault;
}

/**
 * Calls with a number below `before`, the newest first, or above `after`, the oldest first. A search for a text gives what
 * it has found in a bounded number of calls, which may be nothing, and where to go on.
 */
export async function readCalls(
  { store, vault }: ReadParts,
  filter: CallFilter,
  { before, after, limit }: { before?: number | undefined; after?: number | undefined; limit: number },
): Promise<CallPage> {
  const isUpwards = after !== undefined;
  const text = filter.text?.toLowerCase();
  const found: LoggedCall[] = [];
  let position = isUpwards ? after : (before ?? Number.MAX_SAFE_INTEGER);
  for (let searched = 0; searched < searchedLimit; searched += searchedAtOnce) {
    const wanted = text === undefined ? limit + 1 : searchedAtOnce;
    const rows = await store.query<CallRow>(
      `select ${columns}${text === undefined ? "" : ', whole_sealed as "wholeSealed"'} from gateway_call
       where call_no ${isUpwards ? ">" : "<"} $12 and ${filterSql}
       order by call_no ${isUpwards ? "" : "desc"} limit $13`,
      [...filterParameters(filter), position, wanted],
    );
    for (const row of rows) {
      if (found.length === limit) return { calls: found, next: position };
      if (text === undefined || rowHolds(vault, row, text)) found.push(callOf(row));
      position = row.callNo;
    }
    if (rows.length < wanted) return { calls: found, next: undefined };
  }
  return { calls: found, next: position };
}

/** SQL's null is none; the sealed request is no part of what a list tells. */
function callOf(row: CallRow): LoggedCall {
  const told = Object.entries(row).filter(([name]) => name !== "wholeSealed");
  const call = Object.fromEntries(told.map(([name, value]) => [name, value ?? undefined]));
  return call as unknown as LoggedCall; // Selected by its very names.
}

function rowHolds(vault: Vault, row: CallRow, text: string): boolean {
  const call = callOf(row);
  if (summaryHolds(call, text)) return true;
  const { wholeSealed = null } = row;
  return wholeSealed !== null && openSealed(vault, call.traceId, wholeSealed).toLowerCase().includes(text);
}

/** `text` is in lower case. */
export function summaryHolds(call: LoggedCall, text: string): boolean {
  const { traceId, appId, merchantId, method, code, subCode, step, transactionId, bizNo, batchId } = call;
  return [traceId, appId, merchantId, method, code, subCode, step, transactionId, bizNo, batchId].some(
    (each) => each?.toLowerCase().includes(text) ?? false,
  );
}

/** Where a sealed request belongs. */
export const wholeContext = (traceId: string): string => `gateway_call.whole ${traceId}`;

function openSealed(vault: Vault, traceId: string, sealed: Uint8Array): string {
  return vault.open(sealed, wholeContext(traceId)).toString();
}

/** One call with the whole request, where that is kept. */
export async function findCall(
  { store, vault }: ReadParts,
  traceId: string,
): Promise<{ call: LoggedCall; whole: WholeRequest | undefined } | undefined> {
  const [row] = await store.query<CallRow>(
    `select ${columns}, whole_sealed as "wholeSealed" from gateway_call where trace_id = $1 order by call_no limit 1`,
    [traceId],
  );
  if (row === undefined) return undefined;
  const { wholeSealed = null } = row;
  const whole =
    wholeSealed === null ? undefined : (JSON.parse(openSealed(vault, traceId, wholeSealed)) as WholeRequest); // Sealed by this log.
  return { call: callOf(row), whole };
}

/** The number of the latest call, 0 where there is none: what comes later has higher ones. */
export async function latestCallNo(store: Queryable): Promise<number> {
  const [head] = await store.query<{ call_no: number }>("select call_no from gateway_call_head where head");
  return head?.call_no ?? 0;
}

/** Refused calls that have method and code in common. */
export interface ErrorGroup {
  readonly method: string | null;
  readonly code: string;
  readonly subCode: string;
  readonly calls: number;
  readonly apps: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly lastTraceId: string;
}

const groupsLimit = 200;

/** The refusals that are kept, by code and method, the most frequent first. */
export async function readErrorGroups(store: Queryable, filter: CallFilter): Promise<ErrorGroup[]> {
  return store.query<ErrorGroup & Record<string, unknown>>(
    `select method, code, sub_code as "subCode", count(*) as calls, count(distinct app_id) as apps,
       min(at) as "firstAt", max(at) as "lastAt",
       (array_agg(trace_id order by call_no desc))[1] as "lastTraceId"
     from gateway_call where sub_code is not null and ${filterSql}
     group by method, code, sub_code order by calls desc, method, sub_code limit $12`,
    [...filterParameters(filter), groupsLimit],
  );
}

/** What is kept, in all: for whoever asks why a call is no longer there. */
export async function keptCalls(store: Queryable): Promise<{ calls: number; whole: number; oldestAt: Instant | null }> {
  const [row] = await store.query<{ calls: number; whole: number; oldestAt: Instant | null }>(
    `select count(*) as calls, count(*) filter (where whole_bytes > 0) as whole, min(at) as "oldestAt" from gateway_call`,
  );
  return row ?? { calls: 0, whole: 0, oldestAt: null };
}

/** Whether a call fits the filter as SQL would say it, a text being looked for in its names and codes alone. */
export function matches(call: LoggedCall, filter: CallFilter): boolean {
  const { from, to, text, ...names } = filter;
  return (
    Object.entries(names).every(([name, value]) => value === undefined || call[name as keyof typeof names] === value) &&
    (from === undefined || call.at >= from) &&
    (to === undefined || call.at < to) &&
    (text === undefined || summaryHolds(call, text.toLowerCase()))
  );
}

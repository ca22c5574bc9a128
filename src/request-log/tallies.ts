import { type Instant, instantOf, instantToText, secondUs } from "../clock.ts";
import type { Queryable } from "../store/store.ts";
import type { TallyToWrite } from "./write-calls.ts";

/** The length of time that calls are counted for together. */
export const slotS = 600;
const slotUs = slotS * secondUs;

/** So many kinds of call are counted between two writes; there are a few hundred codes, and what is beyond is left out. */
const kindsLimit = 10_000;

/** Counts of calls that are not yet written, by slot, app, method and code. */
export class Tallies {
  #counts = new Map<string, { -readonly [Name in keyof TallyToWrite]: TallyToWrite[Name] }>();

  note({ at, ...call }: { at: Instant; appId: string; method: string; code: string; durationUs: number }): void {
    this.#add({ ...call, slot: instantOf(at - (at % slotUs)), calls: 1 });
  }

  get size(): number {
    return this.#counts.size;
  }

  /** What was counted since the last time. */
  take(): TallyToWrite[] {
    const taken = [...this.#counts.values()];
    this.#counts = new Map();
    return taken;
  }

  /** Counts again what could not be written. */
  putBack(tallies: readonly TallyToWrite[]): void {
    for (const each of tallies) this.#add(each);
  }

  #add(tally: TallyToWrite): void {
    const key = `${tally.slot} ${tally.appId} ${tally.method} ${tally.code}`;
    const count = this.#counts.get(key);
    if (count !== undefined) {
      count.calls += tally.calls;
      count.durationUs += tally.durationUs;
    } else if (this.#counts.size < kindsLimit) this.#counts.set(key, { ...tally });
  }
}

/** Calls of a stretch of time, by code: `at` is its beginning. */
export interface CallCount {
  readonly at: Instant;
  /** 10000 or the sub_code. */
  readonly code: string;
  readonly calls: number;
  readonly durationUs: number;
}

export interface CountQuery {
  readonly from: Instant;
  readonly to: Instant;
  /** The length of each stretch: a multiple of the slot's. */
  readonly stretchS: number;
  readonly appIds?: readonly string[] | undefined;
  readonly method?: string | undefined;
}

const countsLimit = 20_000;

export async function readCounts(store: Queryable, query: CountQuery): Promise<CallCount[]> {
  return store.query<CallCount & Record<string, unknown>>(
    `select to_timestamp(floor(extract(epoch from slot) / $3::int) * $3::int) as at, code, sum(calls)::bigint as calls,
       sum(duration_us)::bigint as "durationUs"
     from call_tally
     where slot >= $1 and slot < $2 and ($4::text[] is null or app_id = any($4::text[])) and ($5::text is null or method = $5)
     group by 1, 2 order by 1, 2 limit $6`,
    [
      instantToText(query.from),
      instantToText(query.to),
      query.stretchS,
      query.appIds === undefined ? null : [...query.appIds],
      query.method ?? null,
      countsLimit,
    ],
  );
}

export interface KeyUse {
  readonly appId: string;
  readonly keyId: string;
  readonly lastUsedAt: Instant;
}

/** When keys of these apps last verified a request. */
export async function readKeyUses(store: Queryable, appIds: readonly string[]): Promise<KeyUse[]> {
  return store.query<KeyUse & Record<string, unknown>>(
    `select app_id as "appId", key_id as "keyId", last_used_at as "lastUsedAt" from app_key_use
     where app_id = any($1::text[]) order by app_id, last_used_at desc`,
    [[...appIds]],
  );
}

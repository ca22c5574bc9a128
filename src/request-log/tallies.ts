import { type Instant, instantOf, instantToText, secondUs } from "../clock.ts";
import type { Queryable } from "../store/store.ts";
import type { TallyToWrite } from "./write-calls.ts";

/** The length of time that calls are counted for together. */
export const slotS = 600;
const slotUs = slotS * secondUs;

/** So many kinds of call are counted between two writes; there are a few hundred codes, and what is beyond is left out. */
const kindsLimit = 10_000;

type Tally = { -readonly [Name in keyof TallyToWrite]: TallyToWrite[Name] };
type CountsOfSlot = Map<string, Tally>;

/** Counts of calls that are not yet written, by slot, app, method and code. Every call passes here, so it costs little. */
export class Tallies {
  #slots = new Map<Instant, CountsOfSlot>();
  #size = 0;
  /** The slot of the last call: most calls are of the same. */
  #slot = instantOf(0);
  #countsOfSlot: CountsOfSlot = new Map();

  note({
    at,
    appId,
    method,
    code,
    durationUs,
  }: {
    readonly at: Instant;
    readonly appId: string;
    readonly method: string;
    readonly code: string;
    readonly durationUs: number;
  }): void {
    if (at < this.#slot || at >= this.#slot + slotUs) this.#turnTo(instantOf(at - (at % slotUs)));
    this.#add(appId, method, code, 1, durationUs);
  }

  get size(): number {
    return this.#size;
  }

  /** What was counted since the last time. */
  take(): TallyToWrite[] {
    const taken = [...this.#slots.values()].flatMap((counts) => [...counts.values()]);
    this.#slots = new Map();
    this.#size = 0;
    this.#turnTo(this.#slot);
    return taken;
  }

  /** Counts again what could not be written. */
  putBack(tallies: readonly TallyToWrite[]): void {
    for (const { slot, appId, method, code, calls, durationUs } of tallies) {
      this.#turnTo(slot);
      this.#add(appId, method, code, calls, durationUs);
    }
  }

  #turnTo(slot: Instant): void {
    this.#slot = slot;
    this.#countsOfSlot = this.#slots.get(slot) ?? new Map<string, Tally>();
    this.#slots.set(slot, this.#countsOfSlot);
  }

  #add(appId: string, method: string, code: string, calls: number, durationUs: number): void {
    const key = `${appId} ${method} ${code}`;
    const tally = this.#countsOfSlot.get(key);
    if (tally !== undefined) {
      tally.calls += calls;
      tally.durationUs += durationUs;
    } else if (this.#size < kindsLimit) {
      this.#size += 1;
      this.#countsOfSlot.set(key, { slot: this.#slot, appId, method, code, calls, durationUs });
    }
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

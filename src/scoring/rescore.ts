import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { beijingMonth, type Clock, instantToText, type MonthIndex } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Queryable, Store, Transaction } from "../store/store.ts";
import type { Card } from "./card/card.ts";
import { type Asked, compileCard } from "./card/compile.ts";
import { cardsInForce, cardVersionOf, ensureChampion, type StoredCard } from "./cards.ts";

/** People taken at once: enough to be worth a statement, few enough to be done in a moment. */
const marksLimit = 5_000;
const rangeLimit = 20_000;
const buckets = 256;
/** Marked people of so many neighbouring buckets are one worker's at a time, so that eight can work side by side. */
const bucketsAtOnce = 32;
/** Any two fixed numbers: what a worker holds while it scores marked people, or a bucket of all people. */
const marksLock = 730_001;
const rangeLock = 730_002;
const firstPersonId = "00000000-0000-0000-0000-000000000000";
const heldElsewhereMs = 20;
const workersLimit = 4;

export interface RescoreProgress {
  readonly scoredWith: string;
  readonly bucketsDone: number;
  readonly people: number;
  readonly marked: number;
}

export interface Rescorer {
  /** Scores everybody who is marked, and goes on with everybody. Concurrent calls share the work; resolves when none is left. */
  run(): Promise<{ people: number }>;
  /** The same, but waits no longer than this: what is left goes on in the background. Never rejects. */
  runWithin(timeoutMs: number): Promise<void>;
  /** Begins to score everybody when a card or the as-of month has changed since that was last begun. */
  markAllIfStale(): Promise<boolean>;
  progress(): Promise<RescoreProgress>;
  /** Of the champion that was last looked up. */
  readonly cardVersion: string;
  readonly asOfMonth: MonthIndex;
}

/** What is scored with: read anew for each batch, so that an activation by another process counts at once. */
interface Force {
  readonly champion: StoredCard;
  readonly challenger: StoredCard | undefined;
}

export function openRescorer(
  store: Store,
  clock: Clock,
  firstCard: Card,
  options: { asOfMonth: MonthIndex | undefined; log: Log },
): Rescorer {
  let cardVersion = cardVersionOf(firstCard);
  const asOfMonth = (): MonthIndex => options.asOfMonth ?? beijingMonth(clock.now());
  const statements = createStatements();
  // The embedded database has one connection; a server computes side by side, and keeps some for the gateway.
  const workers = store.engine === "embedded" ? 1 : Math.min(availableParallelism(), workersLimit);
  let running: Promise<{ people: number }> | undefined;
  let again = false;

  async function inForce(transaction: Queryable): Promise<Force> {
    const force = await cardsInForce(transaction);
    cardVersion = force.champion.cardVersion;
    return force;
  }

  /** The champion's scores and the challenger's, in the same transaction. */
  async function score(transaction: Transaction, asked: Asked, first: readonly [unknown, unknown], limit: readonly number[]): Promise<Scored> {
    const { champion, challenger } = await inForce(transaction);
    await transaction.execute(planning);
    const scored = async (card: StoredCard, table: "score" | "shadow_score"): Promise<Scored> => {
      const parameters = [...first, asOfMonth(), card.cardVersion, instantToText(clock.now()), ...limit];
      const [row] = await transaction.query<{ people: number; last_person_id: string | null }>(
        statements(card, asked, table),
        parameters as (string | number)[], // Numbers, texts and arrays of them, as each statement asks.
      );
      return { people: row?.people ?? 0, lastPersonId: row?.last_person_id ?? undefined };
    };
    if (challenger !== undefined) await scored(challenger, "shadow_score");
    return scored(champion, "score");
  }

  /**
   * Taking the marks and reading the records are two statements: the first waits for a feedback batch that is marking
   * the same people, and only a statement that starts afterwards sees what that batch has stored.
   */
  function scoreMarks(group: number): Promise<number | "held elsewhere"> {
    return store.transaction(async (transaction) => {
      if (!(await tryLock(transaction, marksLock, group))) return "held elsewhere";
      const people = await transaction.query<{ bucket: number; person_id: string }>(
        `delete from rescore_mark where (bucket, person_id) in (
           select bucket, person_id from rescore_mark where bucket >= $1 and bucket < $2 order by bucket, person_id limit $3
         ) returning bucket, person_id`,
        [group, group + bucketsAtOnce, marksLimit],
      );
      if (people.length === 0) return 0;
      const asked = [people.map(({ bucket }) => bucket), people.map(({ person_id }) => person_id)] as const;
      return (await score(transaction, "people", asked, [])).people;
    });
  }

  /**
   * The next people of a bucket, and of those after it until there are enough for a commit. How far each has come is
   * written with its scores, so that a crash repeats nothing and skips nobody.
   */
  function scoreRanges(first: number): Promise<number | "held elsewhere"> {
    return store.transaction(async (transaction) => {
      let people = 0;
      for (let bucket = first; bucket < buckets && people < rangeLimit; bucket += 1) {
        const scored = await scoreRange(transaction, bucket, rangeLimit - people);
        if (scored !== "held elsewhere") people += scored;
        else if (bucket === first) return scored;
      }
      return people;
    });
  }

  async function scoreRange(transaction: Transaction, bucket: number, limit: number): Promise<number | "held elsewhere"> {
    if (!(await tryLock(transaction, rangeLock, bucket))) return "held elsewhere";
    const [row] = await transaction.query<{ after_person_id: string }>(
      "select after_person_id from rescore_progress where bucket = $1 and not done",
      [bucket],
    );
    if (row === undefined) return 0;
    const { people, lastPersonId } = await score(transaction, "range", [bucket, row.after_person_id], [limit]);
    await transaction.query(
      "update rescore_progress set after_person_id = $2, people = people + $3, done = $4 where bucket = $1",
      [bucket, lastPersonId ?? row.after_person_id, people, people < limit],
    );
    return people;
  }

  /** Marked people first, whatever else is under way; then the next bucket of everybody. */
  async function scoreNext(): Promise<{ people: number; left: boolean; held: boolean }> {
    const groups = await store.query<{ first: number }>(
      `select distinct bucket / ${bucketsAtOnce} * ${bucketsAtOnce} as first from rescore_mark order by 1`,
    );
    const marked = await takeFirst(groups.map(({ first }) => first), scoreMarks);
    if (marked !== undefined) return { people: marked, left: true, held: false };
    const ranges = await store.query<{ bucket: number }>("select bucket from rescore_progress where not done order by bucket");
    const ranged = await takeFirst(ranges.map(({ bucket }) => bucket), scoreRanges);
    if (ranged !== undefined) return { people: ranged, left: true, held: false };
    const left = groups.length + ranges.length > 0;
    return { people: 0, left, held: left };
  }

  async function work(): Promise<number> {
    let people = 0;
    for (let next = await scoreNext(); next.left; next = await scoreNext()) {
      people += next.people;
      if (next.held) await delay(heldElsewhereMs);
    }
    return people;
  }

  async function drain(): Promise<{ people: number }> {
    let people = 0;
    do {
      again = false;
      const worked = await Promise.all(Array.from({ length: workers }, work));
      people += worked.reduce((sum, each) => sum + each, 0);
    } while (again);
    return { people };
  }

  function run(): Promise<{ people: number }> {
    // A call that comes while a run is ending must not be told "done" for marks that the run has not seen.
    again = true;
    running ??= drain().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    get cardVersion() {
      return cardVersion;
    },
    get asOfMonth() {
      return asOfMonth();
    },
    run,
    async runWithin(timeoutMs) {
      const scored = run().catch((error: unknown) => options.log.error({ err: error }, "rescoring failed; the marks stay"));
      await Promise.race([scored, delay(timeoutMs, undefined, { ref: false })]);
    },
    async markAllIfStale() {
      await ensureChampion(store, clock, firstCard);
      return store.transaction(async (transaction) => {
        const { champion, challenger } = await inForce(transaction);
        const state = { cardVersion: champion.cardVersion, asOfMonth: asOfMonth(), challenger: challenger?.cardVersion ?? null };
        const changed = await transaction.query(
          `insert into setting (name, value) values ('scored_with', $1::jsonb)
           on conflict (name) do update set value = excluded.value where setting.value <> excluded.value
           returning name`,
          [JSON.stringify(state)],
        );
        if (changed.length === 0) return false;
        await transaction.query(
          `insert into rescore_progress (bucket, scored_with, after_person_id, people, done, started_at)
           select bucket, $1, $2::uuid, 0, not exists (select from person where person.bucket = each.bucket), $3::timestamptz
           from generate_series(0, ${buckets - 1}) each(bucket)
           on conflict (bucket) do update
             set scored_with = excluded.scored_with, after_person_id = excluded.after_person_id, people = 0,
                 done = excluded.done, started_at = excluded.started_at`,
          [JSON.stringify(state), firstPersonId, instantToText(clock.now())],
        );
        return true;
      });
    },
    async progress() {
      const [row] = await store.query<{ scored_with: string | null; done: number; people: number; marked: number }>(
        `select min(scored_with) as scored_with, count(*) filter (where done) as done, coalesce(sum(people), 0)::bigint as people,
                (select count(*) from rescore_mark) as marked
         from rescore_progress`,
      );
      return { scoredWith: row?.scored_with ?? "", bucketsDone: row?.done ?? 0, people: row?.people ?? 0, marked: row?.marked ?? 0 };
    },
  };
}

interface Scored {
  readonly people: number;
  readonly lastPersonId: string | undefined;
}

/**
 * The statement is prepared, and its plan kept: one that was made while the scores were few must not read them from end
 * to end when they are many. It is long, too, and compiling it would take longer than running it.
 */
const planning = "set local enable_seqscan = off; set local jit = off; set local plan_cache_mode = force_generic_plan";

/** Compiled once for each card, way of asking and table; a process meets few cards. */
function createStatements(): (card: StoredCard, asked: Asked, table: "score" | "shadow_score") => string {
  const known = new Map<string, string>();
  return ({ cardVersion, card }, asked, table) => {
    const key = `${cardVersion} ${asked} ${table}`;
    const sql = known.get(key) ?? compileCard(card, asked, table);
    if (known.size >= statementsKept) known.clear();
    known.set(key, sql);
    return sql;
  };
}

const statementsKept = 32;

async function tryLock(transaction: Queryable, lock: number, place: number): Promise<boolean> {
  const [row] = await transaction.query<{ held: boolean }>("select pg_try_advisory_xact_lock($1::int, $2::int) as held", [lock, place]);
  return row?.held === true;
}

/** The first that nobody else is at; undefined where there is none. */
async function takeFirst(places: readonly number[], take: (place: number) => Promise<number | "held elsewhere">): Promise<number | undefined> {
  for (const place of places) {
    const people = await take(place);
    if (people !== "held elsewhere") return people;
  }
  return undefined;
}

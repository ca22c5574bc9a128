import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { beijingMonth, type Clock, instantToText, type MonthIndex } from "../clock.ts";
import type { PersonKey } from "../consent/people.ts";
import type { Log } from "../log.ts";
import type { Queryable, Store, Transaction } from "../store/store.ts";
import type { Card } from "./card/card.ts";
import { cardVersionOf, ensureChampion } from "./cards.ts";
import {
  bucketsInSlice,
  createScorePeople,
  firstPersonId,
  type CardsInForce,
  lastPersonId,
  lazyCommit,
  lockSlice,
  openCardsInForce,
  type People,
  type Place,
  sliceOf,
  slices,
  tryLockSlice,
} from "./score-people.ts";

/** People taken at once: enough to be worth a statement, few enough to be done in about a second. */
const marksLimit = 20_000;
const rangeLimit = 50_000;
const buckets = 256;
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
  /** Scores one person within the caller's transaction, after whoever is at their slice. */
  scoreWithin(transaction: Transaction, person: PersonKey): Promise<void>;
  /** The version of the champion that was last looked up. */
  readonly cardVersion: string;
  readonly asOfMonth: MonthIndex;
}

export function openRescorer(
  store: Store,
  clock: Clock,
  firstCard: Card,
  options: { asOfMonth: MonthIndex | undefined; log: Log },
): Rescorer {
  let cardVersion = cardVersionOf(firstCard);
  const asOfMonth = (): MonthIndex => options.asOfMonth ?? beijingMonth(clock.now());
  const readCardsInForce = openCardsInForce();
  const scorePeople = createScorePeople();
  // The embedded database has one connection; a server computes side by side, and keeps some for the gateway.
  const workers = store.engine === "embedded" ? 1 : Math.min(availableParallelism(), workersLimit);
  let running: Promise<{ people: number }> | undefined;
  let again = false;

  async function readCards(transaction: Queryable): Promise<CardsInForce> {
    const cards = await readCardsInForce(transaction);
    cardVersion = cards.champion.cardVersion;
    return cards;
  }

  async function score(transaction: Transaction, people: People): Promise<void> {
    const cards = await readCards(transaction);
    await scorePeople(transaction, cards, people, { asOfMonth: asOfMonth(), scoredAt: instantToText(clock.now()) });
  }

  /**
   * Taking the marks and reading the records are two statements: the first waits for a feedback batch that is marking
   * the same people, and only a statement that starts afterwards sees what that batch has stored. Both lock marks in
   * the order of their key, so that neither waits for the other in turn.
   */
  function scoreMarks(slice: number): Promise<SliceOutcome> {
    return store.transaction(async (transaction) => {
      if (!(await tryLockSlice(transaction, slice))) return "held elsewhere";
      await transaction.execute(lazyCommit);
      const [taken] = await transaction.query<{ people: number; buckets: string | null; person_ids: string | null }>(
        `with locked as materialized (
           select bucket, person_id from rescore_mark where bucket >= $1 and bucket < $2
           order by bucket, person_id limit $3 for update
         ), taken as (
           delete from rescore_mark using locked where rescore_mark.bucket = locked.bucket and rescore_mark.person_id = locked.person_id
         )
         select count(*) as people, array_agg(bucket)::text as buckets, array_agg(person_id)::text as person_ids from locked`,
        [slice * bucketsInSlice, (slice + 1) * bucketsInSlice, marksLimit],
      );
      if (taken === undefined || taken.buckets === null || taken.person_ids === null) return "none free";
      await score(transaction, { selection: "people", buckets: taken.buckets, personIds: taken.person_ids });
      return taken.people;
    });
  }

  /**
   * The next people of a slice. How far its buckets have come is written with the scores, so that a crash repeats
   * nothing and skips nobody. Where everybody was begun anew meanwhile, with another card or month, these people are
   * not counted: they come again.
   */
  function scoreRange(slice: number): Promise<SliceOutcome> {
    return store.transaction(async (transaction) => {
      if (!(await tryLockSlice(transaction, slice))) return "held elsewhere";
      await transaction.execute(lazyCommit);
      const end = (slice + 1) * bucketsInSlice;
      const [after] = await transaction.query<Place & { scoredWith: string }>(
        `select bucket, after_person_id as "personId", scored_with as "scoredWith" from rescore_progress where bucket >= $1 and bucket < $2 and not done order by bucket limit 1`,
        [slice * bucketsInSlice, end],
      );
      if (after === undefined) return "none free";
      const [last] = await transaction.query<Place>(
        `select bucket, person_id as "personId" from person where (bucket, person_id) > ($1::smallint, $2::uuid) and bucket < $3
         order by bucket, person_id offset $4 limit 1`,
        [after.bucket, after.personId, end, rangeLimit - 1],
      );
      const upTo = last ?? { bucket: end - 1, personId: lastPersonId };
      await score(transaction, { selection: "range", after, upTo });
      const [row] = await transaction.query<{ people: number }>(
        `with counted as (
           select bucket, count(*)::int as people from person
           where (bucket, person_id) > ($1::smallint, $2::uuid) and (bucket, person_id) <= ($3::smallint, $4::uuid) group by bucket
         ), moved as (
           update rescore_progress set people = people + coalesce((select people from counted where counted.bucket = rescore_progress.bucket), 0),
             after_person_id = case when bucket = $3 then $4::uuid else after_person_id end, done = bucket < $3 or $4::uuid = $5::uuid
           where bucket between $1 and $3 and scored_with = $6
         )
         select coalesce(sum(people), 0)::int as people from counted`,
        [after.bucket, after.personId, upTo.bucket, upTo.personId, lastPersonId, after.scoredWith],
      );
      return row?.people ?? 0;
    });
  }

  /** Marked people first, whatever else is under way; then the next bucket of everybody. */
  async function scoreNext(): Promise<{ people: number; left: boolean; held: boolean }> {
    const scoredMarks = await takeFirst(await slicesWith("rescore_mark"), scoreMarks);
    if (typeof scoredMarks === "number") return { people: scoredMarks, left: true, held: false };
    const scoredRange = await takeFirst(await slicesWith("rescore_progress", "and not done"), scoreRange);
    if (typeof scoredRange === "number") return { people: scoredRange, left: true, held: false };
    const held = scoredMarks === "held elsewhere" || scoredRange === "held elsewhere";
    return { people: 0, left: held, held };
  }

  async function slicesWith(table: "rescore_mark" | "rescore_progress", where = ""): Promise<number[]> {
    const rows = await store.query<{ slice: number }>(
      `select slice from generate_series(0, ${slices - 1}) slice
       where exists (select from ${table} where bucket >= slice * ${bucketsInSlice} and bucket < (slice + 1) * ${bucketsInSlice} ${where})`,
    );
    return rows.map(({ slice }) => slice);
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
      const scored = run().catch((error: unknown) =>
        options.log.error({ err: error }, "rescoring failed; the marks stay"),
      );
      await Promise.race([scored, delay(timeoutMs, undefined, { ref: false })]);
    },
    async markAllIfStale() {
      await ensureChampion(store, clock, firstCard);
      return store.transaction(async (transaction) => {
        const { champion, challenger } = await readCards(transaction);
        const state = {
          cardVersion: champion.cardVersion,
          asOfMonth: asOfMonth(),
          challenger: challenger?.cardVersion ?? null,
        };
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
    async scoreWithin(transaction, { bucket, personId }) {
      await lockSlice(transaction, sliceOf(bucket));
      await score(transaction, { selection: "people", buckets: `{${bucket}}`, personIds: `{${personId}}` });
    },
    async progress() {
      const [row] = await store.query<{ scored_with: string | null; done: number; people: number; marked: number }>(
        `select min(scored_with) as scored_with, count(*) filter (where done) as done, coalesce(sum(people), 0)::bigint as people,
                (select count(*) from rescore_mark) as marked
         from rescore_progress`,
      );
      return {
        scoredWith: row?.scored_with ?? "",
        bucketsDone: row?.done ?? 0,
        people: row?.people ?? 0,
        marked: row?.marked ?? 0,
      };
    },
  };
}

/** How many people were scored; or why nobody was: another worker is at the slice, or there is nothing to take in it. */
type SliceOutcome = number | "held elsewhere" | "none free";

/** Scores people of the first slice in which there is somebody to score. */
async function takeFirst(
  places: readonly number[],
  take: (slice: number) => Promise<SliceOutcome>,
): Promise<SliceOutcome> {
  let held = false;
  for (const slice of places) {
    const taken = await take(slice);
    if (typeof taken === "number") return taken;
    held ||= taken === "held elsewhere";
  }
  return held ? "held elsewhere" : "none free";
}

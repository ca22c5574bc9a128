import type { MonthIndex } from "../clock.ts";
import type { Queryable } from "../store/store.ts";
import type { Card } from "./card/card.ts";
import { type PeopleSelection, compileCard } from "./card/compile.ts";

/**
 * Buckets are scored by slices, neighbours together: a slice is one worker's at a time, whether it scores marked people
 * or everybody, so that no two append to one person. Eight leave room for as many workers and keep statements long.
 */
export const bucketsInSlice = 32;
export const slices = 256 / bucketsInSlice;
/** Any fixed number: the lock of a slice, by its number. */
const sliceLock = 730_001;

export function sliceOf(bucket: number): number {
  return Math.floor(bucket / bucketsInSlice);
}

/** Takes a slice until the transaction ends, or gives false at once where somebody else is at it. */
export async function tryLockSlice(transaction: Queryable, slice: number): Promise<boolean> {
  const [row] = await transaction.query<{ held: boolean }>(
    "select pg_try_advisory_xact_lock($1::int, $2::int) as held",
    [sliceLock, slice],
  );
  return row?.held === true;
}

/** Takes a slice until the transaction ends, after whoever is at it: a batch, about a second. */
export async function lockSlice(transaction: Queryable, slice: number): Promise<void> {
  await transaction.query("select pg_advisory_xact_lock($1::int, $2::int)", [sliceLock, slice]);
}

export const firstPersonId = "00000000-0000-0000-0000-000000000000";
export const lastPersonId = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/** A place in the order of the store. */
export interface Place {
  readonly bucket: number;
  readonly personId: string;
}

export type People =
  /** PostgreSQL arrays as text, pairwise. */
  | { readonly selection: "people"; readonly buckets: string; readonly personIds: string }
  | { readonly selection: "range"; readonly after: Place; readonly upTo: Place };

export interface CardInForce {
  readonly cardVersion: string;
  readonly card: Card;
}

export interface CardsInForce {
  readonly champion: CardInForce;
  readonly challenger: CardInForce | undefined;
}

const cardsKept = 32;

/**
 * Reads which cards are in force. That is read anew for each batch, so that an activation by another process counts at
 * once. The body of a card never changes and may be long, so it is read once.
 */
export function openCardsInForce(): (store: Queryable) => Promise<CardsInForce> {
  const known = new Map<string, Card>();
  async function cardOf(store: Queryable, cardVersion: string): Promise<CardInForce> {
    const kept = known.get(cardVersion);
    if (kept !== undefined) return { cardVersion, card: kept };
    const [row] = await store.query<{ body: Card }>("select body from card where card_version = $1", [cardVersion]);
    if (row === undefined) throw new Error(`there is no card ${cardVersion}`);
    if (known.size >= cardsKept) known.clear();
    known.set(cardVersion, row.body);
    return { cardVersion, card: row.body };
  }
  return async (store) => {
    const rows = await store.query<{ card_version: string; state: string }>(
      "select card_version, state from card where state in ('champion', 'shadow')",
    );
    const versionOf = (state: string): string | undefined => rows.find((row) => row.state === state)?.card_version;
    const [champion, challenger] = [versionOf("champion"), versionOf("shadow")];
    if (champion === undefined) throw new Error("no card is in force");
    return {
      champion: await cardOf(store, champion),
      challenger: challenger === undefined ? undefined : await cardOf(store, challenger),
    };
  };
}

export type ScorePeople = (
  transaction: Queryable,
  cards: CardsInForce,
  people: People,
  at: { asOfMonth: MonthIndex; scoredAt: string },
) => Promise<void>;

/**
 * The champion's scores and the challenger's, in the caller's transaction, which holds the people's slice. Each card is
 * compiled once for each way of asking and table.
 */
export function createScorePeople(): ScorePeople {
  const known = new Map<string, string>();
  const statement = (
    { cardVersion, card }: CardInForce,
    selection: PeopleSelection,
    table: "score" | "shadow_score",
  ): string => {
    const key = `${cardVersion} ${selection} ${table}`;
    const sql = known.get(key) ?? compileCard(card, selection, table);
    if (known.size >= cardsKept) known.clear();
    known.set(key, sql);
    return sql;
  };
  return async (transaction, { champion, challenger }, people, { asOfMonth, scoredAt }) => {
    await transaction.execute(planning[people.selection]);
    const [first, rest] =
      people.selection === "people"
        ? [[people.buckets, people.personIds], []]
        : [
            [people.after.bucket, people.after.personId],
            [people.upTo.bucket, people.upTo.personId],
          ];
    const parametersOf = ({ cardVersion }: CardInForce): (string | number)[] => [
      ...first,
      asOfMonth,
      ...rest,
      cardVersion,
      scoredAt,
    ];
    if (challenger !== undefined)
      await transaction.query(statement(challenger, people.selection, "shadow_score"), parametersOf(challenger));
    await transaction.query(statement(champion, people.selection, "score"), parametersOf(champion));
  };
}

/**
 * A plan made while the scores were few must not read them from end to end when they are many; compiling takes longer
 * than running. A few people are scored by a plan that is kept, a range by one that knows how long it is; both with memory
 * to group their people in, about a kilobyte each.
 */
const grouping = "set local enable_seqscan = off; set local jit = off; set local work_mem = '64MB'";
export const rangePlanning = `${grouping}; set local plan_cache_mode = force_custom_plan`;
const planning: Record<PeopleSelection, string> = {
  people: `${grouping}; set local plan_cache_mode = force_generic_plan`,
  range: rangePlanning,
};

/**
 * A commit that need not wait for the disk. Should the database die before the commit is there, its marks and its
 * progress are lost with its scores, and the scores are computed again. An inquiry that has read such a score does
 * wait, and what it waits for includes what it has read.
 */
export const lazyCommit = "set local synchronous_commit = off";

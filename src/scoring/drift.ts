import { type Clock, type Instant, instantToText, type MonthIndex, monthToText } from "../clock.ts";
import type { Queryable, Store } from "../store/store.ts";
import { pointsSql } from "./card/compile.ts";
import { featureNamed } from "./card/features.ts";
import { CardError, findCard, type StoredCard } from "./cards.ts";
import { stabilityIndex } from "./training/ranking.ts";

/** How far the people of one month lie from those of another, by the points they got; below 0.1 calm, above 0.25 act. */
export interface Drift {
  readonly cardVersion: string;
  readonly people: readonly [before: number, now: number];
  readonly notScored: readonly [before: number, now: number];
  /** The drift of the score itself, by bands of fifty points. */
  readonly score: number;
  readonly verdict: Verdict;
  readonly features: readonly {
    readonly feature: string;
    readonly meaning: string;
    readonly index: number;
    readonly verdict: Verdict;
  }[];
}

export type Verdict = "calm" | "watch" | "act";

const watchFrom = 0.1;
const actFrom = 0.25;

/** Compares two months. A month that not everybody was scored for is refused with a CardError. */
export async function driftReport(
  store: Queryable,
  months: { before: number; now: number },
  version: string,
): Promise<Drift> {
  const found = await findCard(store, version);
  for (const month of [months.before, months.now]) await refuseUnlessWhole(store, found.cardVersion, month);
  return driftOf(store, found, months);
}

/** Whether everybody was scored with a card for a month: a report of it was kept then, or it is what was done last. */
async function scoredWhole(store: Queryable, cardVersion: string, month: number): Promise<boolean> {
  const [row] = await store.query<{ whole: boolean }>(
    `select exists (select from drift_report where card_version = $1 and month = $2)
         or exists (select from setting where name = 'scored_with' and value ->> 'cardVersion' = $1 and (value ->> 'asOfMonth')::int = $2)
            and exists (select from rescore_progress) and not exists (select from rescore_progress where not done) as whole`,
    [cardVersion, month],
  );
  return row?.whole === true;
}

async function refuseUnlessWhole(store: Queryable, cardVersion: string, month: number): Promise<void> {
  if (await scoredWhole(store, cardVersion, month)) return;
  throw new CardError(
    `not everybody has been scored with card ${cardVersion} for ${monthToText(month as MonthIndex)}: a part of the people cannot be compared with all of another month's`, // Asked for as one.
  );
}

async function driftOf(store: Queryable, found: StoredCard, months: { before: number; now: number }): Promise<Drift> {
  const [before, now] = [
    await pointsOfMonth(store, found, months.before),
    await pointsOfMonth(store, found, months.now),
  ];
  const indexAt = (place: number): number => {
    const points = [
      ...new Set([...before.counts, ...now.counts].filter((each) => each.place === place).map((each) => each.points)),
    ].sort((left, right) => left - right);
    const of = (counts: readonly PointCount[]): number[] =>
      points.map((each) => counts.find((count) => count.place === place && count.points === each)?.people ?? 0);
    return stabilityIndex(of(before.counts), of(now.counts));
  };
  return {
    cardVersion: found.cardVersion,
    people: [before.people, now.people],
    notScored: [before.notScored, now.notScored],
    score: indexAt(0),
    verdict: verdictOf(indexAt(0)),
    features: found.card.characteristics.map(({ feature }, index) => {
      const value = indexAt(index + 1);
      return { feature, meaning: featureNamed(feature).meaning.en, index: value, verdict: verdictOf(value) };
    }),
  };
}

function verdictOf(index: number): Verdict {
  return index >= actFrom ? "act" : index >= watchFrom ? "watch" : "calm";
}

interface PointCount {
  /** 0 is the score itself, by bands of fifty points; 1 is the first characteristic. */
  readonly place: number;
  readonly points: number;
  readonly people: number;
}

async function pointsOfMonth(
  store: Queryable,
  { cardVersion, card }: StoredCard,
  month: number,
): Promise<{ people: number; notScored: number; counts: PointCount[] }> {
  const counts = await store.query<{ place: number; points: number | null; people: number }>(
    `with latest as (
       select distinct on (bucket, person_id) score, features from score
       where as_of_month = $1 and card_version = $2 order by bucket, person_id, scored_at desc
     ), pointed as (
       select ${pointsSql(card, (_feature, index) => `features[${index + 1}]`)} as points from latest where score is not null
     )
     select 0 as place, score / 50 * 50 as points, count(*) as people from latest group by 2
     union all
     select place::int, each, count(*) from pointed cross join unnest(points) with ordinality as told(each, place) group by 1, 2`,
    [month, cardVersion],
  );
  const scores = counts.filter(({ place }) => place === 0);
  return {
    people: scores.reduce((sum, { people }) => sum + people, 0),
    notScored: scores.find(({ points }) => points === null)?.people ?? 0,
    counts: counts.flatMap(({ place, points, people }) => (points === null ? [] : [{ place, points, people }])),
  };
}

/** A report that was made by itself when everybody had been scored for a month. */
export interface KeptDrift {
  readonly month: string;
  readonly against: string;
  readonly madeAt: string;
  /** Undefined where not everybody was scored with this card the month before: there is nothing to compare with. */
  readonly drift: Drift | undefined;
  readonly cardVersion: string;
}

const reportsListed = 60;

/**
 * Makes and keeps the report of the month that everybody has just been scored for, once for a card and month, whichever
 * process comes first. Undefined while they are being scored, and when it is kept already.
 */
export async function keepDriftReport(store: Store, clock: Clock): Promise<KeptDrift | undefined> {
  const [due] = await store.query<{ card_version: string; month: number }>(
    `select card_version, month from (
       select scored.value ->> 'cardVersion' as card_version, (scored.value ->> 'asOfMonth')::smallint as month from setting scored where scored.name = 'scored_with'
     ) scored
     where exists (select from rescore_progress) and not exists (select from rescore_progress where not done)
       and not exists (select from drift_report kept where kept.card_version = scored.card_version and kept.month = scored.month and kept.against = scored.month - 1)`,
  );
  if (due === undefined) return undefined;
  const before = due.month - 1;
  const comparable = await scoredWhole(store, due.card_version, before);
  const drift = comparable
    ? await driftOf(store, await findCard(store, due.card_version), { before, now: due.month })
    : undefined;
  const body = drift === undefined || drift.people[0] === 0 ? null : JSON.stringify(drift);
  const kept = await store.query<KeptRow>(
    `insert into drift_report (card_version, month, against, made_at, body) values ($1, $2, $3, $4, coalesce($5::jsonb, 'null'))
     on conflict (card_version, month, against) do nothing returning card_version, month, against, made_at, body`,
    [due.card_version, due.month, before, instantToText(clock.now()), body],
  );
  return kept[0] && keptOf(kept[0]);
}

interface KeptRow {
  card_version: string;
  month: number;
  against: number;
  made_at: Instant;
  body: Drift | null;
}

function keptOf(row: KeptRow): KeptDrift {
  const text = (month: number): string => monthToText(month as MonthIndex); // Stored from one.
  return {
    month: text(row.month),
    against: text(row.against),
    madeAt: instantToText(row.made_at),
    cardVersion: row.card_version,
    drift: row.body ?? undefined,
  };
}

/** The newest first. */
export async function listDriftReports(store: Queryable): Promise<KeptDrift[]> {
  const rows = await store.query<KeptRow>(
    "select card_version, month, against, made_at, body from drift_report order by month desc, made_at desc limit $1",
    [reportsListed],
  );
  return rows.map(keptOf);
}

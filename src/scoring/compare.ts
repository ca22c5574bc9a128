import type { Queryable } from "../store/store.ts";
import { pointsSql } from "./card/compile.ts";
import { bands } from "./card/explain.ts";
import { featureNamed } from "./card/features.ts";
import { type StoredCard, findCard } from "./cards.ts";
import { stabilityIndex } from "./training/ranking.ts";

/** Whom the challenger would have put into another band than the champion: a row a pair of bands. */
export interface SwapSet {
  readonly people: number;
  readonly meanDifference: number;
  readonly pairs: readonly { readonly champion: string; readonly challenger: string; readonly people: number }[];
}

const latestOf = (table: string): string =>
  `select distinct on (bucket, person_id) bucket, person_id, card_version, score from ${table} order by bucket, person_id, scored_at desc`;

const bandSql = (score: string): string =>
  `case when ${score} is null then 'N/A' ${bands.toReversed().map(({ from, name }) => `when ${score} >= ${from} then '${name.zh}'`).join(" ")} end`;

export async function swapSet(store: Queryable): Promise<SwapSet> {
  const pairs = await store.query<{ champion: string; challenger: string; people: number; difference: number | null }>(
    `with champion as (${latestOf("score")}), challenger as (
       select latest.* from (${latestOf("shadow_score")}) latest
       join card on card.card_version = latest.card_version and card.state = 'shadow'
     )
     select ${bandSql("champion.score")} as champion, ${bandSql("challenger.score")} as challenger, count(*) as people,
            sum(challenger.score - champion.score)::bigint as difference
     from champion join challenger using (bucket, person_id) group by 1, 2 order by 1, 2`,
  );
  const people = pairs.reduce((sum, pair) => sum + pair.people, 0);
  const difference = pairs.reduce((sum, pair) => sum + (pair.difference ?? 0), 0);
  return {
    people,
    meanDifference: people === 0 ? 0 : difference / people,
    pairs: pairs.map(({ champion, challenger, people: count }) => ({ champion, challenger, people: count })),
  };
}

/** How far the people of one month lie from those of another, by the points they got; below 0.1 calm, above 0.25 act. */
export interface Drift {
  readonly cardVersion: string;
  readonly people: readonly [before: number, now: number];
  readonly notScored: readonly [before: number, now: number];
  readonly score: number;
  readonly features: readonly { readonly feature: string; readonly meaning: string; readonly index: number; readonly verdict: "calm" | "watch" | "act" }[];
}

const watchFrom = 0.1;
const actFrom = 0.25;

export async function driftReport(store: Queryable, months: { before: number; now: number }, version: string): Promise<Drift> {
  const found = await findCard(store, version);
  const [before, now] = [await pointsOfMonth(store, found, months.before), await pointsOfMonth(store, found, months.now)];
  const indexAt = (place: number): number => {
    const points = [...new Set([...before.counts, ...now.counts].filter((each) => each.place === place).map((each) => each.points))].sort((left, right) => left - right);
    const of = (counts: readonly PointCount[]): number[] => points.map((each) => counts.find((count) => count.place === place && count.points === each)?.people ?? 0);
    return stabilityIndex(of(before.counts), of(now.counts));
  };
  return {
    cardVersion: found.cardVersion,
    people: [before.people, now.people],
    notScored: [before.notScored, now.notScored],
    score: indexAt(0),
    features: found.card.characteristics.map(({ feature }, index) => {
      const value = indexAt(index + 1);
      return { feature, meaning: featureNamed(feature).meaning.en, index: value, verdict: value >= actFrom ? "act" : value >= watchFrom ? "watch" : "calm" };
    }),
  };
}

interface PointCount {
  /** 0 is the score itself, by bands of fifty points; 1 is the first characteristic. */
  readonly place: number;
  readonly points: number;
  readonly people: number;
}

async function pointsOfMonth(store: Queryable, { cardVersion, card }: StoredCard, month: number): Promise<{ people: number; notScored: number; counts: PointCount[] }> {
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

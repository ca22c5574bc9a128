import { type MonthIndex, monthToText } from "../clock.ts";
import type { Queryable, Store } from "../store/store.ts";
import type { Card } from "./card/card.ts";
import { featuresSql, naReasonSql, scoreSql } from "./card/compile.ts";
import { bands } from "./card/explain.ts";
import { featureNamed } from "./card/features.ts";
import { findCard, type StoredCard } from "./cards.ts";
import { bucketsInSlice, firstPersonId, lastPersonId, rangePlanning, slices } from "./score-people.ts";

/** Whom the challenger would have put into another band than the champion: a row a pair of bands. */
export interface SwapSet {
  readonly people: number;
  readonly meanDifference: number;
  readonly pairs: readonly { readonly champion: string; readonly challenger: string; readonly people: number }[];
}

const latestOf = (table: string): string =>
  `select distinct on (bucket, person_id) bucket, person_id, card_version, score from ${table} order by bucket, person_id, scored_at desc`;

const bandSql = (score: string): string =>
  `case when ${score} is null then 'N/A' ${bands
    .toReversed()
    .map(({ from, name }) => `when ${score} >= ${from} then '${name.zh}'`)
    .join(" ")} end`;

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

/** Two cards on the same people: how many each puts into each band, and who changes bands. */
export interface CardComparison {
  readonly asOf: string;
  readonly cards: readonly [left: ComparedCard, right: ComparedCard];
  readonly people: number;
  /** How many people are in another band with the second card than with the first; "N/A" is a band too. */
  readonly moved: number;
  /** The second card's score less the first's, on average over those whom both score. */
  readonly meanDifference: number;
  readonly bands: readonly { readonly band: string; readonly people: readonly [left: number, right: number] }[];
  readonly pairs: readonly { readonly from: string; readonly to: string; readonly people: number }[];
}

export interface ComparedCard {
  readonly cardVersion: string;
  readonly title: string;
}

/**
 * Scores everybody with both cards as of a month, slice by slice, and keeps none of it: any two versions can be
 * compared, also those that were never in use. It reads all records once; nobody waits for it.
 */
export async function compareCards(
  store: Store,
  asOf: MonthIndex,
  versions: readonly [left: string, right: string],
): Promise<CardComparison> {
  const [left, right] = [await findCard(store, versions[0]), await findCard(store, versions[1])];
  const sql = comparisonSql(left.card, right.card);
  const counted = new Map<string, { from: string; to: string; people: number }>();
  let [people, moved, difference, both] = [0, 0, 0, 0];
  for (let slice = 0; slice < slices; slice += 1) {
    const rows = await store.transaction(async (transaction) => {
      await transaction.execute(rangePlanning);
      const parameters = [slice * bucketsInSlice, firstPersonId, asOf, (slice + 1) * bucketsInSlice - 1, lastPersonId];
      return transaction.query<{ from: string; to: string; people: number; both: number; difference: number | null }>(
        sql,
        parameters,
      );
    });
    for (const row of rows) {
      const key = `${row.from} ${row.to}`;
      counted.set(key, { from: row.from, to: row.to, people: (counted.get(key)?.people ?? 0) + row.people });
      people += row.people;
      moved += row.from === row.to ? 0 : row.people;
      difference += row.difference ?? 0;
      both += row.both;
    }
  }
  const pairs = [...counted.values()];
  const inBand = (name: string, side: "from" | "to"): number =>
    pairs.reduce((sum, pair) => sum + (pair[side] === name ? pair.people : 0), 0);
  const told = ({ cardVersion, card }: StoredCard): ComparedCard => ({ cardVersion, title: card.title.en });
  return {
    asOf: monthToText(asOf),
    cards: [told(left), told(right)],
    people,
    moved,
    meanDifference: both === 0 ? 0 : difference / both,
    bands: ["N/A", ...bands.map(({ name }) => name.zh)].map((band) => ({
      band,
      people: [inBand(band, "from"), inBand(band, "to")],
    })),
    pairs,
  };
}

function comparisonSql(left: Card, right: Card): string {
  const names = new Set([...left.characteristics, ...right.characteristics].map(({ feature }) => feature));
  const scored = (card: Card): string => `case when (${naReasonSql(card)}) is null then ${scoreSql(card)} end`;
  return `${featuresSql([...names].map(featureNamed), "range")}, scored as (
  select ${scored(left)} as left_score, ${scored(right)} as right_score
  from asked left join featured using (bucket, person_id)
  offset 0
)
select ${bandSql("left_score")} as from, ${bandSql("right_score")} as to, count(*) as people,
       count(right_score - left_score) as both, sum(right_score - left_score)::bigint as difference
from scored group by 1, 2 order by 1, 2`;
}

import { followingMonth, instantOfBeijingTime, instantToText, type MonthIndex, monthToText } from "../clock.ts";
import { type PersonKey, personOf } from "../consent/people.ts";
import type { Vault } from "../keys/vault.ts";
import type { Queryable } from "../store/store.ts";
import { featuresSql, naReasonSql } from "./card/compile.ts";
import type { Feature } from "./card/feature.ts";
import { features } from "./card/features.ts";
import { defaultFit } from "./training/train.ts";

/** More are asked for in several requests. */
export const trainingRowsLimit = 2_000;

export interface Labelled {
  readonly credentialsType: string;
  readonly credentialsNo: string;
}

/** What the outcome must not be told by: why a request for features is refused. */
export class LeakError extends Error {
  override readonly name = "LeakError";
}

/** As of when training looks at people, and what it may know. */
export interface Observation {
  readonly asOf: MonthIndex;
  /** The first month of the outcome: later than the as-of month, which is read. */
  readonly outcomeFrom: MonthIndex;
  /** The month in which this installation stands. What it knows of that month is all that has been fed back. */
  readonly current: MonthIndex;
  /** Also reads what was fed back after the as-of month was over, as history loaded later was. */
  readonly fedBackLater: boolean;
}

/**
 * The features of these people as of a month, for training: in the catalogue's order, or null for somebody who would
 * have had no score then. They are what scoring computed at the end of that month: the same statement, the same window,
 * and no record that was fed back after it, unless that is asked for. A record that was overwritten later is known only
 * as of then. An outcome that does not begin after the as-of month is refused: the features would tell it.
 */
export async function trainingRows(
  store: Queryable,
  vault: Vault,
  people: readonly Labelled[],
  observation: Observation,
): Promise<((number | null)[] | null)[]> {
  if (observation.outcomeFrom <= observation.asOf) {
    throw new LeakError(
      `the features as of ${monthToText(observation.asOf)} read that month, so the outcome must begin after it: look at people as of a month before ${monthToText(observation.outcomeFrom)}`,
    );
  }
  const keys = people.map((each) => personOf(vault, each.credentialsType, each.credentialsNo));
  return observedFeatures(store, keys, observation);
}

/** The same for people whose keys are known. */
export async function observedFeatures(
  store: Queryable,
  keys: readonly PersonKey[],
  { asOf, current, fedBackLater }: Omit<Observation, "outcomeFrom">,
): Promise<((number | null)[] | null)[]> {
  const knownAtTheTime = asOf < current && !fedBackLater;
  const end = instantOfBeijingTime(`${monthToText(followingMonth(asOf))}-01 00:00:00`);
  const rows = await store.query<{ person_id: string; na_reason: string | null; features: (number | null)[] }>(
    trainingSql,
    [
      keys.map(({ bucket }) => bucket),
      keys.map(({ personId }) => personId),
      asOf,
      knownAtTheTime ? instantToText(end) : "infinity",
    ],
  );
  const byPerson = new Map(rows.map((row) => [row.person_id, row]));
  return keys.map(({ personId }) => {
    const row = byPerson.get(personId);
    return row === undefined || row.na_reason !== null ? null : row.features;
  });
}

/** What each of these people would be answered now: a score, "N/A", or null where nobody ever scored them. */
export async function scoresOf(
  store: Queryable,
  vault: Vault,
  people: readonly Labelled[],
): Promise<(string | null)[]> {
  const keys = people.map((each) => personOf(vault, each.credentialsType, each.credentialsNo));
  const rows = await store.query<{ score: number | null; scored: boolean }>(
    `select latest.score, latest.person_id is not null as scored
     from unnest($1::smallint[], $2::uuid[]) with ordinality as asked(bucket, person_id, place)
     left join lateral (
       select score.person_id, score.score from score
       where score.bucket = asked.bucket and score.person_id = asked.person_id order by scored_at desc limit 1
     ) latest on true
     order by place`,
    [keys.map(({ bucket }) => bucket), keys.map(({ personId }) => personId)],
  );
  return rows.map(({ score, scored }) => (score !== null ? String(score) : scored ? "N/A" : null));
}

const catalogue: readonly Feature[] = features;
const trainingSql = `${featuresSql(catalogue, "people", "$4::timestamptz")}
select person_id, ${naReasonSql(defaultFit)} as na_reason,
       array[${catalogue.map(({ name }) => `f_${name}`).join(", ")}]::int[] as features
from featured`;

import type { MonthIndex } from "../clock.ts";
import { normaliseCredentialsNo, personKey } from "../consent/people.ts";
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

/**
 * The features of these people as of a month, for training: in the catalogue's order, or null for somebody who would
 * have had no score then. Records of the outcome's own months are never read, and an outcome that begins before the
 * as-of month is refused: the features would tell it.
 */
export async function trainingRows(
  store: Queryable,
  vault: Vault,
  people: readonly Labelled[],
  months: { asOf: MonthIndex; outcomeFrom: MonthIndex },
): Promise<((number | null)[] | null)[]> {
  if (months.outcomeFrom < months.asOf) {
    throw new LeakError("the outcome's first month lies before the as-of month: the features would know the outcome");
  }
  const keys = people.map((each) => personKey(vault, each.credentialsType, normaliseCredentialsNo(each.credentialsNo)));
  const rows = await store.query<{ person_id: string; na_reason: string | null; features: (number | null)[] }>(
    trainingSql,
    [
      keys.map(({ bucket }) => bucket),
      keys.map(({ personId }) => personId),
      months.asOf,
      Math.min(months.asOf, months.outcomeFrom - 1),
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
  const keys = people.map((each) => personKey(vault, each.credentialsType, normaliseCredentialsNo(each.credentialsNo)));
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
const trainingSql = `${featuresSql(catalogue, "people", "$4::int")}
select person_id, ${naReasonSql(defaultFit)} as na_reason,
       array[${catalogue.map(({ name }) => `f_${name}`).join(", ")}]::int[] as features
from featured`;

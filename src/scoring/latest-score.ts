import type { PersonKey } from "../consent/people.ts";
import type { Queryable } from "../store/store.ts";
import type { NaReason } from "./card/card.ts";

export interface StoredScore {
  readonly score: number | null;
  readonly naReason: NaReason | null;
  readonly cardVersion: string;
  readonly asOfMonth: number;
}

/** What an inquiry about this person would be answered with now; undefined when nobody ever scored them. */
export async function latestScore(store: Queryable, person: PersonKey): Promise<StoredScore | undefined> {
  const [row] = await store.query<{
    score: number | null;
    na_reason: NaReason | null;
    card_version: string;
    as_of_month: number;
  }>(
    `select score, na_reason, card_version, as_of_month from score
     where bucket = $1 and person_id = $2 order by scored_at desc limit 1`,
    [person.bucket, person.personId],
  );
  return (
    row && { score: row.score, naReason: row.na_reason, cardVersion: row.card_version, asOfMonth: row.as_of_month }
  );
}

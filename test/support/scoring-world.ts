import { expect } from "vitest";
import type { MonthIndex } from "#kaimen/clock.ts";
import type { Card } from "#kaimen/scoring/card/card.ts";
import { compileCard } from "#kaimen/scoring/card/compile.ts";
import type { Store } from "#kaimen/store/store.ts";

export const scoringMonth = (2026 * 12 + 10) as MonthIndex;

/** So many people of one merchant, each with six months paid. */
export async function addPeople(store: Store, people: number): Promise<void> {
  await store.query(
    "insert into merchant (merchant_id, name, created_at) values ('2088000000000018', 'a', '2026-01-01Z')",
  );
  await store.query(
    `insert into person (bucket, person_id, credentials_type, credentials_no_sealed, created_at)
     select get_byte(decode(substr(md5(number::text), 1, 2), 'hex'), 0), md5(number::text)::uuid, '0', ''::bytea, '2026-01-01Z' from generate_series(1, $1::int) number`,
    [people],
  );
  await store.query(
    `insert into feedback_record (bucket, person_id, merchant_id, record_id, name_id, template, stage, month, order_no, biz_type, order_status,
                                  settled, create_amt_fen, overdue_cnt, batch_id, fed_back_at)
     select bucket, person_id, '2088000000000018', md5(person_id::text || age)::uuid, person_id, 't', 'performance', ${scoringMonth} - age, 'O', '1', '04', false, 10000, 0, 'b', '2026-01-01Z'
     from person cross join generate_series(1, 6) age order by bucket, person_id, age`,
  );
}

/** As a feedback batch does: other records and the marks of their people, in one transaction. */
export function reportAgain(store: Store, overdue: number): Promise<void> {
  return store.transaction(async (transaction) => {
    const touched = `select bucket, person_id from person where abs(hashtext(person_id::text || $1)) % 40 = 0`;
    await transaction.query(
      `update feedback_record set overdue_cnt = $2 where month = ${scoringMonth - 1} and (bucket, person_id) in (${touched})`,
      [String(Math.random()), overdue],
    );
    await transaction.query(
      `insert into rescore_mark (bucket, person_id, marked_at)
       select distinct bucket, person_id, now() from feedback_record where overdue_cnt = $1 and month = ${scoringMonth - 1} order by bucket, person_id
       on conflict (bucket, person_id) do update set marked_at = excluded.marked_at`,
      [overdue],
    );
  });
}

/**
 * Holds what stands against what one worker alone would say of everybody now: nobody skipped, nobody wrong, nothing
 * appended that is the same as before. Gives how many lines there are beyond one a person.
 */
export async function expectAllScored(
  store: Store,
  people: number,
  { card, cardVersion }: { card: Card; cardVersion: string },
): Promise<number> {
  const [first, last] = ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"];
  await store.query(compileCard(card, "range", "shadow_score"), [
    0,
    first,
    scoringMonth,
    255,
    last,
    cardVersion,
    "2026-11-22T00:00:00Z",
  ]);
  const [told] = await store.query<{ people: number; right: number; twice: number; changed: number }>(
    `with latest as (
       select distinct on (bucket, person_id) * from score order by bucket, person_id, scored_at desc
     ), lines as (
       select row(score, na_reason, card_version, as_of_month, features) is not distinct from
              lag(row(score, na_reason, card_version, as_of_month, features)) over (partition by bucket, person_id order by scored_at) as same
       from score
     )
     select (select count(*) from latest) as people,
            (select count(*) from latest join shadow_score shadow using (bucket, person_id)
             where (latest.score, latest.features, latest.card_version) is not distinct from (shadow.score, shadow.features, shadow.card_version)) as right,
            (select count(*) from lines where same) as twice,
            (select count(*) from score) - (select count(*) from latest) as changed`,
  );
  expect(told).toMatchObject({ people, right: people, twice: 0 });
  return told?.changed ?? 0;
}

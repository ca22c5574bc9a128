import { monthIndexOf } from "#kaimen/clock.ts";
import type { Card } from "#kaimen/scoring/card/card.ts";
import { featureNamed, type FeatureName } from "#kaimen/scoring/card/features.ts";
import type { Store } from "#kaimen/store/store.ts";

export const asOfMonth = monthIndexOf(2026, 11);
export const recordsPerPerson = 10;

const names: readonly FeatureName[] = [
  "worst_overdue_1",
  "worst_overdue_3",
  "worst_overdue_6",
  "worst_overdue_12",
  "months_since_overdue",
  "months_since_overdue_2",
  "overdue_months_6",
  "serious_months_12",
  "decayed_overdue",
  "months_reported",
  "file_age",
  "amount_average_6",
  "amount_most_6",
  "amount_growth_1",
  "payment_ratio_1",
  "payment_ratio_6",
  "payment_least_6",
  "payment_sum_3",
  "credit_limit",
  "utilisation_3",
];

/** Twenty characteristics of five bins: the size of a trained card. Its points are made up. */
export const benchCard: Card = {
  title: { en: "Benchmark card", zh: "基准测试卡" },
  basePoints: 600,
  floor: 350,
  ceiling: 950,
  minimumData: { monthsReported: 3, newestMonths: 6 },
  characteristics: names.map((feature) => {
    const edges = featureNamed(feature).unit === "yuan" ? [1_000, 5_000, 10_000, 20_000] : [1, 3, 10, 40];
    return {
      feature,
      missingPoints: 0,
      bins: [...edges.map((below, index) => ({ below, points: 6 - index * 3 })), { points: -6 }],
    };
  }),
};

/** How the records lie: a person's together, or as they arrive, month after month. */
export type Order = "person" | "month";

/**
 * People whose ids are hashes of their numbers, and their records, made by the database itself. The same for everybody
 * who runs it with as many people.
 */
export async function loadPeople(store: Store, people: number, order: Order = "person"): Promise<void> {
  await store.query(
    "insert into merchant (merchant_id, name, created_at) values ('2088000000000018', 'bench', '2026-01-01Z')",
  );
  await store.query(
    `insert into person (bucket, person_id, credentials_type, credentials_no_sealed, created_at)
     select get_byte(decode(substr(md5(number::text), 1, 2), 'hex'), 0), md5(number::text)::uuid, '0', ''::bytea, '2026-01-01Z'
     from generate_series(1, $1::int) number order by 1, 2`,
    [people],
  );
  await store.query(
    `insert into feedback_record (bucket, person_id, merchant_id, record_id, name_id, template, stage, month, order_no, biz_type, order_status,
                                  settled, create_amt_fen, overdue_cnt, pay_amt_fen, credit_limit_fen, batch_id, fed_back_at)
     select bucket, person_id, '2088000000000018', md5(person_id::text || age)::uuid, person_id, 'standard', 'performance', $1 - age,
            'O' || substr(person_id::text, 1, 12), 'credit_card', case when late > 0 then 'OVERDUE' else 'REPAYING' end, false,
            amount, late, amount * (noise % 100) / 100, 2000000, 'bench', '2026-01-01Z'
     from (
       select bucket, person_id, age, noise, 10000 + noise % 1500000 as amount, case when noise % 11 = 0 then noise % 4 else 0 end as late
       from (
         select bucket, person_id, age, abs(hashtext(person_id::text || age)) as noise from person cross join generate_series(1, ${recordsPerPerson}) age
       ) drawn
     ) told
     order by ${order === "person" ? "bucket, person_id, age" : "age desc, bucket, person_id"}`,
    [asOfMonth],
  );
  await store.execute("vacuum analyze");
}

import type { Queryable } from "../store/store.ts";
import type { Card } from "./card/card.ts";
import { pointsSql } from "./card/compile.ts";
import { goldenVectors } from "./card/golden.ts";

/** Has the database add up a card's golden vectors with the very SQL that scores people. Throws where it disagrees. */
export async function checkGoldenVectors(store: Queryable, card: Card): Promise<number> {
  const vectors = goldenVectors(card);
  if (card.characteristics.length === 0) return vectors.length;
  const columns = card.characteristics.map(({ feature }, index) => `(vector ->> ${index})::int as f_${feature}`).join(", ");
  const rows = await store.query<{ points: number[]; score: number }>(
    `select points, greatest(${card.floor}, least(${card.ceiling}, ${card.basePoints} + (select sum(each) from unnest(points) each)))::int as score
     from (
       select place, ${pointsSql(card)} as points
       from (select place, ${columns} from jsonb_array_elements($1::jsonb) with ordinality as given(vector, place)) featured
     ) pointed order by place`,
    [JSON.stringify(vectors.map(({ values }) => values))],
  );
  vectors.forEach((vector, index) => {
    const row = rows[index];
    if (row?.score !== vector.score || JSON.stringify(row.points) !== JSON.stringify(vector.points)) {
      throw new Error(`the database gives ${JSON.stringify(row)} for ${JSON.stringify(vector)}`);
    }
  });
  return vectors.length;
}

import type { Queryable } from "../store/store.ts";
import type { Card } from "./card/card.ts";
import { pointsSql } from "./card/compile.ts";
import { goldenFault, goldenVectors, valuesOf, vectorFault } from "./card/golden.ts";

/**
 * Runs a card's golden vectors, those that it carries and those that its bins call for, through the arithmetic here and
 * through the very SQL that scores people on this database. Gives how many, or says which one differs.
 */
export async function checkGoldenVectors(
  store: Queryable,
  card: Card,
): Promise<{ vectors: number } | { fault: string }> {
  const fault = goldenFault(card);
  if (fault !== undefined) return { fault };
  const vectors = [...(card.goldenVectors ?? []), ...goldenVectors(card)];
  if (card.characteristics.length === 0) return { vectors: vectors.length };
  const columns = card.characteristics
    .map(({ feature }, index) => `(vector ->> ${index})::int as f_${feature}`)
    .join(", ");
  const rows = await store.query<{ raw: number; score: number }>(
    `select raw, greatest(${card.floor}, least(${card.ceiling}, raw))::int as score
     from (
       select place, (${card.basePoints} + (select sum(each) from unnest(${pointsSql(card)}) each))::int as raw
       from (select place, ${columns} from jsonb_array_elements($1::jsonb) with ordinality as given(vector, place)) featured
     ) added order by place`,
    [JSON.stringify(vectors.map((vector) => valuesOf(card, vector)))],
  );
  for (const [index, vector] of vectors.entries()) {
    const row = rows[index];
    if (row?.score !== vector.score || row.raw !== vector.scoreBeforeClip)
      return { fault: vectorFault(vector, "the database gives", row?.raw, row?.score) };
  }
  return { vectors: vectors.length };
}

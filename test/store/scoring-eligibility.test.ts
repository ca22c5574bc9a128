import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { compileCard } from "#kaimen/scoring/card/compile.ts";
import { expertCard } from "#kaimen/scoring/card/expert-card.ts";
import { bucketOfUuid } from "#kaimen/store/bucket.ts";
import type { Store } from "#kaimen/store/store.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";
import { scoringMonth } from "../support/scoring-world.ts";

const merchantId = "2088000000000018";

describeOnBothEngines("whether somebody has a score", (engine) => {
  let store: Store;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
    await store.query("insert into merchant (merchant_id, name, created_at) values ($1, 'a', '2026-01-01Z')", [
      merchantId,
    ]);
  });
  afterAll(() => close());

  interface Reported {
    /** How many months ago each record is of. */
    readonly ages: readonly number[];
    readonly stage?: "application";
    readonly names?: number;
    readonly held?: true;
    /** An operator said which name holds, when so many were known; all that there are by now are stored. */
    readonly weighed?: number;
  }
  /** Why there is no score, or that there is one. */
  async function judge({ ages, stage, names = 1, held, weighed }: Reported): Promise<string> {
    const personId = randomUUID();
    const bucket = bucketOfUuid(personId);
    await store.query(
      "insert into person (bucket, person_id, credentials_type, credentials_no_sealed, created_at) values ($1, $2, '0', ''::bytea, '2026-01-01Z')",
      [bucket, personId],
    );
    const nameIds = Array.from({ length: names }, () => randomUUID());
    for (const [index, age] of ages.entries()) {
      await store.query(
        `insert into feedback_record (bucket, person_id, merchant_id, record_id, name_id, template, stage, month, order_no, biz_type, order_status, settled, create_amt_fen, overdue_cnt, batch_id, fed_back_at)
         values ($1, $2, $3, $4, $5, 't', $6, $7, 'O', '1', '04', false, 10000, 0, 'b', '2026-01-01Z')`,
        [
          bucket,
          personId,
          merchantId,
          randomUUID(),
          nameIds[index % names] ?? "",
          stage ?? "performance",
          scoringMonth - age,
        ],
      );
    }
    for (const nameId of nameIds)
      await store.query(
        "insert into person_name (bucket, person_id, name_id, name_sealed) values ($1, $2, $3, ''::bytea)",
        [bucket, personId, nameId],
      );
    if (weighed !== undefined)
      await store.query(
        "insert into name_decision (bucket, person_id, name_id, weighed, decided_at) values ($1, $2, $3, $4::uuid[], now())",
        [bucket, personId, nameIds[0] ?? "", nameIds.slice(0, weighed)],
      );
    if (held === true)
      await store.query(
        "insert into score_hold (bucket, person_id, reason, held_by, held_at) values ($1, $2, 'r', 'o', now())",
        [bucket, personId],
      );
    await store.query(compileCard(expertCard, "people"), [
      [bucket],
      [personId],
      scoringMonth,
      "v",
      "2026-11-01T00:00:00.000000Z",
    ]);
    const [row] = await store.query<{ score: number | null; na_reason: string | null }>(
      "select score, na_reason from score where person_id = $1",
      [personId],
    );
    expect(row?.score === null).toBe(row?.na_reason !== null);
    return row?.na_reason ?? "scored";
  }

  it.each<[what: string, reported: Reported, expected: string]>([
    ["nothing", { ages: [] }, "N1"],
    ["two names", { ages: [1, 2, 3], names: 2 }, "N4"],
    ["two names, of which an operator said which holds", { ages: [1, 2, 3], names: 2, weighed: 2 }, "scored"],
    ["a third name that came after an operator weighed two", { ages: [1, 2, 3], names: 3, weighed: 2 }, "N4"],
    ["too few months under names of which one holds", { ages: [1, 2], names: 2, weighed: 2 }, "N1"],
    ["two months", { ages: [1, 2] }, "N1"],
    ["three months", { ages: [1, 2, 3] }, "scored"],
    ["one month three times", { ages: [1, 1, 1] }, "N1"],
    ["three months, the oldest twelve months ago", { ages: [1, 2, 12] }, "scored"],
    ["three months, the oldest thirteen months ago", { ages: [1, 2, 13] }, "N1"],
    ["three months, the newest this one", { ages: [0, 1, 2] }, "scored"],
    ["three months, the newest to come", { ages: [-1, 1, 2] }, "N1"],
    ["the newest six months ago", { ages: [6, 7, 8] }, "scored"],
    ["the newest seven months ago", { ages: [7, 8, 9] }, "N2"],
    ["applications alone", { ages: [1, 2, 3], stage: "application" }, "N3"],
    ["two names", { ages: [1, 2, 3], names: 2 }, "N4"],
    ["a score that was stopped", { ages: [1, 2, 3], held: true }, "N5"],
    ["a score that was stopped, of which too little is known", { ages: [1], held: true }, "N5"],
  ])("by %s", async (_, reported, expected) => {
    expect(await judge(reported)).toBe(expected);
  });
});

import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "#kaimen/clock.ts";
import { identityCard, nameId, personOf, sealName } from "#kaimen/consent/people.ts";
import { createVault, type Vault } from "#kaimen/keys/vault.ts";
import { rehashNames } from "#kaimen/people/rehash-names.ts";
import type { Store } from "#kaimen/store/store.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";
import { testPerson } from "../support/feedback-data.ts";

/** What a database holds that was filled before names had keys: each writing of a name has an id of its own. */
const vault = createVault({ sealing: Buffer.alloc(32, 1), lookup: Buffer.alloc(32, 2) });
const log = { info: () => undefined, error: () => undefined };
const people = 40;

describeOnBothEngines("names that were stored before they had keys", (engine) => {
  let store: Store;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
    for (let sequence = 1; sequence <= people; sequence += 1) {
      const { bucket, personId } = personOf(vault, identityCard, testPerson(sequence).credentialsNo);
      const names =
        sequence % 2 === 0 ? ["阿依古丽·买买提", "阿依古丽•买买提", "ANNA, TESTA"] : [`张${sequence}三`, "张三"];
      for (const [index, name] of names.entries()) {
        const before = vault.lookupId("name", name);
        await store.query("insert into person_name (bucket, person_id, name_id, name_sealed) values ($1, $2, $3, $4)", [
          bucket,
          personId,
          before,
          sealName(vault, name),
        ]);
        await store.query(
          `insert into feedback_record (bucket, person_id, merchant_id, record_id, name_id, template, stage, order_no, biz_type,
             order_status, settled, batch_id, fed_back_at)
           values ($1, $2, 'M', gen_random_uuid(), $3, 'loan', 'performance', $4, '1', '04', false, 'B', now())`,
          [bucket, personId, before, `${sequence}-${index}`],
        );
      }
    }
  });
  afterAll(() => close());

  it("are hashed anew; what a process that ended half-way had not done is done by the next", async () => {
    let opened = 0;
    const dying: Vault = {
      ...vault,
      lookupId(context, text) {
        opened += 1;
        if (opened > 50) throw new Error("the process ends here");
        return vault.lookupId(context, text);
      },
    };
    await expect(rehashNames({ store, vault: dying, clock: systemClock, log }, { batch: 7 })).rejects.toThrow(
      "ends here",
    );
    const [half] = await store.query<{ value: { done: boolean; after: { bucket: number } } }>(
      "select value from setting where name = 'name_key'",
    );
    expect(half?.value.done).toBe(false);
    expect(half?.value.after.bucket).toBeGreaterThan(0);

    const reopened: string[] = [];
    const counting: Vault = {
      ...vault,
      lookupId(context, text) {
        reopened.push(text);
        return vault.lookupId(context, text);
      },
    };
    await rehashNames({ store, vault: counting, clock: systemClock, log }, { batch: 7 });
    expect(reopened.length).toBeLessThan(people * 2.5);

    for (let sequence = 1; sequence <= people; sequence += 1) {
      const { personId } = personOf(vault, identityCard, testPerson(sequence).credentialsNo);
      const wanted = sequence % 2 === 0 ? ["阿依古丽·买买提", "Anna Testa"] : [`张${sequence}三`, "张三"];
      const ids = wanted.map((name) => nameId(vault, name)).toSorted();
      for (const table of ["person_name", "feedback_record"]) {
        const rows = await store.query<{ name_id: string }>(
          `select distinct name_id from ${table} where person_id = $1 order by name_id`,
          [personId],
        );
        expect(
          rows.map((row) => row.name_id),
          table,
        ).toEqual(ids);
      }
      const marks = await store.query("select from rescore_mark where person_id = $1", [personId]);
      expect(marks.length).toBe(sequence % 2 === 0 ? 1 : 0);
    }
  });

  it("are gone through once, and not at every start", async () => {
    const closed: Vault = {
      ...vault,
      open() {
        throw new Error("no name is to be opened");
      },
    };
    expect(await rehashNames({ store, vault: closed, clock: systemClock, log })).toEqual({ changed: 0 });
  });
});

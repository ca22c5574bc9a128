import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { appendAudit } from "#kaimen/audit/audit.ts";
import type { AuditEvent } from "#kaimen/audit/entry.ts";
import { readAudit } from "#kaimen/audit/read-audit.ts";
import { verifyAudit } from "#kaimen/audit/verify-audit.ts";
import { systemClock } from "#kaimen/clock.ts";
import type { Store } from "#kaimen/store/store.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";

const event: AuditEvent = {
  account: "operator anna",
  role: "admin",
  session: "token laptop",
  address: "192.0.2.1",
  action: "merchant.suspend",
  outcome: "done",
  merchantId: "M1",
  purpose: "they asked for it",
  details: { merchantId: "M1", fields: ["suspended"] },
  traceId: "t1",
};

describeOnBothEngines("the audit trail", (engine) => {
  let store: Store;
  let close: () => Promise<void>;
  const append = (more: Partial<AuditEvent> = {}): Promise<number> =>
    appendAudit({ store, clock: systemClock }, { ...event, ...more });

  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
  });
  afterAll(() => close());
  beforeEach(async () => {
    await store.execute("delete from audit_entry; update audit_head set entry_no = 0, hash = ''");
  });

  it("is whole when it is empty, and when entries were appended; its head changes with each", async () => {
    const heads = new Set([(await verifyAudit(store)).head]);
    for (let entry = 1; entry <= 3; entry += 1) {
      expect(await append()).toBe(entry);
      const { head, ...rest } = await verifyAudit(store);
      expect(rest).toEqual({ entries: entry });
      heads.add(head);
    }
    expect(heads.size).toBe(4);
  });

  it("gets entries one after the other, also those of many at once", async () => {
    const numbers = await Promise.all(Array.from({ length: 20 }, (_, at) => append({ traceId: `t${at}` })));
    expect(numbers.toSorted((left, right) => left - right)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(await verifyAudit(store)).toEqual({ entries: 20, head: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  });

  const tamperings: [string, string, object][] = [
    [
      "a changed text",
      "update audit_entry set account = 'operator bert' where entry_no = 2",
      { entryNo: 2, fault: "changed" },
    ],
    [
      "a changed outcome",
      "update audit_entry set outcome = 'refused' where entry_no = 2",
      { entryNo: 2, fault: "changed" },
    ],
    [
      "a person taken out",
      "update audit_entry set person_id = null where entry_no = 2",
      { entryNo: 2, fault: "changed" },
    ],
    [
      "a changed time",
      "update audit_entry set at = at + interval '1 microsecond' where entry_no = 1",
      { entryNo: 1, fault: "changed" },
    ],
    [
      "a changed hash",
      "update audit_entry set hash = sha256('x') where entry_no = 3",
      { entryNo: 3, fault: "changed" },
    ],
    ["an entry deleted", "delete from audit_entry where entry_no = 2", { entryNo: 2, fault: "missing" }],
    ["the first deleted", "delete from audit_entry where entry_no = 1", { entryNo: 1, fault: "missing" }],
    ["the end cut off", "delete from audit_entry where entry_no >= 3", { entryNo: 3, fault: "missing" }],
    [
      "one deleted and the others moved up",
      "delete from audit_entry where entry_no = 2; update audit_entry set entry_no = entry_no - 1 where entry_no > 2; update audit_head set entry_no = 3",
      { entryNo: 2, fault: "changed" },
    ],
    [
      "two exchanged",
      "update audit_entry set entry_no = 99 where entry_no = 2; update audit_entry set entry_no = 2 where entry_no = 3; update audit_entry set entry_no = 3 where entry_no = 99",
      { entryNo: 2, fault: "changed" },
    ],
    ["another head", "update audit_head set hash = sha256('x')", { entryNo: 4, fault: "changed" }],
  ];

  it.each(tamperings)("tells of %s, by the first entry that is not what it was", async (_, tampering, broken) => {
    for (let entry = 1; entry <= 4; entry += 1) await append({ personId: "00000000-0000-4000-8000-000000000000" });
    await store.execute(tampering);
    expect(await verifyAudit(store)).toMatchObject({ broken });
  });

  it("proves by a head that was kept elsewhere that its end was cut off and closed again", async () => {
    for (let entry = 1; entry <= 4; entry += 1) await append();
    const { head: kept } = await verifyAudit(store);
    await store.execute(
      `delete from audit_entry where entry_no = 4;
       update audit_head set entry_no = 3, hash = (select hash from audit_entry where entry_no = 3)`,
    );
    const { head, broken } = await verifyAudit(store);
    expect([broken, head === kept]).toEqual([undefined, false]);
  });

  it("takes any text: what no database can store is replaced, what is long is cut, and the trail stays whole", async () => {
    await append({ purpose: "a\u0000b\ud800c", account: `operator ${"长".repeat(400)}`, session: "🔑".repeat(400) });
    await append({ details: { list: Array.from({ length: 2_000 }, (_, at) => `value ${at}`) } });
    const [second, first] = await readAudit(store, {});
    expect(first?.purpose).toBe("a\ufffdb\ufffdc");
    expect(first?.account).toHaveLength(300);
    expect(JSON.parse(second?.details ?? "")).toEqual({ cut: true, fields: ["list"] });
    expect(await verifyAudit(store)).not.toHaveProperty("broken");
  });

  it("is read by person, account, merchant and action, the newest first and a page at a time", async () => {
    const personId = "00000000-0000-4000-8000-000000000001";
    await append({ action: "person.export", personId, merchantId: undefined });
    await append({ account: "operator bert", action: "merchant.add" });
    await append({ account: "operator annabel" });
    const numbers = async (query: Parameters<typeof readAudit>[1]) =>
      (await readAudit(store, query)).map(({ entryNo }) => entryNo);
    expect(await numbers({})).toEqual([3, 2, 1]);
    expect(await numbers({ personId })).toEqual([1]);
    expect(await numbers({ account: "operator anna" })).toEqual([3, 1]);
    expect(await numbers({ account: "operator bert" })).toEqual([2]);
    expect(await numbers({ merchantId: "M1" })).toEqual([3, 2]);
    expect(await numbers({ action: "merchant" })).toEqual([3, 2]);
    expect(await numbers({ action: "merchant.add" })).toEqual([2]);
    expect(await numbers({ action: "merch" })).toEqual([]);
    expect(await numbers({ before: 3, limit: 1 })).toEqual([2]);
  });
});

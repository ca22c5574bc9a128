import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { dayUs, type Instant, instantOfBeijingTime, later, secondUs } from "#kaimen/clock.ts";
import { grantAuthorisation } from "#kaimen/consent/authorisations.ts";
import { type InquiryDesk, openInquiryDesk } from "#kaimen/inquiry/inquire.ts";
import type { InquiryOutcome, ConsentGrant } from "#kaimen/inquiry/inquiry.ts";
import { admitThreshold } from "#kaimen/inquiry/thresholds.ts";
import { createLog } from "#kaimen/log.ts";
import { setArrangement } from "#kaimen/merchants/arrangements.ts";
import { addMerchant } from "#kaimen/merchants/merchants.ts";
import type { Store } from "#kaimen/store/store.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";

const merchants = ["2088000000000018", "2088000000000026"] as const;
const start = instantOfBeijingTime("2026-03-31 23:00:00");

describeOnBothEngines("an inquiry at the edge", (engine) => {
  let store: Store;
  let close: () => Promise<void>;
  let desk: InquiryDesk;
  let now: Instant = start;
  let ids = 0;
  const clock = { now: (): Instant => now };
  const consents = new Map<string, string>();

  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
    for (const merchantId of merchants) await addMerchant(store, { merchantId, name: merchantId }, now);
    await store.query(
      "insert into gateway_key (gateway_key_id, private_key_sealed, public_key, created_at) values ('1', '', '', now())",
    );
    await store.query(
      `insert into app (app_id, merchant_id, name, public_key, gateway_key_id, redirect_uris, template, feedback_policy, created_at)
       values ('app', $1, '', '', '1', '{}', 'loan', 'whole_file', now())`,
      [merchants[0]],
    );
    for (const user of ["a", "b"])
      consents.set(
        user,
        (
          await grantAuthorisation(store, clock, {
            userId: user,
            appId: "app",
            scopes: ["auth_zhima"],
            days: 1,
            channel: "test",
          })
        ).authorisationId,
      );
    desk = openInquiryDesk(store, clock, { log: createLog("silent"), deadlineMs: 60_000 });
  });
  beforeEach(async () => {
    now = start;
    await store.query("delete from inquiry");
    await store.query("delete from arrangement");
    for (const merchantId of merchants)
      for (const productCode of ["w1", "w2"]) await arrange({ merchantId, productCode });
  });
  afterAll(async () => {
    await desk.idle();
    await close();
  });

  const arrange = (terms: {
    merchantId?: string;
    productCode?: string;
    validFrom?: Instant;
    validTo?: Instant;
    quota?: number;
    billsNa?: boolean;
  }) =>
    setArrangement(store, {
      merchantId: merchants[0],
      productCode: "w1",
      validFrom: later(start, -dayUs),
      validTo: later(start, 3_650 * dayUs),
      priceFen: 40,
      billsNa: false,
      ...terms,
    });
  const standing = (user: string, more: Partial<ConsentGrant> = {}): ConsentGrant => ({
    userId: user,
    person: { bucket: 1, personId: `00000000-0000-0000-0000-0000000000${user === "a" ? "0a" : "0b"}` },
    authorisationId: consents.get(user) ?? "",
    purpose: "p",
    consentExpiresAt: later(start, 3_650 * dayUs),
    ...more,
  });
  const ask = (
    asked: {
      id?: string;
      merchantId?: string;
      productCode?: string;
      user?: string;
      grant?: Partial<ConsentGrant>;
    } = {},
  ): Promise<InquiryOutcome> => {
    ids += 1;
    return desk.inquire({
      merchantId: asked.merchantId ?? merchants[0],
      appId: "app",
      productCode: asked.productCode ?? "w1",
      transactionId: asked.id ?? `T${ids}`,
      grant: standing(asked.user ?? "a", asked.grant),
    });
  };
  const outcome = async (...asked: Parameters<typeof ask>): Promise<string> => (await ask(...asked)).outcome;

  it.each<[what: string, terms: (edge: Instant) => Promise<unknown>, before: string, at: string]>([
    ["an arrangement's first moment", (edge) => arrange({ validFrom: edge }), "no_arrangement", "accepted"],
    ["an arrangement's last moment", (edge) => arrange({ validTo: edge }), "accepted", "no_arrangement"],
  ])("of %s, to the microsecond", async (_, terms, before, at) => {
    const edge = later(start, 1_000);
    await terms(edge);
    const outcomes: string[] = [];
    for (const offset of [-1, 0, 1]) {
      now = later(edge, offset);
      outcomes.push(await outcome());
    }
    expect(outcomes).toEqual([before, at, at]);
  });

  it.each<[what: string, grant: (edge: Instant) => Partial<ConsentGrant>, refused: string]>([
    ["a consent's last moment", (edge) => ({ consentExpiresAt: edge }), "unauthorised"],
    ["a token's last moment", (edge) => ({ tokenExpiresAt: edge }), "token_expired"],
  ])("of %s, to the microsecond", async (_, grant, refused) => {
    const edge = later(start, 1_000);
    const outcomes: string[] = [];
    for (const offset of [-1, 0, 1]) {
      now = later(edge, offset);
      outcomes.push(await outcome({ grant: grant(edge) }));
    }
    expect(outcomes).toEqual(["accepted", refused, refused]);
  });

  it("of the window of a transaction_id, to the microsecond", async () => {
    await outcome({ id: "WINDOW" });
    const outcomes: string[] = [];
    for (const offset of [-1, 0, 1, secondUs]) {
      now = later(start, dayUs + offset);
      outcomes.push(await outcome({ id: "WINDOW" }));
    }
    expect(outcomes).toEqual(["replayed", "replayed", "transaction_expired", "transaction_expired"]);
  });

  const used = async (merchantId: string = merchants[0], productCode = "w1"): Promise<unknown> =>
    (
      await store.query<{ quota_used: number }>(
        "select quota_used from arrangement where merchant_id = $1 and product_code = $2",
        [merchantId, productCode],
      )
    )[0]?.quota_used;

  it.each<[ids: readonly string[], quota: number, answered: number, kept: number]>([
    [["x", "x", "y"], 2, 3, 2],
    [["x", "y", "x"], 2, 3, 2],
    [["x", "x", "x", "x"], 1, 4, 1],
    [["x", "x", "y", "y", "z", "z"], 3, 6, 3],
    [["x", "x", "y"], 1, 2, 1],
    [["x", "y", "z"], 2, 2, 2],
    [["x", "x"], 0, 0, 0],
  ])("of a quota: of %j at once under %j, %j are answered and %j counted", async (together, quota, answered, kept) => {
    await arrange({ quota });
    const outcomes = await Promise.all(together.map((id) => outcome({ id: `G${quota}${together.length}${id}` })));
    expect(outcomes.filter((each) => each === "accepted" || each === "replayed")).toHaveLength(answered);
    expect(outcomes.filter((each) => each === "over_limit")).toHaveLength(together.length - answered);
    expect([await used(), (await store.query("select from inquiry")).length]).toEqual([kept, kept]);
  });

  it("of a quota: what others use up at the same time, of another product or another merchant, is not counted", async () => {
    await arrange({ quota: 1 });
    await arrange({ productCode: "w2", quota: 1 });
    await arrange({ merchantId: merchants[1], quota: 1 });
    const outcomes = await Promise.all(
      [
        ask(),
        ask({ productCode: "w2" }),
        ask({ merchantId: merchants[1] }),
        ask({ merchantId: merchants[1], productCode: "w2" }),
      ].map(async (each) => (await each).outcome),
    );
    expect(outcomes).toEqual(["accepted", "accepted", "accepted", "accepted"]);
    expect([await used(), await used(merchants[0], "w2"), await used(merchants[1])]).toEqual([1, 1, 1]);
    expect([
      await outcome(),
      await outcome({ productCode: "w2" }),
      await outcome({ merchantId: merchants[1] }),
    ]).toEqual(["over_limit", "over_limit", "over_limit"]);
  });

  it("of a quota: what is refused for another reason uses nothing up", async () => {
    await arrange({ quota: 2 });
    await ask({ id: "KEPT" });
    expect(
      await Promise.all([
        outcome({ id: "KEPT", user: "b" }),
        outcome({ grant: { consentExpiresAt: now } }),
        outcome({ id: "KEPT" }),
      ]),
    ).toEqual(["transaction_repeated", "unauthorised", "replayed"]);
    expect(await used()).toBe(1);
  });

  it.each([
    [true, 40, null],
    [false, 0, "na"],
  ])("of no score: where N/A is billed (%j) it costs %j fen", async (billsNa, fen, because) => {
    await arrange({ billsNa });
    expect(await ask({ id: "NA" })).toMatchObject({ outcome: "accepted", score: null });
    expect(await store.query("select billed_fen, unbilled_because, na_reason from inquiry")).toEqual([
      { billed_fen: fen, unbilled_because: because, na_reason: "N1" },
    ]);
  });

  it("of a month's thresholds: so many for each merchant, used ones for ever, and new ones with the new month in Beijing", async () => {
    const admitted = (admittanceScore: number, merchantId: string = merchants[0]) =>
      admitThreshold(store, clock, { merchantId, admittanceScore, most: 2 });
    expect([await admitted(600), await admitted(650), await admitted(700), await admitted(600)]).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect([
      await admitted(700, merchants[1]),
      await admitted(600, merchants[1]),
      await admitted(650, merchants[1]),
    ]).toEqual([true, true, false]);
    now = instantOfBeijingTime("2026-03-31 23:59:59");
    expect(await admitted(700)).toBe(false);
    now = instantOfBeijingTime("2026-04-01 00:00:00");
    expect([await admitted(700), await admitted(750), await admitted(600)]).toEqual([true, true, false]);
  });
});

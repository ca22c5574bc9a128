import { Type } from "typebox";
import type { Card } from "../scoring/card/card.ts";
import type { CardComparison, SwapSet } from "../scoring/compare.ts";
import type { Drift } from "../scoring/drift.ts";
import * as field from "./fields.ts";

/**
 * What the routes of cards answer. The types are scoring's own, which leave out what is undefined; the schemas say the
 * same for documents.
 */
const bilingual = field.object({ en: Type.String(), zh: Type.String() });
const verdict = Type.Enum(["calm", "watch", "act"], { description: "below 0.1 calm, above 0.25 act" });
const beforeAndNow = Type.Array(Type.Integer(), { description: "before and now", minItems: 2, maxItems: 2 });

export const version = Type.String({
  pattern: "^[\\w-]{1,64}$",
  description: "a card's version, or the beginning of it if only one card begins so",
});

export const states = ["draft", "validated", "shadow", "champion", "retired"] as const;

export const card = Type.Unsafe<Card>(
  Type.Object(
    {
      title: bilingual,
      basePoints: Type.Integer({ description: "what a person starts from" }),
      characteristics: Type.Array(
        Type.Object({
          feature: Type.String(),
          featureVersion: Type.Optional(Type.Integer()),
          bins: Type.Array(Type.Object({ below: Type.Optional(Type.Integer()), points: Type.Integer() })),
          special: Type.Optional(Type.Array(Type.Object({ value: Type.Integer(), points: Type.Integer() }))),
          missingPoints: Type.Integer(),
        }),
      ),
      floor: Type.Integer(),
      ceiling: Type.Integer(),
      minimumData: Type.Object({ monthsReported: Type.Integer(), newestMonths: Type.Integer() }),
      goldenVectors: Type.Optional(
        Type.Array(Type.Object({}), { description: "what the card must give, whoever computes" }),
      ),
      training: Type.Optional(Type.Object({}, { description: "how a trained card came about" })),
    },
    { description: "a scorecard, as kaimen card export --format json writes it" },
  ),
);

const kept = {
  cardVersion: Type.String({ description: "a hash of what the card says" }),
  state: Type.Enum([...states]),
  author: Type.String(),
  approver: Type.Union([Type.String(), Type.Null()]),
  createdAt: field.instant,
  stateSince: field.optionalInstant,
};

export const cardSummary = field.object({
  ...kept,
  title: bilingual,
  characteristics: Type.Integer({ description: "how many it has" }),
  metrics: Type.Optional(Type.Readonly(Type.Record(Type.String(), Type.Number()))),
});

export const shownCard = field.object({
  ...kept,
  card,
  inWords: Type.Immutable(Type.Array(Type.String(), { description: "the model card in plain words" })),
});

export const progress = field.object({
  scoredWith: Type.String(),
  bucketsDone: Type.Integer({ description: "of 256 parts of all people" }),
  people: Type.Integer(),
  marked: Type.Integer({ description: "people who wait for their turn beside that" }),
});

export const comparedCards = Type.Unsafe<CardComparison>(
  field.object({
    asOf: field.month,
    cards: Type.Array(field.object({ cardVersion: Type.String(), title: Type.String() })),
    people: Type.Integer(),
    moved: Type.Integer({ description: "in another band with the second card than with the first" }),
    meanDifference: Type.Number({ description: "second less first, of those whom both score" }),
    bands: Type.Array(field.object({ band: Type.String(), people: Type.Array(Type.Integer()) })),
    pairs: Type.Array(field.object({ from: Type.String(), to: Type.String(), people: Type.Integer() })),
  }),
);

export const swappedPeople = Type.Unsafe<SwapSet>(
  field.object({
    people: Type.Integer(),
    meanDifference: Type.Number(),
    pairs: Type.Array(field.object({ champion: Type.String(), challenger: Type.String(), people: Type.Integer() })),
  }),
);

export const drift = Type.Unsafe<Drift>(
  field.object({
    cardVersion: Type.String(),
    people: beforeAndNow,
    notScored: beforeAndNow,
    score: Type.Number({ description: "the population stability index of the score by bands of fifty points" }),
    verdict,
    features: Type.Array(
      field.object({ feature: Type.String(), meaning: Type.String(), index: Type.Number(), verdict }),
    ),
  }),
);

import { Type } from "typebox";
import { naReasons } from "../scoring/card/card.ts";
import type { PersonScore, Replay } from "../scoring/replay.ts";
import * as field from "./fields.ts";

/**
 * What the routes of scores answer. The types are scoring's own, which leave out what is undefined; the schemas say the
 * same for documents.
 */
const bilingual = field.object({ en: Type.String(), zh: Type.String() });
const score = Type.Union([Type.Integer(), Type.Null()], { description: "350 to 950; null stands for N/A" });
const naReason = Type.Union([Type.Enum(Object.keys(naReasons)), Type.Null()]);

const explanation = field.object({
  score: Type.Integer(),
  scoreBeforeClip: Type.Integer(),
  band: bilingual,
  initialPoints: Type.Integer(),
  points: Type.Array(
    field.object({
      feature: Type.String(),
      meaning: bilingual,
      value: Type.Union([Type.Integer(), Type.Null()]),
      points: Type.Integer(),
    }),
  ),
  reasons: Type.Array(
    field.object({
      code: Type.String(),
      family: Type.String(),
      text: bilingual,
      value: Type.Union([Type.Integer(), Type.Null()]),
      pointsLost: Type.Integer({ description: "against the best that the feature can give" }),
      nextBetter: Type.Optional(
        field.object({
          from: Type.Optional(Type.Integer()),
          below: Type.Optional(Type.Integer()),
          pointsGained: Type.Integer(),
        }),
      ),
    }),
  ),
  dimensions: Type.Array(
    field.object({
      dimension: Type.String(),
      name: bilingual,
      score: Type.Optional(Type.Integer({ description: "0 to 100; absent where nothing is known" })),
      weight: Type.Integer({ description: "percent of all that points can make out" }),
    }),
  ),
});

export const personScore = Type.Unsafe<PersonScore>(
  field.object({
    score,
    naReason,
    naText: Type.Optional(bilingual),
    cardVersion: Type.String(),
    asOf: field.month,
    explanation: Type.Optional(explanation),
    holds: Type.Array(
      field.object({
        at: field.instant,
        action: Type.Enum(["held", "released"]),
        reason: Type.String(),
        operator: Type.String(),
      }),
      { description: "who stopped or released the score, the newest first" },
    ),
    history: Type.Array(
      field.object({ at: field.instant, asOf: field.month, cardVersion: Type.String(), score, naReason }),
      { description: "the newest first" },
    ),
  }),
);

export const replay = Type.Unsafe<Replay>(
  field.object({
    bizNo: Type.String(),
    acceptedAt: field.instant,
    cardVersion: Type.String({ description: '"none" where nobody had ever reported the person' }),
    asOf: Type.String({ description: 'a month, or "none"' }),
    sent: Type.String({ description: "a score or N/A" }),
    recomputed: Type.String({ description: 'the same, or "unknown" where what it came from is deleted' }),
    equal: Type.Boolean(),
    naReason,
    explanation: Type.Optional(explanation),
  }),
);

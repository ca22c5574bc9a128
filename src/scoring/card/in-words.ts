import type { Card } from "./card.ts";
import { featureNamed } from "./features.ts";
import { raisedByWorseMonth } from "./promises.ts";

/** What any card does, in plain words: its points, what it promises, when it gives no score. */
export function cardInWords(card: Card): string[] {
  const { basePoints, floor, ceiling, minimumData, characteristics } = card;
  const raising = raisedByWorseMonth(card).map((name) => featureNamed(name).meaning.en.toLowerCase());
  return [
    `Everybody starts from ${basePoints} points. ${characteristics.length} facts of a person's repayment records each add or take whole points, the same for everybody with the same fact; the sum, no less than ${floor} and no more than ${ceiling}, is the score. What no merchant reports of somebody is unknown, with points of its own, and never counts as not paid.`,
    raising.length === 0
      ? "A month that was paid later, or not at all, never raises this card's score, whatever else a person's file holds."
      : `A month that was paid later can raise this card's score, by: ${raising.join("; ")}.`,
    `Who has fewer than ${minimumData.monthsReported} months reported in the last 12, nothing in the last ${minimumData.newestMonths}, applications only, several names under one number, or a score that was stopped by hand, is answered "N/A".`,
    ...(card.training === undefined
      ? [
          "It was set by judgement or elsewhere, not trained here on outcomes: what odds a score means is not known from this installation's people.",
        ]
      : []),
  ];
}

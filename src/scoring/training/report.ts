import type { Card } from "../card/card.ts";
import { featureNamed } from "../card/features.ts";
import { cardInWords } from "../card/in-words.ts";
import type { Experiment } from "./experiment.ts";
import { evidenceOfBins, ownWeightOfEvidence } from "./binning.ts";

/** All that is known of a trained card, for people (report-page.ts) and programs (as JSON). */
export interface TrainingReport {
  readonly card: Card;
  readonly holdout: Experiment["holdout"];
  readonly crossValidated: Experiment["crossValidated"];
  readonly gains: readonly (Experiment["deciles"][number] & {
    readonly badRate: number;
    readonly badsSoFar: number;
    readonly lift: number;
  })[];
  /** The largest distance between said and seen bad rate among the deciles. */
  readonly calibrationError: number;
  readonly scoreStability: number;
  readonly features: readonly ReportedFeature[];
  readonly correlations: { readonly features: readonly string[]; readonly values: readonly (readonly number[])[] };
  readonly groups: Experiment["groups"];
  readonly warnings: readonly string[];
  /** The model card, in plain words. */
  readonly inWords: readonly string[];
}

export interface ReportedFeature {
  readonly name: string;
  readonly meaning: { readonly en: string; readonly zh: string };
  readonly informationValue: number;
  /** Standard deviation of its points over the sample. */
  readonly deviation: number;
  /** Variance inflation factor of its points beside the other characteristics'. */
  readonly inflation: number | undefined;
  /** In how many of the cards fitted on parts it was, and how its points lay apart there. */
  readonly folds: Omit<Experiment["foldStability"][number], "feature"> | undefined;
  readonly fate: string;
  readonly stability: number | undefined;
  readonly bins: readonly {
    readonly label: string;
    readonly goods: number;
    readonly bads: number;
    readonly evidence: number;
    readonly points: number | undefined;
  }[];
}

export function reportOf(
  card: Card,
  experiment: Experiment,
  people: { labelled: number; notScored: number },
): TrainingReport {
  const { holdout, crossValidated, fitted } = experiment;
  const heldBads = Math.max(holdout.bads, 1);
  const overall = holdout.bads / Math.max(holdout.people, 1);
  let badsSoFar = 0;
  const gains = experiment.deciles.map((decile) => {
    badsSoFar += decile.bads;
    const badRate = decile.people === 0 ? 0 : decile.bads / decile.people;
    return { ...decile, badRate, badsSoFar: badsSoFar / heldBads, lift: overall === 0 ? 0 : badRate / overall };
  });
  return {
    card,
    holdout,
    crossValidated,
    gains,
    calibrationError: Math.max(...gains.map(({ badRate, expectedBadRate }) => Math.abs(badRate - expectedBadRate))),
    scoreStability: experiment.scoreStability,
    features: fitted.features.map((each) => {
      const characteristic = card.characteristics.find(({ feature }) => feature === each.feature);
      const evidences = evidenceOfBins(each.binning.bins, fitted.totals);
      const binsOf = each.binning.bins.map(({ from, goods, bads }, index) => ({
        label: rangeOf(from, each.binning.bins[index + 1]?.from),
        goods,
        bads,
        evidence: evidences[index] ?? 0,
        points: characteristic?.bins[index]?.points,
      }));
      const { missing } = each.binning;
      return {
        name: each.feature,
        meaning: featureNamed(each.feature).meaning,
        informationValue: each.informationValue,
        deviation: each.deviation,
        inflation: each.inflation,
        folds: experiment.foldStability.find(({ feature }) => feature === each.feature),
        fate: each.beside === undefined ? each.left : `${each.left}: ${each.beside}`,
        stability: experiment.featureStability.find(({ feature }) => feature === each.feature)?.index,
        bins: [
          ...binsOf,
          {
            label: "unknown",
            ...missing,
            evidence: ownWeightOfEvidence(missing, fitted.totals),
            points: characteristic?.missingPoints,
          },
        ],
      };
    }),
    correlations: { features: card.characteristics.map(({ feature }) => feature), values: experiment.correlations },
    groups: experiment.groups,
    warnings: experiment.warnings,
    inWords: inWords(card, experiment, people),
  };
}

export function rangeOf(from: number | undefined, below: number | undefined): string {
  if (from === undefined) return below === undefined ? "any" : `below ${below}`;
  return below === undefined ? `${from} and more` : `${from} to below ${below}`;
}

function inWords(
  card: Card,
  { holdout, crossValidated, warnings }: Experiment,
  people: { labelled: number; notScored: number },
): string[] {
  const { training } = card;
  if (training === undefined) return [];
  const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
  const { scaling } = training;
  return [
    `The people to be scored are taken to turn bad in ${percent(scaling.targetBadRate)} of all cases; if they turn bad more or less often, every score means other odds and the card must be scaled anew.`,
    `This card ranks people by how likely they are to turn bad, from ${card.characteristics.length} facts of their repayment records. Somebody with ${scaling.points} points has ${scaling.odds} chances to stay good for each one to turn bad; ${scaling.pdo} points more double that.`,
    `It was trained on ${training.rows} people, of whom ${training.bads} (${percent(training.bads / training.rows)}) turned bad, as of ${training.asOfMonths.join(", ")}; the outcome begins in ${training.outcomeFrom}. A bad is: ${training.label}. ${people.notScored} of ${people.labelled} labelled people had too few records then and were left out.`,
    training.fedBackLater
      ? "Records that were fed back after the as-of month count, as if they had been known then: with late reporters the card looks better here than it will be."
      : "Only what had been fed back by the end of the as-of month counts, as scoring knew it then.",
    `Of a good and a bad person whom it had never seen it puts the good one higher in ${percent(crossValidated.auc)} of all pairs, by five-fold cross-validation repeated ${crossValidated.repeats} times (95% between ${percent(crossValidated.auc - crossValidated.halfWidth)} and ${percent(crossValidated.auc + crossValidated.halfWidth)}). Of those kept back ${holdout.kind === "random" ? "at random" : "because they are newer"}, in ${percent(holdout.auc)} (95% between ${percent(holdout.auc - holdout.halfWidth)} and ${percent(holdout.auc + holdout.halfWidth)}).`,
    "It knows neither sex, ethnicity, religion, health nor any other fact that nobody may be scored by, and nothing older than five years. It must not be the only ground for refusing somebody: the law gives them the right to an explanation and to a person who decides.",
    ...cardInWords(card),
    ...warnings.map((warning) => `Mind: ${warning}.`),
  ];
}

import type { Card } from "./card.ts";
import { withGoldenVectors } from "./golden.ts";

/**
 * The card of the first day, set by judgement on the scale 600 points at odds of 19:1, 50 points a doubling: a clean
 * file of two years lies near 750, one late month ten months ago near 660, one late month now near 560, three periods
 * overdue now below 450, a default that was never resolved below 550 however clean the rest is. Fifty histories in the order
 * that it gives them are a test. A card trained on outcomes replaces it.
 */
export const expertCard: Card = withGoldenVectors({
  title: { en: "Expert card 2", zh: "专家评分卡2" },
  basePoints: 600,
  floor: 350,
  ceiling: 950,
  minimumData: { monthsReported: 3, newestMonths: 6 },
  characteristics: [
    {
      feature: "months_since_overdue",
      missingPoints: 0,
      bins: [
        { below: 2, points: -30 },
        { below: 4, points: -18 },
        { below: 7, points: -8 },
        { below: 13, points: 4 },
        { below: 25, points: 15 },
        { points: 30 },
      ],
    },
    {
      feature: "worst_overdue_6",
      missingPoints: 0,
      bins: [{ below: 1, points: 25 }, { below: 2, points: -12 }, { below: 3, points: -40 }, { points: -65 }],
    },
    {
      feature: "worst_overdue_24",
      missingPoints: 0,
      bins: [{ below: 1, points: 15 }, { below: 2, points: 0 }, { below: 3, points: -20 }, { points: -98 }],
    },
    {
      feature: "unresolved_overdue",
      missingPoints: 0,
      bins: [{ below: 1, points: 0 }, { below: 2, points: -5 }, { below: 3, points: -25 }, { points: -220 }],
    },
    {
      feature: "overdue_months_12",
      missingPoints: 0,
      bins: [{ below: 1, points: 15 }, { below: 2, points: 0 }, { below: 4, points: -15 }, { points: -30 }],
    },
    {
      feature: "decayed_overdue",
      missingPoints: 0,
      bins: [
        { below: 1, points: 15 },
        { below: 500, points: 0 },
        { below: 1200, points: -15 },
        { below: 2500, points: -30 },
        { points: -45 },
      ],
    },
    {
      feature: "months_reported",
      missingPoints: -80,
      bins: [{ below: 6, points: -80 }, { below: 12, points: -70 }, { below: 18, points: 8 }, { points: 15 }],
    },
    {
      feature: "settled_orders",
      missingPoints: 0,
      bins: [{ below: 1, points: 0 }, { below: 3, points: 10 }, { points: 18 }],
    },
    {
      feature: "overdue_amount",
      missingPoints: 0,
      bins: [{ below: 1, points: 5 }, { below: 1_000, points: -8 }, { below: 10_000, points: -15 }, { points: -22 }],
    },
    {
      feature: "payment_ratio_6",
      missingPoints: -5,
      bins: [
        { below: 3, points: -50 },
        { below: 10, points: 6 },
        { below: 40, points: 14 },
        { below: 90, points: 18 },
        { points: 22 },
      ],
    },
    {
      feature: "utilisation_3",
      missingPoints: 0,
      bins: [{ below: 80, points: 0 }, { below: 100, points: -20 }, { points: -50 }],
    },
    {
      feature: "credit_limit",
      missingPoints: 0,
      bins: [
        { below: 5_000, points: -40 },
        { below: 50_001, points: -30 },
        { below: 100_001, points: -14 },
        { below: 200_001, points: 0 },
        { points: 10 },
      ],
    },
    {
      feature: "merchants",
      missingPoints: 0,
      bins: [{ below: 4, points: 0 }, { below: 6, points: -12 }, { points: -28 }],
    },
    {
      feature: "new_orders_1",
      missingPoints: 0,
      bins: [{ below: 2, points: 0 }, { below: 3, points: -10 }, { points: -45 }],
    },
    {
      feature: "applications_6",
      missingPoints: 0,
      bins: [{ below: 3, points: 0 }, { below: 6, points: -8 }, { points: -22 }],
    },
    {
      feature: "refused_6",
      missingPoints: 0,
      bins: [{ below: 1, points: 0 }, { below: 2, points: -15 }, { points: -35 }],
    },
  ],
});

import { Type } from "typebox";
import { cardsInForce } from "../../scoring/cards.ts";
import { compareCards, swapSet } from "../../scoring/compare.ts";
import { driftReport, listDriftReports } from "../../scoring/drift.ts";
import * as reply from "../card-replies.ts";
import * as field from "../fields.ts";
import { monthOf, refuseCard } from "../refuse-card.ts";
import { defineRoute, operatorsWho } from "../route.ts";

/** What tells one card from another, and one month from the next. */
export const swapSetRoute = defineRoute(
  {
    method: "GET",
    path: "/api/cards/swap-set",
    title: { en: "Whom the card in shadow puts into another band", zh: "影子卡与在用卡的换档人群" },
    who: operatorsWho("cards:read"),
    reply: reply.swappedPeople,
  },
  async (_, { store }) => swapSet(store),
);

export const compareCardsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/cards/compare",
    title: { en: "Compare two cards on everybody", zh: "两张评分卡全量对比" },
    who: operatorsWho("cards:read"),
    query: field.object({ left: reply.version, right: reply.version }),
    reply: reply.comparedCards,
    errors: ["not-found", "refused"],
  },
  async ({ query: { left, right } }, { store, rescorer }) =>
    compareCards(store, rescorer.asOfMonth, [left, right]).catch(refuseCard),
);

export const driftReportsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/cards/drift-reports",
    title: { en: "The drift reports that were made at each month's start", zh: "月度漂移报告" },
    doc: "The newest first. `drift` is absent where nobody was scored the month before.",
    who: operatorsWho("cards:read"),
    reply: field.object({
      reports: Type.Array(
        field.object({
          month: field.month,
          against: field.month,
          madeAt: field.instant,
          cardVersion: Type.String(),
          drift: Type.Optional(reply.drift),
        }),
      ),
    }),
  },
  async (_, { store }) => ({
    reports: (await listDriftReports(store)).map(({ drift, ...kept }) => ({
      ...kept,
      ...(drift === undefined ? {} : { drift }),
    })),
  }),
);

export const driftRoute = defineRoute(
  {
    method: "GET",
    path: "/api/cards/drift",
    title: { en: "How far the people of a month lie from another's", zh: "人群漂移" },
    who: operatorsWho("cards:read"),
    query: field.object({ month: Type.Optional(field.month), against: Type.Optional(field.month) }),
    reply: reply.drift,
    errors: ["refused"],
  },
  async ({ query: { month, against } }, { store, rescorer }) => {
    const now = month === undefined ? rescorer.asOfMonth : monthOf(month);
    const before = against === undefined ? now - 1 : monthOf(against);
    const { champion } = await cardsInForce(store);
    return driftReport(store, { before, now }, champion.cardVersion).catch(refuseCard);
  },
);

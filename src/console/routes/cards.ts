import { Type } from "typebox";
import { followingMonth, instantOf, instantToText } from "../../clock.ts";
import type { Platform } from "../../platform.ts";
import { parseCard } from "../../scoring/card/card-json.ts";
import { features } from "../../scoring/card/features.ts";
import {
  addCard,
  type CardState,
  findCard,
  listCards,
  moveCard,
  type StoredCard,
  wordsOf,
} from "../../scoring/cards.ts";
import { trainingRows } from "../../scoring/training-rows.ts";
import { accountOf, type Caller } from "../caller.ts";
import * as reply from "../card-replies.ts";
import * as field from "../fields.ts";
import { inFull, namedPeople } from "../people-asked.ts";
import { Problem } from "../problem.ts";
import { monthOf, refuseCard } from "../refuse-card.ts";
import { type Call, defineRoute, operatorsWho } from "../route.ts";

/** A card with its golden vectors and its report. */
const cardBodyBytes = 4_194_304;
/** A training asks for the features of a million people in some hundred requests. */
const requestsPerMinute = 1_200;

const params = field.object({ version: reply.version });
const describe = ({ cardVersion, state, author, approver, createdAt, stateSince }: StoredCard) => ({
  cardVersion,
  state,
  author,
  approver,
  createdAt: instantToText(instantOf(createdAt)),
  stateSince: stateSince === null ? null : instantToText(instantOf(stateSince)),
});

function summaryOf(stored: StoredCard) {
  const { card } = stored;
  return {
    ...describe(stored),
    title: card.title,
    characteristics: card.characteristics.length,
    ...(card.training === undefined ? {} : { metrics: card.training.metrics }),
  };
}

export const listCardsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/cards",
    title: { en: "List the cards, and how far scoring has come", zh: "评分卡列表与重算进度" },
    doc: "The newest first.",
    who: operatorsWho("cards:read"),
    reply: field.object({ cards: Type.Array(reply.cardSummary), progress: reply.progress }),
    requestsPerMinute,
  },
  async (_, { store, rescorer }) => ({
    cards: (await listCards(store)).map(summaryOf),
    progress: await rescorer.progress(),
  }),
);

export const showCardRoute = defineRoute(
  {
    method: "GET",
    path: "/api/cards/:version",
    title: { en: "Show a card in plain words and whole", zh: "评分卡详情" },
    who: operatorsWho("cards:read"),
    params,
    reply: reply.shownCard,
    errors: ["not-found", "refused"],
  },
  async (call, { store }) => {
    const found = await findCard(store, call.params.version).catch(refuseCard);
    return { ...describe(found), card: found.card, inWords: await wordsOf(store, found) };
  },
);

export const addCardRoute = defineRoute(
  {
    method: "POST",
    path: "/api/cards",
    title: { en: "Keep a card as a draft", zh: "新增评分卡草稿" },
    doc: "The same card twice is the same card.",
    who: operatorsWho("cards:write"),
    body: field.object({
      card: reply.card,
      report: Type.Optional(Type.Object({}, { description: "of its training, kept with it" })),
    }),
    reply: reply.cardSummary,
    status: 201,
    errors: ["refused"],
    action: "card.add",
    bodyLimitBytes: cardBodyBytes,
  },
  async ({ body, caller, note }, { store, clock }) => {
    const author = accountOf(caller).login;
    try {
      const added = await addCard(store, clock, { card: parseCard(body.card), author, report: body.report });
      note({ details: { version: added.cardVersion } });
      return summaryOf(added);
    } catch (error) {
      return refuseCard(error);
    }
  },
);

export const readFeaturesRoute = defineRoute(
  {
    method: "POST",
    path: "/api/cards/features",
    title: { en: "Read people's features as of a month, to train on", zh: "读取训练特征" },
    doc: "In the catalogue's order; null for somebody who would have had no score then. What was fed back after the as-of month is not read unless asked for; where the installation stands in that month, all is.",
    who: operatorsWho("cards:write"),
    body: field.object({
      asOf: field.month,
      outcomeFrom: Type.Optional(
        Type.String({ ...field.month, description: "the outcome's first month; the month after asOf when left out" }),
      ),
      fedBackLater: Type.Optional(
        Type.Boolean({ description: "also read what was fed back after the as-of month was over" }),
      ),
      people: namedPeople,
      purpose: field.purpose,
    }),
    reply: field.object({
      features: Type.Array(Type.String()),
      rows: Type.Array(Type.Union([Type.Array(Type.Union([Type.Integer(), Type.Null()])), Type.Null()])),
    }),
    errors: ["refused"],
    action: "card.features",
    isRead: true,
    bodyLimitBytes: cardBodyBytes,
    requestsPerMinute,
  },
  async ({ body, note }, { store, vault, rescorer }) => {
    const asOf = monthOf(body.asOf);
    const fedBackLater = body.fedBackLater === true;
    const observation = {
      asOf,
      outcomeFrom: body.outcomeFrom === undefined ? followingMonth(asOf) : monthOf(body.outcomeFrom),
      current: rescorer.asOfMonth,
      fedBackLater,
    };
    note({ purpose: body.purpose, details: { people: body.people.length, asOf: body.asOf, fedBackLater } });
    const rows = await trainingRows(store, vault, inFull(body.people), observation).catch(refuseCard);
    return { features: features.map(({ name }) => name), rows };
  },
);

export const moveCardRoute = defineRoute(
  {
    method: "POST",
    path: "/api/cards/:version/state",
    title: { en: "Validate a card, score with it in shadow, or retire it", zh: "评分卡校验、影子运行或停用" },
    who: operatorsWho("cards:write"),
    params,
    body: field.object({
      state: Type.Enum(["validated", "shadow", "retired"], { description: "one of validated, shadow, retired" }),
    }),
    reply: reply.cardSummary,
    errors: ["not-found", "refused"],
    action: "card.state",
  },
  async (call, platform) => move(call, platform, call.body.state, accountOf(call.caller).login),
);

export const activateCardRoute = defineRoute(
  {
    method: "PUT",
    path: "/api/cards/:version/champion",
    title: { en: "Answer with a card from now on", zh: "评分卡上线" },
    doc: "The champion before it retires. Whoever made the card cannot be who puts it in force.",
    who: operatorsWho("cards:write"),
    params,
    body: field.object({
      reason: Type.Optional(field.reason),
      approver: Type.Optional(
        Type.String({
          pattern: "^[\\p{L}\\p{N}@._ -]{1,64}$",
          description: "in a sandbox, which has one operator: who approves; 1 to 64 letters, digits and @._-",
        }),
      ),
    }),
    reply: reply.cardSummary,
    errors: ["not-found", "refused"],
    action: "card.activate",
    secondPerson: true,
  },
  async (call, platform) => {
    const { approver } = call.body;
    if (approver !== undefined && platform.config.mode !== "sandbox")
      throw new Problem("refused", "whoever approves signs in and does so: only a sandbox takes a name's word for it");
    return move(call, platform, "champion", approver ?? decider(call));
  },
);

/** Who puts a card in force: of one who asked and one who approved, the latter, whose request it is. */
function decider({ caller, reply: { request } }: { caller: Caller; reply: Call<unknown, unknown, unknown>["reply"] }) {
  return accountOf(request.caller ?? caller).login;
}

async function move(
  { params: asked, note }: Pick<Call<{ version: string }, unknown, unknown>, "params" | "note">,
  { store, clock, rescorer, log }: Platform,
  state: CardState,
  actor: string,
) {
  const moved = await moveCard(store, clock, asked.version, state, actor).catch(refuseCard);
  note({ details: { version: moved.cardVersion, state: moved.state, actor } });
  log.info({ card: moved.cardVersion, state: moved.state, actor }, "a card changed its state");
  if (await rescorer.markAllIfStale()) void rescorer.runWithin(0);
  return summaryOf(moved);
}

import type { FastifyInstance } from "fastify";
import type { MonthIndex } from "../clock.ts";
import type { Platform } from "../platform.ts";
import { parseCard } from "../scoring/card/card-json.ts";
import { features } from "../scoring/card/features.ts";
import {
  addCard,
  CardError,
  type CardState,
  cardsInForce,
  findCard,
  listCards,
  moveCard,
  type StoredCard,
  wordsOf,
} from "../scoring/cards.ts";
import { compareCards, swapSet } from "../scoring/compare.ts";
import { driftReport, listDriftReports } from "../scoring/drift.ts";
import { type Labelled, trainingRows } from "../scoring/training-rows.ts";
import {
  monthOf,
  objectOf,
  openOperatorRoute,
  parameterOf,
  queryOf,
  readPeople,
  type Route,
} from "./operator-route.ts";
import { addScoreRoutes } from "./score-routes.ts";

const states: readonly string[] = ["validated", "shadow", "champion", "retired"] satisfies CardState[];

/** The cards and the scores, for operators: what `kaimen card` and `kaimen score` ask for. */
export function registerCardApi(server: FastifyInstance, platform: Platform): void {
  const route = openOperatorRoute(server);
  addCardRoutes(route, platform);
  addScoreRoutes(route, platform);
}

function addCardRoutes(route: Route, platform: Platform): void {
  const { store, clock, vault, rescorer, log } = platform;

  route("GET", "/api/cards", async () => ({
    cards: (await listCards(store)).map(summaryOf),
    progress: await rescorer.progress(),
  }));
  route("GET", "/api/cards/:version", async (request) => {
    const found = await findCard(store, parameterOf(request, "version"));
    return { ...found, inWords: await wordsOf(store, found) };
  });
  route("POST", "/api/cards", async (request, operator) => {
    const body = objectOf(request.body);
    return summaryOf(
      await addCard(store, clock, { card: parseCard(body["card"]), author: operator, report: body["report"] }),
    );
  });
  route("POST", "/api/cards/features", async (request, operator) => {
    const { people, months } = readTrainingRequest(objectOf(request.body));
    log.info({ operator, people: people.length, as_of: months.asOf }, "features read for training");
    return { features: features.map(({ name }) => name), rows: await trainingRows(store, vault, people, months) };
  });
  route("POST", "/api/cards/:version/state", async (request, operator) => {
    const { state, approver } = objectOf(request.body);
    if (typeof state !== "string" || !states.includes(state))
      throw new CardError(`a state is one of ${states.join(", ")}`);
    // A sandbox has one operator: who else approves is taken at their word there, and nowhere else.
    const actor =
      platform.config.mode === "sandbox" && typeof approver === "string" && /^[\p{L}\p{N}@._ -]{1,64}$/u.test(approver)
        ? approver
        : operator;
    const moved = await moveCard(store, clock, parameterOf(request, "version"), state as CardState, actor); // One of the list.
    log.info({ card: moved.cardVersion, state: moved.state, actor }, "a card changed its state");
    if (await rescorer.markAllIfStale()) void rescorer.runWithin(0);
    return summaryOf(moved);
  });
  route("GET", "/api/cards/swap-set", async () => swapSet(store));
  route("GET", "/api/cards/compare", async (request) => {
    const { left, right } = queryOf(request);
    if (left === undefined || right === undefined) throw new CardError("left and right are needed: two versions");
    return compareCards(store, rescorer.asOfMonth, [left, right]);
  });
  route("GET", "/api/cards/drift-reports", async () => ({ reports: await listDriftReports(store) }));
  route("GET", "/api/cards/drift", async (request) => {
    const query = queryOf(request);
    const now = query["month"] === undefined ? rescorer.asOfMonth : monthOf(query["month"]);
    const before = query["against"] === undefined ? now - 1 : monthOf(query["against"]);
    const { champion } = await cardsInForce(store);
    return driftReport(store, { before, now }, champion.cardVersion);
  });
}

function summaryOf({ card, ...rest }: StoredCard) {
  return { ...rest, title: card.title, characteristics: card.characteristics.length, metrics: card.training?.metrics };
}

function readTrainingRequest(body: Record<string, unknown>): {
  people: Labelled[];
  months: { asOf: MonthIndex; outcomeFrom: MonthIndex };
} {
  return {
    months: { asOf: monthOf(body["as_of"]), outcomeFrom: monthOf(body["outcome_from"]) },
    people: readPeople(body),
  };
}

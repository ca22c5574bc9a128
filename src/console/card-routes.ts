import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type MonthIndex, parseMonth } from "../clock.ts";
import { identityCard, normaliseCredentialsNo, personKey } from "../consent/people.ts";
import { isOperatorHeader } from "../merchants/operators.ts";
import type { Platform } from "../methods/method.ts";
import { CardFormatError, parseCard } from "../scoring/card/card-json.ts";
import { features } from "../scoring/card/features.ts";
import { addCard, CardError, type CardState, cardsInForce, findCard, listCards, moveCard, type StoredCard } from "../scoring/cards.ts";
import { driftReport, swapSet } from "../scoring/compare.ts";
import { explainPerson, replayInquiry } from "../scoring/replay.ts";
import { LeakError, type Labelled, scoresOf, trainingRows, trainingRowsLimit } from "../scoring/training-rows.ts";
import { refuse, refuseStranger } from "./routes.ts";

const bodyLimit = 4_194_304;
const states: readonly string[] = ["validated", "shadow", "champion", "retired"] satisfies CardState[];

type Answer = (request: FastifyRequest, operator: string) => Promise<unknown>;

/** The cards and the scores, for operators: what `kaimen card` and `kaimen score` ask for. */
export function registerCardApi(server: FastifyInstance, platform: Platform): void {
  const { store, clock, vault, rescorer, log } = platform;
  const route = (method: "GET" | "POST", url: string, answer: Answer): void => {
    server.route({
      method,
      url,
      bodyLimit,
      handler: async (request, reply): Promise<FastifyReply> => {
        if (!(await isOperatorHeader(store, request.headers.authorization))) return refuseStranger(reply);
        try {
          return await reply.send(await answer(request, loginOf(request)));
        } catch (error) {
          if (error instanceof CardError || error instanceof CardFormatError || error instanceof LeakError) return refuse(reply, error.message);
          throw error;
        }
      },
    });
  };

  route("GET", "/api/cards", async () => ({
    cards: (await listCards(store)).map(summaryOf),
    progress: await rescorer.progress(),
  }));
  route("GET", "/api/cards/:version", async (request) => findCard(store, parameterOf(request, "version")));
  route("POST", "/api/cards", async (request, operator) => {
    const body = objectOf(request.body);
    return summaryOf(await addCard(store, clock, { card: parseCard(body["card"]), author: operator, report: body["report"] }));
  });
  route("POST", "/api/cards/features", async (request, operator) => {
    const { people, months } = readTrainingRequest(objectOf(request.body));
    log.info({ operator, people: people.length, as_of: months.asOf }, "features read for training");
    return { features: features.map(({ name }) => name), rows: await trainingRows(store, vault, people, months) };
  });
  route("POST", "/api/cards/:version/state", async (request, operator) => {
    const { state, approver } = objectOf(request.body);
    if (typeof state !== "string" || !states.includes(state)) throw new CardError(`a state is one of ${states.join(", ")}`);
    // A sandbox has one operator: who else approves is taken at their word there, and nowhere else.
    const actor = platform.config.mode === "sandbox" && typeof approver === "string" && /^[\p{L}\p{N}@._ -]{1,64}$/u.test(approver) ? approver : operator;
    const moved = await moveCard(store, clock, parameterOf(request, "version"), state as CardState, actor); // One of the list.
    log.info({ card: moved.cardVersion, state: moved.state, actor }, "a card changed its state");
    if (await rescorer.markAllIfStale()) void rescorer.runWithin(0);
    return summaryOf(moved);
  });
  route("GET", "/api/cards/swap-set", async () => swapSet(store));
  route("GET", "/api/cards/drift", async (request) => {
    const query = request.query as Record<string, string | undefined>; // Fastify's parser gives texts.
    const now = query["month"] === undefined ? rescorer.asOfMonth : monthOf(query["month"]);
    const before = query["against"] === undefined ? now - 1 : monthOf(query["against"]);
    const { champion } = await cardsInForce(store);
    return driftReport(store, { before, now }, champion.cardVersion);
  });
  route("GET", "/api/scores/replay/:biz_no", async (request) => replayInquiry(store, parameterOf(request, "biz_no")));
  route("POST", "/api/scores", async (request, operator) => {
    const people = readPeople(objectOf(request.body));
    log.info({ operator, people: people.length }, "scores read");
    return { scores: await scoresOf(store, vault, people) };
  });
  route("POST", "/api/scores/explain", async (request, operator) => {
    const { credentials_no: credentialsNo, credentials_type: type } = objectOf(request.body);
    if (typeof credentialsNo !== "string" || credentialsNo.length > 64) throw new CardError("credentials_no is needed, as a text");
    const person = personKey(vault, typeof type === "string" ? type : identityCard, normaliseCredentialsNo(credentialsNo));
    log.info({ operator, person: person.personId }, "a person's score was read");
    const explained = await explainPerson(store, person);
    if (explained === undefined) throw new CardError("nobody with this credential was ever scored");
    return explained;
  });
}

function summaryOf({ card, ...rest }: StoredCard) {
  return { ...rest, title: card.title, characteristics: card.characteristics.length, metrics: card.training?.metrics };
}

function readTrainingRequest(body: Record<string, unknown>): { people: Labelled[]; months: { asOf: MonthIndex; outcomeFrom: MonthIndex } } {
  return { months: { asOf: monthOf(body["as_of"]), outcomeFrom: monthOf(body["outcome_from"]) }, people: readPeople(body) };
}

function readPeople({ people }: Record<string, unknown>): Labelled[] {
  if (!Array.isArray(people) || people.length === 0 || people.length > trainingRowsLimit) {
    throw new CardError(`people must be a list of 1 to ${trainingRowsLimit} {credentials_no, credentials_type?}`);
  }
  return (people as unknown[]).map((each) => {
    const { credentials_no: credentialsNo, credentials_type: credentialsType = identityCard } = objectOf(each);
    if (typeof credentialsNo !== "string" || typeof credentialsType !== "string") throw new CardError("credentials_no is needed, as a text");
    return { credentialsNo, credentialsType };
  });
}

function monthOf(value: unknown): MonthIndex {
  const month = typeof value === "string" ? parseMonth(value) : undefined;
  if (month === undefined) throw new CardError("a month is written yyyy-MM");
  return month;
}

function parameterOf(request: FastifyRequest, name: "version" | "biz_no"): string {
  return (request.params as Record<string, string>)[name] ?? ""; // The route's own parameter.
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new CardError("a JSON object is needed");
  return value as Record<string, unknown>; // An object, seen just above.
}

/** Of a header that was just proved. */
function loginOf(request: FastifyRequest): string {
  const basic = (request.headers.authorization ?? "").slice("Basic ".length);
  return Buffer.from(basic, "base64").toString("utf8").split(":")[0] ?? "";
}

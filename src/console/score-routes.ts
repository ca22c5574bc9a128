import type { Platform } from "../platform.ts";
import { CardError } from "../scoring/cards.ts";
import { type HoldRequest, holdScore, listHolds, releaseScore } from "../scoring/holds.ts";
import { explainPerson, replayInquiry } from "../scoring/replay.ts";
import { scoresOf } from "../scoring/training-rows.ts";
import { objectOf, parameterOf, personOf, readPeople, type Route } from "./operator-route.ts";

/** The scores of people, for operators: what `kaimen score` asks for. */
export function addScoreRoutes(route: Route, platform: Platform): void {
  const { store, vault, log } = platform;

  route("GET", "/api/scores/replay/:biz_no", async (request, operator) => {
    const replayed = await replayInquiry(store, parameterOf(request, "biz_no"));
    log.info({ operator, biz_no: replayed.bizNo }, "a person's score was read");
    return replayed;
  });
  route("POST", "/api/scores", async (request, operator) => {
    const people = readPeople(objectOf(request.body));
    log.info({ operator, people: people.length }, "scores read");
    return { scores: await scoresOf(store, vault, people) };
  });
  route("POST", "/api/scores/explain", async (request, operator) => {
    const person = personOf(vault, objectOf(request.body));
    log.info({ operator, person: person.personId }, "a person's score was read");
    const explained = await explainPerson(store, person);
    if (explained === undefined) throw new CardError("nobody with this credential was ever scored");
    return explained;
  });

  route("GET", "/api/scores/holds", async () => ({ holds: await listHolds(store) }));
  for (const [action, change] of [
    ["hold", holdScore],
    ["release", releaseScore],
  ] as const) {
    route("POST", `/api/scores/${action}`, async (request, operator) => {
      const body = objectOf(request.body);
      const person = personOf(vault, body);
      const asked: HoldRequest = { operator, reason: typeof body["reason"] === "string" ? body["reason"] : "" };
      await change(platform, person, asked);
      log.info({ operator, person: person.personId, action }, "a person's score was stopped or released");
      return explainPerson(store, person);
    });
  }
}

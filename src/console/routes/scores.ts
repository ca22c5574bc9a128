import { Type } from "typebox";
import type { PersonKey } from "../../consent/people.ts";
import { holdScore, listHolds, releaseScore } from "../../scoring/holds.ts";
import { explainPerson, type PersonScore, replayInquiry } from "../../scoring/replay.ts";
import { scoresOf } from "../../scoring/training-rows.ts";
import type { Queryable } from "../../store/store.ts";
import { accountOf } from "../caller.ts";
import * as field from "../fields.ts";
import { inFull, namedPeople } from "../people-asked.ts";
import { personKeyOf } from "../person-asked.ts";
import { Problem } from "../problem.ts";
import { refuseCard } from "../refuse-card.ts";
import { defineRoute, operatorsWho } from "../route.ts";
import * as reply from "../score-replies.ts";

const peopleBodyBytes = 4_194_304;
/** The scores of a million people take some hundred requests. */
const requestsPerMinute = 1_200;

const person = { credentialsNo: field.credentialsNo, credentialsType: Type.Optional(field.credentialsType) };

async function scoreOf(store: Queryable, of: PersonKey): Promise<PersonScore> {
  const explained = await explainPerson(store, of);
  if (explained === undefined) throw new Problem("not-found", "nobody with this credential was ever scored");
  return explained;
}

export const replayRoute = defineRoute(
  {
    method: "GET",
    path: "/api/scores/replay/:bizNo",
    title: { en: "Compute an answer again from what is stored", zh: "评分复算" },
    who: operatorsWho("scores:read"),
    params: field.object({ bizNo: field.text(64, "of the answer") }),
    query: field.object({ purpose: field.purpose }),
    reply: reply.replay,
    errors: ["not-found", "refused"],
    action: "score.replay",
  },
  async ({ params: { bizNo }, query: { purpose }, note }, { store }) => {
    note({ purpose });
    const { personId, replay } = await replayInquiry(store, bizNo).catch(refuseCard);
    note({ personId });
    return replay;
  },
);

export const readScoresRoute = defineRoute(
  {
    method: "POST",
    path: "/api/scores",
    title: { en: "Read the scores of several people", zh: "批量读取评分" },
    doc: 'What each would be answered now: a score, "N/A", or null where nobody ever scored them.',
    who: operatorsWho("scores:read"),
    body: field.object({ people: namedPeople, purpose: field.purpose }),
    reply: field.object({ scores: Type.Array(Type.Union([Type.String(), Type.Null()])) }),
    action: "score.read",
    isRead: true,
    bodyLimitBytes: peopleBodyBytes,
    requestsPerMinute,
  },
  async ({ body: { people, purpose }, note }, { store, vault }) => {
    note({ purpose, details: { people: people.length } });
    return { scores: await scoresOf(store, vault, inFull(people)) };
  },
);

export const explainRoute = defineRoute(
  {
    method: "POST",
    path: "/api/scores/explain",
    title: { en: "A person's score with its reasons and history", zh: "评分解释" },
    who: operatorsWho("scores:read"),
    body: field.object({ ...person, purpose: field.purpose }),
    reply: reply.personScore,
    errors: ["not-found"],
    action: "score.explain",
    isRead: true,
  },
  async ({ body, note }, { store, vault }) => {
    const asked = personKeyOf(vault, body);
    note({ personId: asked.personId, purpose: body.purpose });
    return scoreOf(store, asked);
  },
);

export const listHoldsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/scores/holds",
    title: { en: "Whose score is stopped, since when, by whom and why", zh: "评分冻结列表" },
    doc: "The longest held first.",
    who: operatorsWho("scores:read"),
    reply: field.object({
      holds: Type.Array(
        field.object({
          personId: field.uuid,
          reason: Type.String(),
          heldBy: Type.String(),
          heldAt: field.instant,
        }),
      ),
    }),
    action: "score.holds",
  },
  async (_, { store }) => ({ holds: await listHolds(store) }),
);

export const holdRoute = defineRoute(
  {
    method: "POST",
    path: "/api/scores/hold",
    title: { en: "Stop a person's score", zh: "冻结评分" },
    doc: "As while a dispute is open: N/A is answered until it is released.",
    who: operatorsWho("scores:write"),
    body: field.object({ ...person, reason: field.reason }),
    reply: reply.personScore,
    errors: ["not-found", "conflict", "refused"],
    action: "score.hold",
  },
  async ({ body, caller, note }, platform) => {
    const asked = personKeyOf(platform.vault, body);
    note({ personId: asked.personId, purpose: body.reason });
    const request = { operator: accountOf(caller).login, reason: body.reason };
    await holdScore(platform, asked, request).catch(refuseCard);
    return scoreOf(platform.store, asked);
  },
);

export const releaseRoute = defineRoute(
  {
    method: "POST",
    path: "/api/scores/release",
    title: { en: "Let a person be scored again", zh: "解除评分冻结" },
    who: operatorsWho("scores:write"),
    body: field.object({ ...person, reason: field.reason }),
    reply: reply.personScore,
    errors: ["not-found", "conflict", "refused"],
    action: "score.release",
    secondPerson: true,
  },
  async ({ body, caller, note }, platform) => {
    const asked = personKeyOf(platform.vault, body);
    note({ personId: asked.personId, purpose: body.reason });
    const request = { operator: accountOf(caller).login, reason: body.reason };
    await releaseScore(platform, asked, request).catch(refuseCard);
    return scoreOf(platform.store, asked);
  },
);

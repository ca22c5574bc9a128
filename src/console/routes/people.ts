import { Type } from "typebox";
import { isPermitted } from "../../accounts/roles.ts";
import { nameFault } from "../../consent/name-fault.ts";
import { decideName } from "../../people/decide-name.ts";
import { erasePerson } from "../../people/erase-person.ts";
import { exportPerson, type PersonExport } from "../../people/export-person.ts";
import { PersonError } from "../../people/person-events.ts";
import { whoAsked } from "../../people/who-asked.ts";
import { accountOf, type Caller } from "../caller.ts";
import * as field from "../fields.ts";
import { personKeyOf } from "../person-asked.ts";
import { Problem } from "../problem.ts";
import { defineRoute, operatorsWho } from "../route.ts";

/** What a person may ask of who holds their file: what `kaimen person` asks for. */
const person = { credentialsNo: field.credentialsNo, credentialsType: Type.Optional(field.credentialsType) };
const rows = Type.Array(Type.Object({}));
const counts = Type.Readonly(Type.Record(Type.String(), Type.Integer()));

function refusePerson(error: unknown): never {
  throw error instanceof PersonError ? new Problem(error.code, error.message) : error;
}

export const exportPersonRoute = defineRoute(
  {
    method: "POST",
    path: "/api/people/export",
    title: { en: "Everything stored about a person, in the clear", zh: "导出个人信息" },
    doc: "For the person who asked for it. Who exported it and why is kept in the file itself, too.",
    who: operatorsWho("people:read"),
    body: field.object({ ...person, purpose: field.purpose }),
    reply: Type.Unsafe<PersonExport>(
      field.object({
        exportedAt: field.instant,
        credentialsType: Type.String(),
        credentialsNo: Type.String(),
        names: Type.Array(Type.String()),
        logins: rows,
        consents: rows,
        tokens: rows,
        records: rows,
        scores: rows,
        shadowScores: rows,
        holds: rows,
        explanation: Type.Unknown(),
        inquiries: rows,
        events: rows,
        incomplete: Type.Array(Type.String(), {
          description: "the kinds of which there are more rows than an export holds",
        }),
      }),
    ),
    errors: ["not-found", "refused"],
    action: "person.export",
    isRead: true,
  },
  async ({ body, caller, note }, platform) => {
    const asked = personKeyOf(platform.vault, body);
    note({ personId: asked.personId, purpose: body.purpose });
    const request = { operator: accountOf(caller).login, reason: body.purpose };
    return exportPerson(platform, asked, request).catch(refusePerson);
  },
);

export const erasePersonRoute = defineRoute(
  {
    method: "POST",
    path: "/api/people/erase",
    title: { en: "Erase a person's file", zh: "删除个人信息" },
    doc: "Whoever does not confirm it gets the numbers of what would be erased, and nothing else.",
    who: operatorsWho("people:write"),
    body: field.object({
      ...person,
      reason: field.reason,
      confirm: Type.Optional(field.flag("do it: it cannot be taken back")),
    }),
    reply: field.object({ erased: counts, kept: counts, done: Type.Boolean() }),
    errors: ["not-found", "refused"],
    action: "person.erase",
  },
  async ({ body: { reason, confirm = false, ...body }, caller, note }, platform) => {
    const asked = personKeyOf(platform.vault, body);
    note({ personId: asked.personId, purpose: reason, details: { confirm } });
    const request = { operator: accountOf(caller).login, reason, isTrial: !confirm };
    const { erased, kept, done } = await erasePerson(platform, asked, request).catch(refusePerson);
    return { erased, kept: { ...kept }, done };
  },
);

export const decideNameRoute = defineRoute(
  {
    method: "POST",
    path: "/api/people/name",
    title: { en: "Say which of a person's names holds", zh: "认定姓名" },
    doc: "For whoever is N/A for N4, one number under several names, once the person's document was seen. The person is scored again in spite of the other names stored now, and is known by this one alone. A further name that is fed back later makes the score N/A again.",
    who: operatorsWho("people:write"),
    body: field.object({ ...person, name: field.shortName, reason: field.reason }),
    reply: field.object({ names: Type.Integer({ description: "how many names were weighed" }) }),
    errors: ["not-found", "refused"],
    action: "person.name",
  },
  async ({ body: { reason, name, ...body }, caller, note }, platform) => {
    const fault = nameFault(name);
    if (fault !== undefined) throw new Problem("invalid-field", `name: ${fault.en}`);
    const asked = personKeyOf(platform.vault, body);
    note({ personId: asked.personId, purpose: reason });
    return decideName(platform, asked, { operator: accountOf(caller).login, reason, name }).catch(refusePerson);
  },
);

export const whoAskedRoute = defineRoute(
  {
    method: "POST",
    path: "/api/people/who-asked",
    title: { en: "Who asked for a person's score, and who of the staff read or changed their file", zh: "查询记录" },
    doc: "The newest first. A score is told to those who may read scores.",
    who: operatorsWho("people:read"),
    body: field.object({ ...person, purpose: field.purpose }),
    reply: field.object({
      inquiries: Type.Immutable(
        Type.Array(
          field.object({
            acceptedAt: field.instant,
            merchantId: Type.String(),
            merchantName: Type.Union([Type.String(), Type.Null()]),
            appId: Type.String(),
            productCode: Type.String(),
            purpose: Type.String(),
            bizNo: Type.String(),
            state: Type.String(),
            billedFen: Type.Integer(),
            unbilledBecause: Type.Union([Type.Enum(["na", "free", "closed"]), Type.Null()]),
            cardVersion: Type.Union([Type.String(), Type.Null()]),
            score: Type.Optional(Type.Union([Type.String(), Type.Null()])),
          }),
        ),
      ),
      staff: Type.Immutable(
        Type.Array(
          field.object({
            at: field.instant,
            account: Type.String(),
            role: Type.String(),
            action: Type.String(),
            outcome: Type.String(),
            purpose: Type.String(),
          }),
        ),
      ),
      moreInquiries: Type.Boolean({ description: "there are more than are listed" }),
      moreStaff: Type.Boolean(),
    }),
    action: "person.who-asked",
    isRead: true,
  },
  async ({ body, caller, note }, { store, vault }) => {
    const asked = personKeyOf(vault, body);
    note({ personId: asked.personId, purpose: body.purpose });
    return whoAsked(store, asked, { withScores: mayReadScores(caller) });
  },
);

function mayReadScores(caller: Caller): boolean {
  const { role } = accountOf(caller);
  return role !== undefined && isPermitted(role, "scores:read", caller.narrowedTo);
}

import { Type } from "typebox";
import { readAudit } from "../../audit/read-audit.ts";
import { verifyAudit } from "../../audit/verify-audit.ts";
import { instantToText } from "../../clock.ts";
import { personKeyOf } from "../person-asked.ts";
import * as field from "../fields.ts";
import { defineRoute, operatorsWho } from "../route.ts";

const entry = field.object({
  entryNo: Type.Integer(),
  at: field.instant,
  account: Type.String(),
  role: Type.String(),
  session: Type.String(),
  address: Type.String(),
  action: Type.String(),
  outcome: Type.String(),
  personId: Type.Union([field.uuid, Type.Null()]),
  merchantId: Type.Union([Type.String(), Type.Null()]),
  purpose: Type.String(),
  details: Type.Unknown(),
  traceId: Type.String(),
});

/** A person is named in the body: an identity number never lies in an address. */
export const readAuditRoute = defineRoute(
  {
    method: "POST",
    path: "/api/audit/search",
    title: { en: "Search the audit trail", zh: "查询审计日志" },
    doc: "The newest first. The search itself is put on the trail.",
    who: operatorsWho("audit:read"),
    body: field.object({
      credentialsNo: Type.Optional(field.credentialsNo),
      credentialsType: Type.Optional(field.credentialsType),
      account: Type.Optional(field.text(100, "a name, or its beginning: operator anna")),
      merchantId: Type.Optional(field.merchantId),
      action: Type.Optional(field.text(64, "an action, or its noun: merchant")),
      before: Type.Optional(Type.Integer({ minimum: 1, description: "entries with a smaller number" })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: "1 to 500; 100 when left out" })),
    }),
    reply: field.object({ entries: Type.Array(entry), next: Type.Optional(Type.Integer()) }),
    action: "audit.search",
    isRead: true,
  },
  async ({ body, note }, { store, vault }) => {
    const { credentialsNo, credentialsType, limit = 100, account, merchantId, action, before } = body;
    const person = credentialsNo === undefined ? undefined : personKeyOf(vault, { credentialsNo, credentialsType });
    if (person !== undefined) note({ personId: person.personId });
    const entries = await readAudit(store, { personId: person?.personId, account, merchantId, action, before, limit });
    const last = entries.at(-1);
    return {
      entries: entries.map((each) => ({
        ...each,
        at: instantToText(each.at),
        details: JSON.parse(each.details) as unknown,
      })),
      ...(entries.length === limit && last !== undefined ? { next: last.entryNo } : {}),
    };
  },
);

export const verifyAuditRoute = defineRoute(
  {
    method: "POST",
    path: "/api/audit/verify",
    title: { en: "Verify the audit trail", zh: "校验审计日志" },
    who: operatorsWho("audit:read"),
    reply: field.object({
      entries: Type.Integer(),
      head: Type.String({
        description: "the last entry's hash: kept elsewhere, it proves later that no end was cut off",
      }),
      broken: Type.Optional(field.object({ entryNo: Type.Integer(), fault: Type.Enum(["missing", "changed"]) })),
    }),
    action: "audit.verify",
    isRead: true,
  },
  async (_, { store }) => verifyAudit(store),
);

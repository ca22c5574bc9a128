import { Type } from "typebox";
import { findLiveAccount } from "../../accounts/account.ts";
import { instantToText } from "../../clock.ts";
import type { Platform } from "../../platform.ts";
import { type Approval, decideApproval, listApprovals } from "../approvals.ts";
import { accountOf, type Caller, checkMayCall } from "../caller.ts";
import * as field from "../fields.ts";
import { Problem } from "../problem.ts";
import { callRoute } from "../register-routes.ts";
import { type Call, defineRoute, operatorsWho, type Route } from "../route.ts";

const approval = field.object({
  approvalId: field.uuid,
  action: Type.String(),
  reason: Type.String(),
  asksFor: field.nullable(
    Type.Readonly(
      Type.Record(Type.String(), Type.String(), {
        description:
          "the fields of the change; *** for what names a person or opens something; null where it cannot be opened",
      }),
    ),
  ),
  askedBy: field.login,
  askedAt: field.instant,
  expiresAt: field.instant,
  decision: Type.Union([Type.Enum(["approved", "rejected", "withdrawn"]), Type.Null()]),
  decidedBy: Type.Union([Type.String(), Type.Null()]),
  decidedAt: field.optionalInstant,
});

const describe = (found: Approval) => ({
  ...found,
  askedAt: instantToText(found.askedAt),
  expiresAt: instantToText(found.expiresAt),
  decidedAt: field.orNull(found.decidedAt),
});

const params = field.object({ approvalId: field.uuid });

/** `routesOf` gives every route: what was asked for is called when it is approved. */
export function approvalRoutes(routesOf: () => readonly Route[]) {
  return {
    list: defineRoute(
      {
        method: "GET",
        path: "/api/approvals",
        title: { en: "What waits for a second person", zh: "待复核事项" },
        who: operatorsWho("any"),
        query: field.object({ all: Type.Optional(field.flag("decided ones, too")) }),
        reply: field.object({ approvals: Type.Array(approval) }),
      },
      async ({ query }, platform) => ({
        approvals: (await listApprovals(platform, query.all !== true)).map(describe),
      }),
    ),
    approve: defineRoute(
      {
        method: "POST",
        path: "/api/approvals/:approvalId/approve",
        title: { en: "Approve, and do, what another operator asked for", zh: "复核通过并执行" },
        doc: "The approver needs the permission that the change itself needs. What it answers is told to the approver.",
        who: operatorsWho("any"),
        params,
        reply: field.object({ approval, answer: Type.Unknown() }),
        errors: ["not-found", "conflict", "refused"],
        action: "approval.approve",
      },
      async (call, platform) => approve(routesOf(), call, platform),
    ),
    reject: decisionRoute("reject", "rejected", { en: "Reject what another operator asked for", zh: "复核驳回" }),
    withdraw: decisionRoute("withdraw", "withdrawn", { en: "Withdraw what one asked for", zh: "撤回申请" }),
  };
}

function decisionRoute<Verb extends "reject" | "withdraw">(
  verb: Verb,
  decision: "rejected" | "withdrawn",
  title: { readonly en: string; readonly zh: string },
) {
  return defineRoute(
    {
      method: "POST",
      path: `/api/approvals/:approvalId/${verb}`,
      title,
      who: operatorsWho("any"),
      params,
      reply: approval,
      errors: ["not-found", "conflict"],
      action: `approval.${verb}`,
    },
    async ({ params: { approvalId }, caller }, platform) => {
      const decided = await decideApproval(platform, approvalId, { login: accountOf(caller).login, decision });
      return describe(decided.approval);
    },
  );
}

async function approve(
  routes: readonly Route[],
  { params: { approvalId }, caller, note, traceId, reply }: Call<{ approvalId: string }, unknown, unknown>,
  platform: Platform,
) {
  const waiting = (await listApprovals(platform, true)).find((each) => each.approvalId === approvalId);
  if (waiting?.asksFor === null)
    throw new Problem("conflict", "what was asked for cannot be opened under this master key: reject it, and ask anew");
  const route = routes.find(
    ({ spec }) => spec.action !== undefined && spec.action === waiting?.action && spec.secondPerson,
  );
  if (route !== undefined) checkMayCall(caller, route.spec.who);
  const { login } = accountOf(caller);
  const decided = await decideApproval(platform, approvalId, { login, decision: "approved" });
  if (decided.call === undefined) throw new Error(`the approval ${approvalId} cannot be opened any more`);
  if (route === undefined) throw new Problem("conflict", `nothing is called ${decided.approval.action} any more`);
  const asker = await findLiveAccount(platform.store, "operator", decided.approval.askedBy);
  if (asker === undefined) throw new Problem("refused", "whoever asked for it may not sign in any more");
  note({ details: { action: decided.approval.action, askedBy: decided.approval.askedBy } });
  const asked: Caller = {
    ...caller,
    account: asker.account,
    sessionId: undefined,
    narrowedTo: undefined,
    actor: {
      ...caller.actor,
      account: `operator ${asker.account.login}`,
      role: asker.account.role ?? "",
      session: `approved by ${login}`,
    },
  };
  checkMayCall(asked, route.spec.who);
  const answer = await callRoute(route, platform, { ...decided.call, caller: asked, traceId, reply });
  return { approval: describe(decided.approval), answer };
}

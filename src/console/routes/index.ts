import type { Route } from "../route.ts";
import * as account from "./account.ts";
import { approvalRoutes } from "./approvals.ts";
import * as apps from "./apps.ts";
import * as arrangements from "./arrangements.ts";
import * as audit from "./audit.ts";
import * as cardComparison from "./card-comparison.ts";
import * as cards from "./cards.ts";
import * as feedback from "./feedback.ts";
import * as feedbackFiles from "./feedback-files.ts";
import * as keys from "./keys.ts";
import * as keyUses from "./key-uses.ts";
import * as ledger from "./ledger.ts";
import * as ledgerLines from "./ledger-lines.ts";
import * as merchants from "./merchants.ts";
import * as methods from "./methods.ts";
import * as operators from "./operators.ts";
import * as overview from "./overview.ts";
import * as people from "./people.ts";
import * as requests from "./requests.ts";
import * as scores from "./scores.ts";
import * as session from "./session.ts";
import * as settings from "./settings.ts";
import * as staff from "./staff.ts";
import * as templates from "./templates.ts";
import * as users from "./users.ts";

/** What each file of this folder exports as a route; their order is that of the documents. */
export const declared = {
  session,
  account,
  overview,
  methods,
  requests,
  operators,
  merchants,
  staff,
  apps,
  keys,
  keyUses,
  arrangements,
  users,
  templates,
  feedback,
  feedbackFiles,
  ledger,
  ledgerLines,
  people,
  scores,
  cards,
  cardComparison,
  audit,
  settings,
};

/** Every route under /api/ but the sandbox's own: the registry from which the guard, the documents and the types come. */
export const consoleRoutes: readonly Route[] = [
  ...Object.values(declared).flatMap(routesIn),
  ...Object.values(approvalRoutes(() => consoleRoutes)),
];

/** Those of approvals, as types: they are made from the others. */
export type ApprovalRoutes = ReturnType<typeof approvalRoutes>;

function routesIn(file: object): Route[] {
  return Object.values(file).filter(
    (value: unknown): value is Route =>
      typeof value === "object" && value !== null && "spec" in value && "answer" in value,
  );
}

import { type AuditParts, appendAudit } from "../../audit/audit.ts";
import type { Actor, AuditEvent } from "../../audit/entry.ts";
import { localUser } from "../local-user.ts";

/** Whoever works at the database itself, without the server: the machine's user is all that is known of them. */
export function databaseActor(): Actor {
  return { account: `database ${localUser()}`, role: "", session: "", address: "" };
}

/** Makes a change at the database itself, and puts it on the trail as a route does: before it begins, and when it has ended. */
export async function changeAtDatabase<Result>(
  parts: AuditParts,
  event: Pick<AuditEvent, "action" | "merchantId" | "personId" | "purpose" | "details">,
  change: () => Promise<Result>,
): Promise<Result> {
  const actor = databaseActor();
  await appendAudit(parts, { ...actor, ...event, outcome: "begun" });
  try {
    const result = await change();
    await appendAudit(parts, { ...actor, ...event, outcome: "done" });
    return result;
  } catch (error) {
    await appendAudit(parts, { ...actor, ...event, outcome: "failed" });
    throw error;
  }
}

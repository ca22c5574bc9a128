import { type Clock, instantToText } from "../clock.ts";
import type { Store } from "../store/store.ts";
import { type AuditEntry, type AuditEvent, hashOfEntry } from "./entry.ts";

/** Longer words are cut: a trail is no place to keep texts. */
const textLimit = 300;
const detailsLimit = 4_000;

export interface AuditParts {
  readonly store: Store;
  readonly clock: Clock;
}

/**
 * Appends an event to the trail and resolves when that is committed, in a transaction of its own: what it tells may be
 * refused or taken back, and the trail says so still. Entries follow each other, one at a time over all processes.
 */
export async function appendAudit({ store, clock }: AuditParts, event: AuditEvent): Promise<number> {
  const at = clock.now();
  return store.transaction(async (transaction) => {
    const [head] = await transaction.query<{ entry_no: number; hash: Uint8Array }>(
      "select entry_no, hash from audit_head where head for update",
    );
    if (head === undefined) throw new Error("the audit trail has lost its head; kaimen verify says what is left");
    const entry: AuditEntry = {
      entryNo: head.entry_no + 1,
      at,
      account: cut(event.account),
      role: event.role,
      session: cut(event.session),
      address: cut(event.address),
      action: event.action,
      outcome: event.outcome,
      personId: event.personId ?? null,
      merchantId: event.merchantId === undefined ? null : cut(event.merchantId),
      purpose: cut(event.purpose ?? ""),
      details: detailsOf(event),
      traceId: event.traceId ?? "",
    };
    await transaction.query(
      `with appended as (
         insert into audit_entry (entry_no, at, account, role, session, address, action, outcome, person_id, merchant_id,
           purpose, details, trace_id, hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         returning entry_no, hash
       )
       update audit_head set entry_no = appended.entry_no, hash = appended.hash from appended where head`,
      [
        entry.entryNo,
        instantToText(at),
        entry.account,
        entry.role,
        entry.session,
        entry.address,
        entry.action,
        entry.outcome,
        entry.personId,
        entry.merchantId,
        entry.purpose,
        entry.details,
        entry.traceId,
        hashOfEntry(head.hash, entry),
      ],
    );
    return entry.entryNo;
  });
}

function detailsOf({ details = {} }: AuditEvent): string {
  const text = JSON.stringify(details);
  return text.length <= detailsLimit ? text : JSON.stringify({ cut: true, fields: Object.keys(details).slice(0, 50) });
}

/** PostgreSQL stores no NUL; half a surrogate pair cannot be hashed alike twice. */
function cut(text: string): string {
  return text
    .replaceAll(/[\0\p{Cs}]/gu, "\uFFFD")
    .slice(0, textLimit)
    .replace(/\p{Cs}$/u, "");
}

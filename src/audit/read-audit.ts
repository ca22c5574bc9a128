import type { Queryable } from "../store/store.ts";
import { type AuditEntry, entryColumns } from "./entry.ts";

export const entriesListed = 500;

export interface AuditQuery {
  readonly personId?: string | undefined;
  /** The whole name, such as `operator anna@bank`, or its beginning. */
  readonly account?: string | undefined;
  readonly merchantId?: string | undefined;
  /** The whole name of an action, or its noun: `merchant`. */
  readonly action?: string | undefined;
  /** Entries with a smaller number: where the last page ended. */
  readonly before?: number | undefined;
  readonly limit?: number | undefined;
}

/** The newest first. */
export function readAudit(store: Queryable, query: AuditQuery): Promise<AuditEntry[]> {
  return store.query<AuditEntry & Record<string, unknown>>(
    `select ${entryColumns} from audit_entry
     where ($1::uuid is null or person_id = $1)
       and ($2::text is null or account = $2 or starts_with(account, $2))
       and ($3::text is null or merchant_id = $3)
       and ($4::text is null or action = $4 or starts_with(action, $4 || '.'))
       and ($5::bigint is null or entry_no < $5)
     order by entry_no desc limit $6`,
    [
      query.personId ?? null,
      query.account ?? null,
      query.merchantId ?? null,
      query.action ?? null,
      query.before ?? null,
      Math.min(query.limit ?? entriesListed, entriesListed),
    ],
  );
}

import type { Queryable } from "../store/store.ts";
import { type AuditEntry, entryColumns, hashOfEntry } from "./entry.ts";

const entriesAtOnce = 1_000;

/** What the trail proves of itself. */
export interface AuditVerification {
  readonly entries: number;
  /** The last entry's hash in hex: kept elsewhere, it proves later that nothing was cut off the end. */
  readonly head: string;
  /** The first entry that is not what it was, with what is wrong; absent when all are. */
  readonly broken?: { readonly entryNo: number; readonly fault: "missing" | "changed" };
}

/** Goes through the whole trail and computes each hash anew from the one before. */
export async function verifyAudit(store: Queryable): Promise<AuditVerification> {
  const [head] = await store.query<{ entry_no: number; hash: Uint8Array }>("select entry_no, hash from audit_head");
  const headNo = head?.entry_no ?? 0;
  let hash: Uint8Array = new Uint8Array();
  let entryNo = 0;
  for (;;) {
    const entries = await store.query<AuditEntry & { hash: Uint8Array } & Record<string, unknown>>(
      `select ${entryColumns}, hash from audit_entry where entry_no > $1 and entry_no <= $2 order by entry_no limit $3`,
      [entryNo, headNo, entriesAtOnce],
    );
    for (const entry of entries) {
      const result = (fault: "missing" | "changed", at: number): AuditVerification => ({
        entries: headNo,
        head: hex(head?.hash),
        broken: { entryNo: at, fault },
      });
      if (entry.entryNo !== entryNo + 1) return result("missing", entryNo + 1);
      const expected = hashOfEntry(hash, entry);
      if (!expected.equals(entry.hash)) return result("changed", entry.entryNo);
      hash = expected;
      entryNo = entry.entryNo;
    }
    if (entries.length < entriesAtOnce) break;
  }
  const found = { entries: headNo, head: hex(head?.hash) };
  if (entryNo < headNo) return { ...found, broken: { entryNo: entryNo + 1, fault: "missing" } };
  if (head === undefined || !Buffer.from(head.hash).equals(Buffer.from(hash)))
    return { ...found, broken: { entryNo, fault: "changed" } };
  return found;
}

function hex(hash: Uint8Array | undefined): string {
  return Buffer.from(hash ?? []).toString("hex");
}

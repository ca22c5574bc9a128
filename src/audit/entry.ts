import { createHash } from "node:crypto";
import { type Instant, instantToText } from "../clock.ts";

/** Who did something: an account, a program with a token of one, a merchant's app, or somebody at the database itself. */
export interface Actor {
  /** `operator anna@bank`, `merchant shop@m`, `app 2021…`, `database root@host`; `user 2088…` (its id). */
  readonly account: string;
  /** An operator's role at the time; else "". */
  readonly role: string;
  /** `session ID` or `token NAME`; else "". */
  readonly session: string;
  /** From where, as the trusted proxies tell it; "" for the machine itself. */
  readonly address: string;
}

/** What is said when something happens: who, what, about whom, why. Nothing of it is personal data in the clear. */
export interface AuditEvent extends Actor {
  /** What a route or a command is called in the trail: `merchant.suspend`. */
  readonly action: string;
  /** A change is `begun` before it is made and `done`, `refused` or `failed` after; what is read is `done` before it leaves. */
  readonly outcome: "begun" | "done" | "refused" | "failed" | "asked";
  readonly personId?: string | undefined;
  readonly merchantId?: string | undefined;
  /** The purpose or reason that was given, in the caller's words. */
  readonly purpose?: string | undefined;
  /** What exactly: ids and names of settings, never their values where those are secret or personal. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly traceId?: string | undefined;
}

/** As it lies in the database; the hash is over the one before it and all the rest. */
export interface AuditEntry {
  readonly entryNo: number;
  readonly at: Instant;
  readonly account: string;
  readonly role: string;
  readonly session: string;
  readonly address: string;
  readonly action: string;
  readonly outcome: string;
  readonly personId: string | null;
  readonly merchantId: string | null;
  readonly purpose: string;
  /** JSON. */
  readonly details: string;
  readonly traceId: string;
}

export const entryColumns = `entry_no as "entryNo", at, account, role, session, address, action, outcome,
  person_id as "personId", merchant_id as "merchantId", purpose, details, trace_id as "traceId"`;

/** SHA-256 of the hash before and the JSON of all fields in this order, the instant in ISO 8601. */
export function hashOfEntry(before: Uint8Array, entry: AuditEntry): Buffer {
  const fields = [
    entry.entryNo,
    instantToText(entry.at),
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
  ];
  return createHash("sha256").update(before).update(JSON.stringify(fields)).digest();
}

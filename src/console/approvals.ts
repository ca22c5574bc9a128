import { randomUUID } from "node:crypto";
import { type Instant, instantToText, later, dayUs } from "../clock.ts";
import type { Platform } from "../platform.ts";
import { appendAudit } from "../audit/audit.ts";
import type { Vault } from "../keys/vault.ts";
import { accountOf, type Caller } from "./caller.ts";
import { Problem } from "./problem.ts";
import type { RouteSpec } from "./route.ts";

/** A call that is moved to another approval does not open there. */
const sealContext = (approvalId: string): string => `approval.request ${approvalId}`;
/** What nobody has decided by then has to be asked for anew. */
const waitsUs = 7 * dayUs;
const reasonOf = (body: unknown): string => {
  const { reason } = (body ?? {}) as { reason?: unknown }; // Any value may be asked for a field.
  return typeof reason === "string" ? reason : "";
};

/** A change that one operator asked for and another decides on. */
export interface Approval {
  readonly approvalId: string;
  readonly action: string;
  readonly reason: string;
  /** What is asked for, as whoever decides may read it: nothing that names a person or opens anything. Null where it does not open. */
  readonly asksFor: Readonly<Record<string, string>> | null;
  readonly askedBy: string;
  readonly askedAt: Instant;
  readonly expiresAt: Instant;
  readonly decision: "approved" | "rejected" | "withdrawn" | null;
  readonly decidedBy: string | null;
  readonly decidedAt: Instant | null;
}

export interface StoredCall {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/**
 * Where one person alone could enrich themselves or expose others, a second one looks at it first. The first operator of
 * an installation adds the second alone, once: there is nobody else yet. Whoever stops or removes all the others later is
 * not the first again: the audit trail remembers them.
 */
export async function isApprovalNeeded(
  { config, store }: Platform,
  { action, secondPerson }: RouteSpec,
): Promise<boolean> {
  if (secondPerson !== true || !config.secondPerson) return false;
  if (action !== "operator.add") return true;
  const [added] = await store.query<{ others: boolean }>(
    `select exists (select from account where kind = 'operator' offset 1)
       or exists (select from audit_entry where action = $1 and outcome = 'done' and starts_with(account, 'operator ')) as others`,
    [action],
  );
  return added?.others !== false;
}

export async function askForApproval(
  platform: Platform,
  spec: RouteSpec,
  { caller, ...call }: StoredCall & { readonly caller: Caller },
): Promise<{ approvalId: string; waitsFor: string }> {
  const { store, vault, clock } = platform;
  const approvalId = randomUUID();
  const now = clock.now();
  const action = spec.action ?? "";
  const { login } = accountOf(caller);
  await appendAudit(platform, { ...caller.actor, action, outcome: "asked", details: { approvalId } });
  await store.query(
    `insert into approval (approval_id, action, request_sealed, reason, asked_by, asked_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      approvalId,
      action,
      vault.seal(JSON.stringify(call), sealContext(approvalId)),
      reasonOf(call.body),
      login,
      instantToText(now),
      instantToText(later(now, waitsUs)),
    ],
  );
  return { approvalId, waitsFor: "a second operator's approval: kaimen approval approve, or the console" };
}

const columns = `approval_id as "approvalId", action, reason, asked_by as "askedBy", asked_at as "askedAt",
  expires_at as "expiresAt", decision, decided_by as "decidedBy", decided_at as "decidedAt"`;
const approvalsListed = 200;

/** What of a call is told to everybody who may see that it waits; of anything else only that it is set. */
const toldInFull: ReadonlySet<string> = new Set([
  "appId",
  "merchantId",
  "login",
  "role",
  "disabled",
  "version",
  "bizNo",
  "amountFen",
  "gatewayKeyId",
  "promote",
  "withoutKey",
  "certificateRequired",
]);

function asksForOf({ params, body }: StoredCall): Record<string, string> {
  const fields = Object.entries({ ...(params as object), ...(body as object) }); // Objects, or nothing at all.
  return Object.fromEntries(
    fields
      .filter(([name]) => name !== "reason")
      .map(([name, value]) => [name, toldInFull.has(name) ? String(value) : "***"]),
  );
}

type ApprovalRow = Omit<Approval, "asksFor"> & { request_sealed: Uint8Array };

interface OpenedApproval {
  readonly approval: Approval;
  /** Undefined where it does not open under the master key: such a one is listed and rejected like any other, but never done. */
  readonly call: StoredCall | undefined;
}

function openRow(vault: Vault, { request_sealed: sealed, ...row }: ApprovalRow): OpenedApproval {
  const call = openCall(vault, sealed, row.approvalId);
  return { approval: { ...row, asksFor: call === undefined ? null : asksForOf(call) }, call };
}

function openCall(vault: Vault, sealed: Uint8Array, approvalId: string): StoredCall | undefined {
  try {
    return JSON.parse(vault.open(sealed, sealContext(approvalId)).toString()) as StoredCall; // Sealed when it was asked for.
  } catch {
    return undefined;
  }
}

/** The newest first; those that wait, or all. */
export async function listApprovals(
  { store, vault, clock }: Pick<Platform, "store" | "vault" | "clock">,
  waitingOnly: boolean,
): Promise<Approval[]> {
  const rows = await store.query<ApprovalRow>(
    `select ${columns}, request_sealed from approval
     where not $1 or (decision is null and expires_at > $2) order by asked_at desc limit $3`,
    [waitingOnly, instantToText(clock.now()), approvalsListed],
  );
  return rows.map((row) => openRow(vault, row).approval);
}

/**
 * Takes the decision, once: of two who decide at the same time one is told that it is decided.
 * @throws Problem for one that is unknown, decided or too old, and for approving or rejecting what the decider asked for.
 */
export async function decideApproval(
  { store, clock, vault }: Pick<Platform, "store" | "clock" | "vault">,
  approvalId: string,
  { login, decision }: { login: string; decision: "approved" | "rejected" | "withdrawn" },
): Promise<OpenedApproval> {
  const now = instantToText(clock.now());
  const [row] = await store.query<ApprovalRow>(
    `update approval set decision = $2, decided_by = $3, decided_at = $4
     where approval_id = $1 and decision is null and expires_at > $4 and (asked_by = $3) = ($2 = 'withdrawn')
     returning ${columns}, request_sealed`,
    [approvalId, decision, login, now],
  );
  if (row !== undefined) return openRow(vault, row);
  const [found] = await store.query<Omit<Approval, "asksFor"> & Record<string, unknown>>(
    `select ${columns} from approval where approval_id = $1`,
    [approvalId],
  );
  if (found === undefined) throw new Problem("not-found", "no such approval");
  if (found.decision !== null) throw new Problem("conflict", `it is ${found.decision} already`);
  if (found.expiresAt <= clock.now()) throw new Problem("conflict", "nobody decided in seven days: ask for it anew");
  throw decision === "withdrawn"
    ? new Problem("not-permitted", "only who asked for it may withdraw it")
    : new Problem("not-permitted", "whoever asks cannot approve: another operator has to");
}

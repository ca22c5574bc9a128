import type { FastifyRequest } from "fastify";
import { type ChangedPassword, changePassword } from "../../accounts/change-password.ts";
import type { Refused } from "../../accounts/password-desk.ts";
import { hashNewPassword, PasswordError } from "../../accounts/password-rules.ts";
import { nameInTrail } from "../../accounts/account.ts";
import { endSessions } from "../../accounts/sessions.ts";
import { beginTotp, confirmTotp, removeTotp } from "../../accounts/totp.ts";
import { appendAudit } from "../../audit/audit.ts";
import type { Bilingual } from "../../protocol/refusal.ts";
import { deviceOf, type Form, type Sessions, type Visitor } from "./sessions.ts";

/** Why a change of one's account is refused. */
export type RefusedChange =
  | Refused
  /** The new password was written in two ways, or is the old one. */
  | { readonly refused: "differs" | "same" }
  | { readonly refused: "rules"; readonly why: Bilingual }
  /** The first code of an authenticator app is not what its secret gives now, or nothing was begun. */
  | { readonly refused: "first-code" }
  /** The account has an authenticator app already, or none to remove. */
  | { readonly refused: "has-app" | "no-app" };

/** What somebody asks of their own account on a page. */
export interface AskedChange<Subject> {
  readonly sessions: Sessions<Subject>;
  readonly visitor: Visitor<Subject>;
  readonly request: FastifyRequest;
  readonly form: Form;
}

/** All other sessions and all API tokens end. */
export function setOwnPassword<Subject>(asked: AskedChange<Subject>): Promise<ChangedPassword | RefusedChange> {
  return recorded(asked, "account.password", async () => {
    const { account, sessionId } = asked.visitor;
    const { new_password: password = "", new_password_again: again = "" } = asked.form;
    const refused = await provePassword(asked);
    if (refused !== undefined) return refused;
    if (password !== again) return { refused: "differs" };
    if (password === asked.form["current_password"]) return { refused: "same" };
    try {
      const passwordHash = await hashNewPassword({ login: account.login, password });
      return await changePassword(asked.sessions.parts.store, account, { passwordHash, keptSessionId: sessionId });
    } catch (error) {
      if (error instanceof PasswordError) return { refused: "rules", why: error.words };
      throw error;
    }
  });
}

/** The secret for an authenticator app, shown this once; it counts when a first code has confirmed it. */
export function beginOwnTotp<Subject>(
  asked: AskedChange<Subject>,
): Promise<{ secret: string; uri: string } | RefusedChange> {
  return recorded(asked, "account.totp", async () => {
    const { account } = asked.visitor;
    if (account.hasTotp) return { refused: "has-app" };
    return (await provePassword(asked)) ?? beginTotp(asked.sessions.parts, account);
  });
}

export function confirmOwnTotp<Subject>(
  asked: AskedChange<Subject>,
): Promise<{ recoveryCodes: readonly string[] } | RefusedChange> {
  return recorded(asked, "account.totp", async () => {
    const recoveryCodes = await confirmTotp(asked.sessions.parts, asked.visitor.account, asked.form["code"] ?? "");
    return recoveryCodes === undefined ? { refused: "first-code" } : { recoveryCodes };
  });
}

export function removeOwnTotp<Subject>(asked: AskedChange<Subject>): Promise<{ removed: true } | RefusedChange> {
  return recorded(asked, "account.totp", async () => {
    const { account } = asked.visitor;
    if (!account.hasTotp) return { refused: "no-app" };
    const refused = await provePassword(asked);
    if (refused !== undefined) return refused;
    await removeTotp(asked.sessions.parts.store, account);
    return { removed: true };
  });
}

const sessionIdForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Ends one session of the visitor's, or all others. It takes nothing away that signing in does not give back, so no password is asked for. */
export async function endOwnSessions<Subject>(asked: AskedChange<Subject>, only?: string): Promise<void> {
  if (only !== undefined && !sessionIdForm.test(only)) return;
  const { sessions, visitor } = asked;
  await recorded(asked, "account.sessions", async () => {
    const which = only === undefined ? { except: visitor.sessionId } : { only };
    return { ended: await endSessions(sessions.parts.store, visitor.account, which) };
  });
}

/** A session that was left open must not be enough to take an account over. */
async function provePassword<Subject>({
  sessions,
  visitor,
  request,
  form,
}: AskedChange<Subject>): Promise<Refused | undefined> {
  const answer = await sessions.parts.passwords.check(visitor.account.kind, {
    login: visitor.account.login,
    password: form["current_password"] ?? "",
    code: form["code"]?.trim() || undefined,
    address: request.ip,
    device: deviceOf(sessions, request),
  });
  return "refused" in answer ? answer : undefined;
}

/** On the trail before it begins and when it has ended, as the console's changes are. */
async function recorded<Subject, Result extends object>(
  { sessions, visitor, request }: AskedChange<Subject>,
  action: string,
  change: () => Promise<Result>,
): Promise<Result> {
  const record = (outcome: "begun" | "done" | "refused" | "failed"): Promise<unknown> =>
    appendAudit(sessions.parts, {
      account: nameInTrail(visitor.account),
      role: "",
      session: `session ${visitor.sessionId.slice(0, 8)}`,
      address: request.ip,
      action,
      outcome,
      ...sessions.about(visitor.subject),
      traceId: request.id,
    });
  await record("begun");
  try {
    const result = await change();
    await record("refused" in result ? "refused" : "done");
    return result;
  } catch (error) {
    await record("failed");
    throw error;
  }
}

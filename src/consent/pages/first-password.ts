import type { FastifyReply, FastifyRequest } from "fastify";
import { accountPage, type HiddenFields } from "./layout.ts";
import { setOwnPassword } from "./security-changes.ts";
import { setStatusOfChange } from "./security-forms.ts";
import { firstPassword } from "./security-steps.ts";
import { saidOfRefusal } from "./security-texts.ts";
import { type Form, formTokenOf, language, type Sessions, showPage, type Visitor } from "./sessions.ts";

/** Where somebody was on the way to who has to set another password first. */
export interface Interrupted<Subject> {
  readonly sessions: Sessions<Subject>;
  readonly visitor: Visitor<Subject>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** The page's own path, and what its forms send along unseen. */
  readonly action: string;
  readonly hidden: HiddenFields;
}

/** Shows the form to set a password of one's own, to somebody whose present one others know. */
export function showFirstPassword<Subject>(
  { sessions, visitor, request, reply, action, hidden }: Interrupted<Subject>,
  said?: string,
): FastifyReply {
  const spoken = language(request);
  const form = { action, hidden: { ...hidden, form_token: formTokenOf(sessions, request) } };
  const shown = firstPassword(spoken, visitor.account, { form, said });
  return showPage(reply, accountPage(spoken, { ...shown, login: visitor.account.login }, form));
}

/** Sets it, and leads on to where somebody was going; or says why not. */
export async function takeFirstPassword<Subject>(
  interrupted: Interrupted<Subject>,
  sent: Form,
  address: string,
): Promise<FastifyReply> {
  const { reply, request } = interrupted;
  if (sent["change"] !== "password") return showFirstPassword(interrupted);
  const changed = await setOwnPassword({ ...interrupted, form: sent });
  if (!("refused" in changed)) return reply.redirect(address, 303);
  setStatusOfChange(reply, changed);
  return showFirstPassword(interrupted, saidOfRefusal(language(request), changed, sent["code"] !== undefined));
}

import type { FastifyReply } from "fastify";
import type { FormOf, Language } from "./layout.ts";
import {
  type AskedChange,
  beginOwnTotp,
  confirmOwnTotp,
  endOwnSessions,
  type RefusedChange,
  removeOwnTotp,
  setOwnPassword,
} from "./security-changes.ts";
import type { SectionState } from "./security-section.ts";
import { appConfirmation, changeDone, recoveryCodesShown, type ShownChange } from "./security-steps.ts";
import { saidOfRefusal } from "./security-texts.ts";
import { setStatus } from "./sessions.ts";

/** What follows a form of the section: a page of its own, or the section again, which says what was refused. */
export type AnsweredForm = { readonly shown: ShownChange } | { readonly state: SectionState | undefined };

/** Does what a form of the security section asks for; undefined where it is none of theirs. */
export async function answerSecurityForm<Subject>(
  asked: AskedChange<Subject>,
  reply: FastifyReply,
  { language, form }: { language: Language; form: FormOf },
): Promise<AnsweredForm | undefined> {
  const withCode = asked.form["code"] !== undefined;
  const said = (refused: RefusedChange): string => {
    setStatusOfChange(reply, refused);
    return saidOfRefusal(language, refused, withCode);
  };
  switch (asked.form["change"]) {
    case "password": {
      const changed = await setOwnPassword(asked);
      if ("refused" in changed) return { state: { of: "password", said: said(changed) } };
      return { shown: changeDone(language, changed, form) };
    }
    case "begin_app": {
      const begun = await beginOwnTotp(asked);
      if ("refused" in begun) return { state: { of: "app", said: said(begun) } };
      return { shown: appConfirmation(language, begun, { form, said: undefined }) };
    }
    case "confirm_app": {
      const confirmed = await confirmOwnTotp(asked);
      if ("refused" in confirmed)
        return { shown: appConfirmation(language, undefined, { form, said: said(confirmed) }) };
      return { shown: recoveryCodesShown(language, confirmed.recoveryCodes, form) };
    }
    case "remove_app": {
      const removed = await removeOwnTotp(asked);
      if ("refused" in removed) return { state: { of: "app", said: said(removed) } };
      return { shown: changeDone(language, removed, form) };
    }
    case "end_others":
      await endOwnSessions(asked);
      return { state: undefined };
    default:
      if (asked.form["end_session"] === undefined) return undefined;
      await endOwnSessions(asked, asked.form["end_session"]);
      return { state: undefined };
  }
}

export function setStatusOfChange(reply: FastifyReply, refused: RefusedChange): void {
  void reply.code(400);
  if (refused.refused === "wrong" || refused.refused === "code" || refused.refused === "wait")
    setStatus(reply, refused);
}

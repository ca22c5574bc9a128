import type { Account } from "../../accounts/account.ts";
import type { Session } from "../../accounts/sessions.ts";
import { beijingTime } from "../../clock.ts";
import { clientName } from "./client-name.ts";
import { type Html, html } from "./html.ts";
import { codeInput, type FormOf, formOf, type Language } from "./layout.ts";
import { securityTexts } from "./security-texts.ts";
import type { Visitor } from "./sessions.ts";

export const alert = (said: string): Html => html`<p class="error" role="alert">${said}</p>`;

/** What of the section was refused, and why. */
export interface SectionState {
  readonly of: "password" | "app";
  readonly said: string;
}

/** Where somebody is signed in, and forms to change the password and to begin or stop using an authenticator app. */
export function securitySection(
  language: Language,
  { account, sessionId }: Pick<Visitor<unknown>, "account" | "sessionId">,
  sessions: readonly Session[],
  { form, state }: { form: FormOf; state: SectionState | undefined },
): Html {
  const text = securityTexts[language];
  const said = (of: SectionState["of"]): Html => (state?.of === of ? alert(state.said) : html``);
  const open = (of: SectionState["of"]): string => (state?.of === of ? "open" : "");
  const others = sessions.some((session) => session.sessionId !== sessionId);
  const appForm = account.hasTotp
    ? html`${codeInput(language)} <button type="submit" name="change" value="remove_app">${text.remove}</button>`
    : html`<button type="submit" name="change" value="begin_app">${text.begin}</button>`;
  return html`<section class="security">
    <h2>${text.title}</h2>
    <h3>${text.sessions}</h3>
    ${formOf(
      form,
      html`<ul class="grants">
          ${sessions.map((session) => sessionEntry(language, session, session.sessionId === sessionId))}
        </ul>
        ${others ? html`<button type="submit" name="change" value="end_others">${text.endOthers}</button>` : ""}`,
    )}
    <details ${open("password")}>
      <summary>${text.password}</summary>
      ${said("password")} ${formOf(form, passwordFields(language, account))}
    </details>
    <details ${open("app")}>
      <summary>${text.app}</summary>
      ${said("app")}
      <p>${account.hasTotp ? text.appOn : text.appOff}</p>
      ${formOf(form, html`${currentPassword(language, account.login)} ${appForm}`)}
    </details>
  </section>`;
}

function sessionEntry(language: Language, session: Session, isThis: boolean): Html {
  const text = securityTexts[language];
  return html`<li>
    <p class="terms">
      ${text.signedIn} ${beijingTime(session.createdAt)}<br />${text.lastSeen} ${beijingTime(session.lastSeenAt)}<br />
      ${text.address} ${session.address} ${clientName(session.client)}
    </p>
    ${
      isThis
        ? html`<p class="ended">${text.thisOne}</p>`
        : html`<button type="submit" name="end_session" value="${session.sessionId}">${text.end}</button>`
    }
  </li>`;
}

/** With the login unseen beside it, by which a password manager knows whose password it is. */
function currentPassword(language: Language, login: string): Html {
  return html`<input class="unseen" name="login" autocomplete="username" value="${login}" readonly />
    <label
      >${securityTexts[language].current}<input
        name="current_password"
        type="password"
        autocomplete="current-password"
        required
        maxlength="256"
    /></label>`;
}

export function passwordFields(language: Language, { login, hasTotp }: Pick<Account, "login" | "hasTotp">): Html {
  const text = securityTexts[language];
  const newPassword = (name: string, label: string): Html =>
    html`<label
      >${label}<input
        name="${name}"
        type="password"
        autocomplete="new-password"
        required
        minlength="10"
        maxlength="256"
    /></label>`;
  return html`${currentPassword(language, login)} ${hasTotp ? codeInput(language) : ""}
    ${newPassword("new_password", text.next)} ${newPassword("new_password_again", text.again)}
    <p class="terms">${text.saveNote}</p>
    <button class="primary" type="submit" name="change" value="password">${text.savePassword}</button>`;
}

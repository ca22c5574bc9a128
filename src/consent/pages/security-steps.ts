import type { Account } from "../../accounts/account.ts";
import { type Html, html } from "./html.ts";
import { type FormOf, formOf, type Language } from "./layout.ts";
import { qrCode } from "./qr-code.ts";
import { alert, passwordFields } from "./security-section.ts";
import { securityTexts } from "./security-texts.ts";

/** What an owner is shown after a change of theirs, or instead of it. */
export interface ShownChange {
  readonly title: string;
  readonly content: Html;
}

/** For somebody whose password others know: nothing else is to be had before they have set another. */
export function firstPassword(
  language: Language,
  account: Pick<Account, "login" | "hasTotp">,
  { form, said }: { form: FormOf; said: string | undefined },
): ShownChange {
  const text = securityTexts[language];
  const content = html`<p>${text.firstNote}</p>
    ${said === undefined ? "" : alert(said)} ${formOf(form, passwordFields(language, account))}`;
  return { title: text.first, content };
}

/** The secret as a QR code, in groups of four and as an address; and, when a code was wrong, the field for another alone. */
export function appConfirmation(
  language: Language,
  begun: { readonly secret: string; readonly uri: string } | undefined,
  { form, said }: { form: FormOf; said: string | undefined },
): ShownChange {
  const text = securityTexts[language];
  const shown =
    begun === undefined
      ? html``
      : html`<p>${text.scan}</p>
          ${qrCode(begun.uri, text.scan)}
          <p class="terms">${text.secret}<br /><code class="secret">${inFours(begun.secret)}</code></p>
          <p class="terms">${text.address2}<br /><code>${begun.uri}</code></p>`;
  const field = html`<label
      >${text.confirm}<input
        name="code"
        autocomplete="one-time-code"
        inputmode="numeric"
        required
        autofocus
        maxlength="7"
    /></label>
    <button class="primary" type="submit" name="change" value="confirm_app">${text.confirmButton}</button>`;
  const content = html`${said === undefined ? "" : alert(said)} ${shown} ${formOf(form, field)} ${back(language, form)}`;
  return { title: text.app, content };
}

export function recoveryCodesShown(language: Language, codes: readonly string[], form: FormOf): ShownChange {
  const text = securityTexts[language];
  const content = html`<p>${text.recovery}</p>
    <ul class="codes">
      ${codes.map((code) => html`<li><code>${code}</code></li>`)}
    </ul>
    ${back(language, form)}`;
  return { title: text.app, content };
}

export function changeDone(
  language: Language,
  done: { readonly endedSessions: number } | { readonly removed: true },
  form: FormOf,
): ShownChange {
  const text = securityTexts[language];
  const said = "removed" in done ? text.removed : text.changed(done.endedSessions);
  return {
    title: text.title,
    content: html`<p role="status">${said}</p>
      ${back(language, form)}`,
  };
}

function back(language: Language, { action }: FormOf): Html {
  return html`<p><a href="${action}">${securityTexts[language].back}</a></p>`;
}

function inFours(secret: string): string {
  return secret.replaceAll(/.{4}(?=.)/g, "$& ");
}

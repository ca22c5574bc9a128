import type { Refused } from "../../accounts/password-desk.ts";
import { type Html, html } from "./html.ts";

export type Language = "zh" | "en";

/** Chinese unless the browser asks for English first. */
export function languageOf(acceptLanguage: string | undefined): Language {
  return /^\s*en\b/i.test(acceptLanguage ?? "") ? "en" : "zh";
}

const texts = {
  zh: {
    signIn: "登录",
    password: "密码",
    wrong: () => "账号或密码不正确，请重新输入。",
    wait: (seconds: number) => `尝试次数过多，请在 ${seconds} 秒后重试。`,
    agree: "同意授权",
    cancel: "取消",
    otherAccount: "使用其他账号",
    signedInAs: "当前账号",
    errorTitle: "无法完成授权",
    errorAdvice: "请返回应用重试；若问题依旧，请将以上错误码告知应用的开发者。",
  },
  en: {
    signIn: "Sign in",
    password: "Password",
    wrong: () => "The login or the password is wrong. Please try again.",
    wait: (seconds: number) =>
      `Too many attempts. Please try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`,
    agree: "Agree",
    cancel: "Cancel",
    otherAccount: "Use another account",
    signedInAs: "Signed in as",
    errorTitle: "This cannot be authorised",
    errorAdvice: "Go back to the app and try again; if it stays, tell the app's developers the code above.",
  },
} as const;

/** What a form sends along unseen. */
export type HiddenFields = Readonly<Record<string, string>>;

export interface SignInTexts {
  readonly title: string;
  readonly login: string;
}

export function signInPage(
  language: Language,
  words: SignInTexts,
  { action, hidden, state }: FormOf & { state: Refused | undefined },
): string {
  const text = texts[language];
  const said = state && (state.refused === "wait" ? text.wait(state.waitS) : text.wrong());
  const wrong = state?.refused === "wrong" ? html`aria-invalid="true" aria-describedby="wrong"` : "";
  return page(
    language,
    words.title,
    html`<form method="post" action="${action}">
      ${hiddenInputs(hidden)} ${said === undefined ? "" : html`<p class="error" role="alert" id="wrong">${said}</p>`}
      <label
        >${words.login}<input name="login" autocomplete="username" required autofocus maxlength="64" ${wrong}
      /></label>
      <label
        >${text.password}<input
          name="password"
          type="password"
          autocomplete="current-password"
          required
          maxlength="256"
          ${wrong}
      /></label>
      <button class="primary" type="submit">${text.signIn}</button>
    </form>`,
  );
}

/** Where a page's form goes, and what it sends along unseen. */
export interface FormOf {
  readonly action: string;
  readonly hidden: HiddenFields;
}

/** Says what is asked for, and has the buttons that agree, cancel, and change the account. */
export function consentPage(
  language: Language,
  shown: { title: string; asking: Html; login: string },
  form: FormOf,
): string {
  const text = texts[language];
  const content = html`${shown.asking}
    <button class="primary" type="submit" name="decision" value="agree">${text.agree}</button>
    <button type="submit" name="decision" value="cancel">${text.cancel}</button>`;
  return accountPage(language, { title: shown.title, content, login: shown.login }, form);
}

/** A page for somebody signed in: a form around its content, which may have buttons, and the one that changes the account. */
export function accountPage(
  language: Language,
  shown: { title: string; content: Html; login: string },
  { action, hidden }: FormOf,
): string {
  const text = texts[language];
  return page(
    language,
    shown.title,
    html`<form method="post" action="${action}">
      ${hiddenInputs(hidden)} ${shown.content}
      <p class="account">
        ${text.signedInAs} ${shown.login}
        <button type="submit" name="decision" value="other_account">${text.otherAccount}</button>
      </p>
    </form>`,
  );
}

export function errorPage(language: Language, code: string): string {
  const text = texts[language];
  return page(
    language,
    text.errorTitle,
    html`<p class="error" role="alert"><code>${code}</code></p>
      <p>${text.errorAdvice}</p>`,
  );
}

function hiddenInputs(fields: HiddenFields): Html[] {
  return Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`);
}

export function page(language: Language, title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="${language === "zh" ? "zh-CN" : "en"}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · 开门 Kaimen</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/oauth2/authorise.css" />
      </head>
      <body>
        <main>
          <p class="brand">开门 <span>Kaimen</span></p>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.text;
}

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
    code: "验证器动态码或恢复码",
    askCode: "此账号已绑定验证器：请再次输入密码，并输入动态码。",
    wrong: "账号或密码不正确，请重新输入。",
    wrongCode: "账号、密码或动态码不正确，请重新输入。",
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
    code: "Code of the authenticator app, or a recovery code",
    askCode: "This account has an authenticator app: please enter the password again, and a code.",
    wrong: "The login or the password is wrong. Please try again.",
    wrongCode: "The login, the password or the code is wrong. Please try again.",
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

/** Asks for login and password and, where `login` was tried already and needs one, for a code of the authenticator app. */
export function signInPage(
  language: Language,
  words: SignInTexts,
  { action, hidden, state, login }: FormOf & { state: Refused | undefined; login?: string | undefined },
): string {
  const text = texts[language];
  const said = state && saidOf(language, state, login !== undefined);
  const wrong = state?.refused === "wrong" ? html`aria-invalid="true" aria-describedby="wrong"` : "";
  const loginInput =
    login === undefined
      ? html`<input name="login" autocomplete="username" required autofocus maxlength="64" ${wrong} />`
      : html`<input name="login" autocomplete="username" required maxlength="64" value="${login}" ${wrong} />`;
  return page(
    language,
    words.title,
    html`<form method="post" action="${action}">
      ${hiddenInputs(hidden)} ${said === undefined ? "" : html`<p class="error" role="alert" id="wrong">${said}</p>`}
      <label>${words.login}${loginInput}</label>
      ${passwordInput(language, { autofocus: login !== undefined, wrong })}
      ${login === undefined ? "" : codeInput(language)}
      <button class="primary" type="submit">${text.signIn}</button>
    </form>`,
  );
}

/** Why somebody may not sign in, in a sentence. */
export function saidOf(language: Language, state: Refused, withCode: boolean): string {
  const text = texts[language];
  if (state.refused === "wait") return text.wait(state.waitS);
  if (state.refused === "code") return text.askCode;
  return withCode ? text.wrongCode : text.wrong;
}

function passwordInput(language: Language, { autofocus, wrong }: { autofocus: boolean; wrong: Html | string }): Html {
  return html`<label
    >${texts[language].password}<input
      name="password"
      type="password"
      autocomplete="current-password"
      required
      maxlength="256"
      ${autofocus ? "autofocus" : ""}
      ${wrong}
  /></label>`;
}

/** Six digits, or the letters of a recovery code. */
export function codeInput(language: Language): Html {
  return html`<label
    >${texts[language].code}<input name="code" autocomplete="one-time-code" required maxlength="32"
  /></label>`;
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
  { action, hidden }: FormOf,
): string {
  const text = texts[language];
  return page(
    language,
    shown.title,
    html`<form method="post" action="${action}">
      ${hiddenInputs(hidden)} ${shown.asking}
      <button class="primary" type="submit" name="decision" value="agree">${text.agree}</button>
      <button type="submit" name="decision" value="cancel">${text.cancel}</button>
      ${accountLine(language, shown.login)}
    </form>`,
  );
}

/** A page for somebody signed in: content with forms of its own, and below it the button that changes the account. */
export function accountPage(
  language: Language,
  shown: { title: string; content: Html; login: string },
  form: FormOf,
): string {
  return page(language, shown.title, html`${shown.content} ${formOf(form, accountLine(language, shown.login))}`);
}

/** Every form for somebody signed in carries the form token among its hidden fields. */
export function formOf({ action, hidden }: FormOf, content: Html): Html {
  return html`<form method="post" action="${action}">${hiddenInputs(hidden)} ${content}</form>`;
}

function accountLine(language: Language, login: string): Html {
  const text = texts[language];
  return html`<p class="account">
    ${text.signedInAs} ${login}
    <button type="submit" name="decision" value="other_account">${text.otherAccount}</button>
  </p>`;
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

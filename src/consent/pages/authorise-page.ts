import type { Scope } from "../authorisations.ts";
import { type Html, html } from "./html.ts";

export type Language = "zh" | "en";

/** Chinese unless the browser asks for English first. */
export function languageOf(acceptLanguage: string | undefined): Language {
  return /^\s*en\b/i.test(acceptLanguage ?? "") ? "en" : "zh";
}

const texts = {
  zh: {
    signIn: "登录",
    signInTitle: "登录后继续授权",
    login: "账号",
    password: "密码",
    wrongPassword: "账号或密码不正确，请重新输入。",
    authoriseTitle: "授权确认",
    asks: "申请获得以下授权",
    agree: "同意授权",
    cancel: "取消",
    notYou: "使用其他账号",
    signedInAs: "当前账号",
    purpose: "用途：信用评估。",
    term: (days: number) => `有效期：${days}天，期间可随时取消，取消后立即生效。`,
    recipient: (merchant: string) => `接收方：${merchant}。只提供以上内容，不提供您的明细记录。`,
    errorTitle: "无法完成授权",
    errorAdvice: "请返回应用重试；若问题依旧，请将以上错误码告知应用的开发者。",
    scopes: {
      auth_base: "获取您的用户ID",
      auth_user: "获取您的用户ID与昵称",
      auth_zhima: "查询您的信用评分（350至950分）",
    },
  },
  en: {
    signIn: "Sign in",
    signInTitle: "Sign in to continue",
    login: "Login",
    password: "Password",
    wrongPassword: "The login or the password is wrong. Please try again.",
    authoriseTitle: "Authorise",
    asks: "asks for your permission to",
    agree: "Agree",
    cancel: "Cancel",
    notYou: "Use another account",
    signedInAs: "Signed in as",
    purpose: "Purpose: credit assessment.",
    term: (days: number) => `Lasts ${days} days. You may withdraw it at any time, with effect at once.`,
    recipient: (merchant: string) => `Given to: ${merchant}. Nothing but the above; your records themselves are not shown.`,
    errorTitle: "This cannot be authorised",
    errorAdvice: "Go back to the app and try again; if it stays, tell the app's developers the code above.",
    scopes: {
      auth_base: "know your user id",
      auth_user: "know your user id and nickname",
      auth_zhima: "ask for your credit score (350 to 950)",
    },
  },
} as const;

/** The request for authorisation, carried from page to page as it came. */
export interface AuthoriseRequest {
  readonly appId: string;
  readonly scope: string;
  readonly redirectUri: string;
  readonly state: string | undefined;
}

function hiddenFields(request: AuthoriseRequest): Html {
  return html`<input type="hidden" name="app_id" value="${request.appId}">
      <input type="hidden" name="scope" value="${request.scope}">
      <input type="hidden" name="redirect_uri" value="${request.redirectUri}">
      ${request.state === undefined ? "" : html`<input type="hidden" name="state" value="${request.state}">`}`;
}

export function signInPage(language: Language, request: AuthoriseRequest, failed: boolean): string {
  const text = texts[language];
  const wrong = failed ? html`aria-invalid="true" aria-describedby="wrong"` : "";
  return page(
    language,
    text.signInTitle,
    html`<form method="post" action="/oauth2/login">
      ${hiddenFields(request)}
      ${failed ? html`<p class="error" role="alert" id="wrong">${text.wrongPassword}</p>` : ""}
      <label>${text.login}<input name="login" autocomplete="username" required autofocus maxlength="64" ${wrong}></label>
      <label>${text.password}<input name="password" type="password" autocomplete="current-password" required maxlength="256" ${wrong}></label>
      <button class="primary" type="submit">${text.signIn}</button>
    </form>`,
  );
}

export function consentPage(
  language: Language,
  request: AuthoriseRequest,
  shown: { appName: string; merchantName: string; login: string; scopes: readonly Scope[]; days: number; formToken: string },
): string {
  const text = texts[language];
  return page(
    language,
    text.authoriseTitle,
    html`<p class="asking"><strong>${shown.appName}</strong> ${text.asks}</p>
    <ul class="scopes">${shown.scopes.map((scope) => html`<li>${text.scopes[scope]}</li>`)}</ul>
    <div class="terms">
      <p>${text.recipient(shown.merchantName)}</p>
      <p>${text.purpose}</p>
      <p>${text.term(shown.days)}</p>
    </div>
    <form method="post" action="/oauth2/publicAppAuthorize.htm">
      ${hiddenFields(request)}
      <input type="hidden" name="form_token" value="${shown.formToken}">
      <button class="primary" type="submit" name="decision" value="agree">${text.agree}</button>
      <button type="submit" name="decision" value="cancel">${text.cancel}</button>
      <p class="account">${text.signedInAs} ${shown.login}
        <button type="submit" name="decision" value="other_account">${text.notYou}</button></p>
    </form>`,
  );
}

export function errorPage(language: Language, code: string): string {
  const text = texts[language];
  return page(language, text.errorTitle, html`<p class="error" role="alert"><code>${code}</code></p><p>${text.errorAdvice}</p>`);
}

export function page(language: Language, title: string, body: Html): string {
  return html`<!doctype html>
<html lang="${language === "zh" ? "zh-CN" : "en"}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} · 开门 Kaimen</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/oauth2/authorise.css">
</head>
<body>
  <main>
    <p class="brand">开门 <span>Kaimen</span></p>
    <h1>${title}</h1>
    ${body}
  </main>
</body>
</html>
`.text;
}

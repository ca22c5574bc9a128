import { type Language, page } from "./authorise-page.ts";
import { type Html, html } from "./html.ts";

const texts = {
  zh: {
    signIn: "登录",
    signInTitle: "商户登录后继续授权",
    login: "商户账号",
    password: "密码",
    wrongPassword: "账号或密码不正确，请重新输入。",
    title: "应用授权",
    asks: "申请代您的商户调用以下接口",
    merchant: (name: string) => `授权商户：${name}。调用按您的合约计费，占用您的次数。`,
    term: "有效期一年，期间可随时取消，取消后立即生效。",
    app: "以哪个应用的名义",
    agree: "同意授权",
    cancel: "取消",
    otherAccount: "使用其他账号",
    signedInAs: "当前账号",
  },
  en: {
    signIn: "Sign in",
    signInTitle: "Sign in as a merchant to continue",
    login: "Merchant's login",
    password: "Password",
    wrongPassword: "The login or the password is wrong. Please try again.",
    title: "Authorise an app",
    asks: "asks to call for your merchant",
    merchant: (name: string) => `Merchant: ${name}. The calls are billed by your contract and use up its number.`,
    term: "Lasts a year. You may withdraw it at any time, with effect at once.",
    app: "In the name of which app",
    agree: "Agree",
    cancel: "Cancel",
    otherAccount: "Use another account",
    signedInAs: "Signed in as",
  },
} as const;

/** What the third party's app asked for, carried from page to page as it came. */
export interface AppAuthoriseRequest {
  readonly appId: string;
  readonly redirectUri: string;
  readonly state: string | undefined;
}

function hiddenFields(request: AppAuthoriseRequest): Html {
  return html`<input type="hidden" name="app_id" value="${request.appId}">
      <input type="hidden" name="redirect_uri" value="${request.redirectUri}">
      ${request.state === undefined ? "" : html`<input type="hidden" name="state" value="${request.state}">`}`;
}

export function merchantSignInPage(language: Language, request: AppAuthoriseRequest, failed: boolean): string {
  const text = texts[language];
  const wrong = failed ? html`aria-invalid="true" aria-describedby="wrong"` : "";
  return page(
    language,
    text.signInTitle,
    html`<form method="post" action="/oauth2/merchantLogin">
      ${hiddenFields(request)}
      ${failed ? html`<p class="error" role="alert" id="wrong">${text.wrongPassword}</p>` : ""}
      <label>${text.login}<input name="login" autocomplete="username" required autofocus maxlength="64" ${wrong}></label>
      <label>${text.password}<input name="password" type="password" autocomplete="current-password" required maxlength="256" ${wrong}></label>
      <button class="primary" type="submit">${text.signIn}</button>
    </form>`,
  );
}

export function appConsentPage(
  language: Language,
  request: AppAuthoriseRequest,
  shown: {
    appName: string;
    merchantName: string;
    login: string;
    methods: readonly { readonly name: string; readonly title: string }[];
    apps: readonly { readonly appId: string; readonly name: string }[];
    formToken: string;
  },
): string {
  const text = texts[language];
  return page(
    language,
    text.title,
    html`<form method="post" action="/oauth2/appToAppAuth.htm">
      ${hiddenFields(request)}
      <input type="hidden" name="form_token" value="${shown.formToken}">
      <p class="asking"><strong>${shown.appName}</strong> ${text.asks}</p>
      <ul class="scopes">${shown.methods.map(
        ({ name, title }) => html`<li><label><input type="checkbox" name="method.${name}" value="yes" checked> ${title} <code>${name}</code></label></li>`,
      )}</ul>
      <label>${text.app}<select name="auth_app_id">${shown.apps.map(
        ({ appId, name }) => html`<option value="${appId}">${name} (${appId})</option>`,
      )}</select></label>
      <div class="terms">
        <p>${text.merchant(shown.merchantName)}</p>
        <p>${text.term}</p>
      </div>
      <button class="primary" type="submit" name="decision" value="agree">${text.agree}</button>
      <button type="submit" name="decision" value="cancel">${text.cancel}</button>
      <p class="account">${text.signedInAs} ${shown.login}
        <button type="submit" name="decision" value="other_account">${text.otherAccount}</button></p>
    </form>`,
  );
}

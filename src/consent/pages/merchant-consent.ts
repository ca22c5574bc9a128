import { authoriseApp } from "../../merchants/app-authorisations.ts";
import type { App } from "../../merchants/app.ts";
import { merchantName } from "../../merchants/merchants.ts";
import { appsOfMerchant } from "../../merchants/own-apps.ts";
import type { Bilingual } from "../../protocol/refusal.ts";
import type { Authorising } from "./authorising.ts";
import { html } from "./html.ts";
import { merchantSessions, type MerchantUser } from "./merchant-sessions.ts";
import type { SessionParts } from "./sessions.ts";

const texts = {
  zh: {
    title: "应用授权",
    asks: "申请代您的商户调用以下接口",
    merchant: (name: string) => `授权商户：${name}。调用按您的合约计费，占用您的次数。`,
    term: "有效期一年，期间可随时取消，取消后立即生效。",
    app: "以哪个应用的名义",
  },
  en: {
    title: "Authorise an app",
    asks: "asks to call for your merchant",
    merchant: (name: string) => `Merchant: ${name}. The calls are billed by your contract and use up its number.`,
    term: "Lasts a year. You may withdraw it at any time, with effect at once.",
    app: "In the name of which app",
  },
} as const;

interface DelegableMethod {
  readonly name: string;
  readonly title: Bilingual;
}

export const appAuthorisePath = "/oauth2/appToAppAuth.htm";

/** A merchant lets another merchant's app call for it. `methods` are those that can be let. */
export function merchantConsent(
  parts: SessionParts & {
    readonly methods: readonly DelegableMethod[];
  },
): Authorising<MerchantUser, readonly DelegableMethod[]> {
  const { store, clock } = parts;
  return {
    path: appAuthorisePath,
    loginPath: "/oauth2/merchantLogin",
    sessions: merchantSessions(parts),
    answerNames: ["source", "app_auth_code"],
    ownParameters: [],
    // Nobody can authorise an app for a method that the app itself is not permitted.
    want: (app) => (app.actsForMerchants ? parts.methods.filter(({ name }) => isPermitted(app, name)) : "app-not-isv"),

    async ask({ app, wanted, subject, language }) {
      const apps = await appsOfMerchant(store, subject.merchantId);
      if (apps.length === 0) return { error: "merchant-without-app" };
      const text = texts[language];
      const asking = html`<p class="asking"><strong>${app.name}</strong> ${text.asks}</p>
        <ul class="scopes choices">
          ${wanted.map(
            ({ name, title }) =>
              html`<li>
                <label
                  ><input type="checkbox" name="method.${name}" value="yes" checked />
                  <span>${title[language]} <code>${name}</code></span></label
                >
              </li>`,
          )}
        </ul>
        <label
          >${text.app}<select name="auth_app_id">
            ${apps.map(({ appId, name }) => html`<option value="${appId}">${name} (${appId})</option>`)}
          </select></label
        >
        <div class="terms">
          <p>${text.merchant(await merchantName(store, subject.merchantId))}</p>
          <p>${text.term}</p>
        </div>`;
      return { title: text.title, asking };
    },

    async agree({ app, wanted, subject }, form) {
      const apps = await appsOfMerchant(store, subject.merchantId);
      const authApp = apps.find(({ appId }) => appId === (form["auth_app_id"] ?? apps[0]?.appId));
      if (authApp === undefined) return { error: "invalid-auth-app-id" };
      const methods = wanted.map(({ name }) => name).filter((name) => form[`method.${name}`] === "yes");
      if (methods.length === 0) return { answer: { error: "access_denied" } };
      const authorisation = { appId: app.appId, merchantId: subject.merchantId, authAppId: authApp.appId, methods };
      return { answer: { source: "alipay_app_auth", app_auth_code: await authoriseApp(store, clock, authorisation) } };
    },
  };
}

function isPermitted(app: App, method: string): boolean {
  return app.permittedMethods === undefined || app.permittedMethods.includes(method);
}

import { Type } from "typebox";
import { listApps } from "../../merchants/app-list.ts";
import { sandboxMerchantId } from "../../merchants/merchants.ts";
import { anyRedirect } from "../../merchants/redirects.ts";
import { removeApp } from "../../merchants/remove-app.ts";
import { methods } from "../../methods/index.ts";
import { pemLimit } from "../../http/texts.ts";
import type { Platform } from "../../platform.ts";
import {
  alipayCert,
  alipayPublicKey,
  alipayRootCert,
  appReply,
  certificatePem,
  describeApp,
  encryptKey,
  feedbackPolicyField,
  permittedMethodsField,
  publicKeyText,
  punishedMethodsField,
  redirectUrisField,
  signTypesField,
  userIdentityField,
} from "../app-fields.ts";
import { appCalled, refuseApp } from "../app-called.ts";
import { mayKnowOf, merchantListed } from "../caller.ts";
import * as field from "../fields.ts";
import { Problem } from "../problem.ts";
import { defineRoute, merchantsAnd, operatorsWho } from "../route.ts";

const params = field.object({ appId: field.appId });

/** Whose a new app is: in a sandbox its own merchant's, where nobody is named. */
function ownerOf({ config }: Platform, named: string | undefined): string {
  const merchantId = named ?? (config.mode === "sandbox" ? sandboxMerchantId : undefined);
  if (merchantId === undefined) throw new Problem("invalid-field", "merchantId: is needed, outside a sandbox");
  return merchantId;
}

/** Anywhere is where only a sandbox sends users back to. */
function redirectsOf({ config }: Platform, named: readonly string[] | undefined): readonly string[] {
  const isSandbox = config.mode === "sandbox";
  if (!isSandbox && named?.includes(anyRedirect) === true)
    throw new Problem("refused", "redirectUris: an app sends users back to addresses that it names, not anywhere");
  return named ?? (isSandbox ? [anyRedirect] : []);
}

function checkMethods(names: readonly string[] | null | undefined): void {
  const unknown = names?.find((name) => !methods.has(name));
  if (unknown !== undefined)
    throw new Problem("refused", `there is no method ${unknown}; there are ${[...methods.keys()].join(", ")}`);
}

export const listAppsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/apps",
    title: { en: "List apps", zh: "应用列表" },
    doc: "Merchants see their own.",
    who: merchantsAnd("merchants:read"),
    query: field.object({
      merchantId: Type.Optional(field.merchantId),
      suspended: Type.Optional(field.flag("those stopped by themselves or with their merchant, or those that are not")),
      ...field.paging,
    }),
    reply: field.object({ apps: Type.Array(appReply), next: field.next }),
  },
  async ({ query: { limit = field.usualPage, ...query }, caller }, { store, gatewayKeys }) => {
    const merchantId = merchantListed(caller, query.merchantId);
    const found = await listApps(store, { ...query, merchantId, limit: limit + 1 });
    if (found.some(({ gatewayKeyId }) => !gatewayKeys.has(gatewayKeyId))) await gatewayKeys.reload();
    const { rows, ...rest } = field.pageOf(found, limit, ({ appId }) => appId);
    return { apps: rows.map((app) => describeApp(app, gatewayKeys)), ...rest };
  },
);

async function showApp(platform: Platform, appId: string) {
  const app = await appCalled(platform.store, appId);
  const { gatewayKeys } = platform;
  if (!gatewayKeys.has(app.gatewayKeyId)) await gatewayKeys.reload();
  return describeApp(app, gatewayKeys);
}

export const showAppRoute = defineRoute(
  {
    method: "GET",
    path: "/api/apps/:appId",
    title: { en: "Show an app", zh: "应用详情" },
    doc: "Another merchant's app is told as one that does not exist.",
    who: merchantsAnd("merchants:read"),
    params,
    reply: appReply,
    errors: ["not-found"],
  },
  async ({ params: { appId }, caller }, platform) => {
    const shown = await showApp(platform, appId);
    if (!mayKnowOf(caller, shown.merchantId)) throw new Problem("not-found", `no app ${appId}`);
    return shown;
  },
);

export const addAppRoute = defineRoute(
  {
    method: "POST",
    path: "/api/apps",
    title: { en: "Add an app", zh: "新增应用" },
    doc: "The reply holds what its developers configure an SDK with. With a certificate the app calls in certificate mode only, unless certificateRequired is false.",
    who: operatorsWho("merchants:write"),
    body: field.object({
      appId: field.appId,
      merchantId: Type.Optional(field.merchantId),
      name: Type.Optional(field.shortName),
      publicKey: publicKeyText,
      certificate: Type.Optional(certificatePem),
      certificateRequired: Type.Optional(
        field.flag("with a certificate it calls in certificate mode only; true when left out"),
      ),
      userIdentity: Type.Optional(userIdentityField),
      encryptKey: Type.Optional(encryptKey),
      signTypes: Type.Optional(signTypesField),
      redirectUris: Type.Optional(redirectUrisField),
      actsForMerchants: Type.Optional(field.flag("other merchants may authorise it to act for them")),
    }),
    reply: field.object({
      appId: field.appId,
      merchantId: field.merchantId,
      signTypes: appReply.properties.signTypes,
      alipayPublicKey,
      alipayCert: Type.Optional(alipayCert),
      alipayRootCert: Type.Optional(alipayRootCert),
    }),
    status: 201,
    errors: ["conflict", "refused"],
    action: "app.add",
    longTexts: { publicKey: pemLimit, certificate: pemLimit },
  },
  async ({ body, note }, platform) => {
    const { apps, gatewayKeys } = platform;
    const merchantId = ownerOf(platform, body.merchantId);
    note({ merchantId, details: { appId: body.appId } });
    // Another process may have made a new key, or removed the one that was current here.
    await gatewayKeys.reload();
    const { name = body.appId, ...rest } = body;
    const redirectUris = redirectsOf(platform, body.redirectUris);
    const { gatewayKeyId } = gatewayKeys.current;
    const app = await apps.add({ ...rest, name, merchantId, redirectUris, gatewayKeyId }).catch(refuseApp);
    const key = gatewayKeys.byId(app.gatewayKeyId);
    return {
      appId: app.appId,
      merchantId: app.merchantId,
      signTypes: [...app.signTypes],
      alipayPublicKey: key.publicKey,
      ...(app.certificate === undefined
        ? {}
        : { alipayCert: key.certificate, alipayRootCert: gatewayKeys.authority.rootCertificate }),
    };
  },
);

export const changeAppRoute = defineRoute(
  {
    method: "PATCH",
    path: "/api/apps/:appId",
    title: { en: "Change what an app may do, suspend or resume it", zh: "修改、停用或恢复应用" },
    doc: "What is not named stays. Nothing of a suspended app counts: calls, signed addresses, consents and tokens; all count again when it is resumed.",
    who: operatorsWho("merchants:write"),
    params,
    body: field.object({
      name: Type.Optional(field.shortName),
      feedbackPolicy: Type.Optional(feedbackPolicyField),
      permittedMethods: Type.Optional(permittedMethodsField),
      signTypes: Type.Optional(signTypesField),
      redirectUris: Type.Optional(redirectUrisField),
      actsForMerchants: Type.Optional(field.flag("other merchants may authorise it to act for them")),
      selfInvoke: Type.Optional(field.flag("it may call for its own merchant")),
      online: Type.Optional(field.flag("it has been published; one that is not is refused: isv.not-online-app")),
      punishedMethods: Type.Optional(punishedMethodsField),
      userIdentity: Type.Optional(userIdentityField),
      suspended: Type.Optional(field.flag("nothing of it counts for now")),
    }),
    reply: appReply,
    errors: ["not-found", "refused"],
    action: "app.change",
  },
  async ({ params: { appId }, body: { permittedMethods, redirectUris, ...body }, note }, platform) => {
    const { merchantId } = await appCalled(platform.store, appId);
    note({ merchantId, details: { suspended: body.suspended } });
    checkMethods(permittedMethods);
    checkMethods(body.punishedMethods?.filter((name) => name !== "all"));
    const change = {
      ...body,
      permittedMethods: permittedMethods === null ? ("all" as const) : permittedMethods,
      redirectUris: redirectUris && redirectsOf(platform, redirectUris),
    };
    await platform.apps.change(appId, change).catch(refuseApp);
    return showApp(platform, appId);
  },
);

export const removeAppRoute = defineRoute(
  {
    method: "DELETE",
    path: "/api/apps/:appId",
    title: { en: "Remove an app that was never used", zh: "删除应用" },
    doc: "One that users or merchants have authorised, or that has fed back, is suspended instead: consents and feedback name it.",
    who: operatorsWho("merchants:write"),
    params,
    reply: field.done,
    errors: ["not-found", "conflict"],
    action: "app.remove",
  },
  async ({ params: { appId }, note }, platform) => {
    const { merchantId } = await appCalled(platform.store, appId);
    note({ merchantId });
    const traces = (await removeApp(platform, appId)) ?? [];
    if (traces.length > 0)
      throw new Problem("conflict", `there are ${traces.join(" and ")} by the app ${appId}: suspend it instead`);
    return { done: true as const };
  },
);

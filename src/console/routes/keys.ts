import { Type } from "typebox";
import { instantToText } from "../../clock.ts";
import { pemLimit } from "../../http/texts.ts";
import { readSigningRequest } from "../../keys/certificates.ts";
import { type GatewayKey, listGatewayKeys } from "../../merchants/gateway-keys.ts";
import { appCalled, refuseApp } from "../app-called.ts";
import {
  alipayCert,
  alipayPublicKey,
  alipayRootCert,
  certificatePem,
  encryptKey,
  publicKeyText,
} from "../app-fields.ts";
import * as field from "../fields.ts";
import { Problem } from "../problem.ts";
import { defineRoute, operatorsWho } from "../route.ts";

const gatewayKeyId = Type.String({ pattern: "^\\d{1,9}$", description: "the number of a gateway's key" });
const gatewayKey = {
  gatewayKeyId,
  alipayPublicKey,
  alipayCert,
  alipayCertSn: Type.String({ description: "what replies in certificate mode carry" }),
};

function describe(key: Omit<GatewayKey, "privateKey">) {
  return {
    gatewayKeyId: key.gatewayKeyId,
    alipayPublicKey: key.publicKey,
    alipayCert: key.certificate,
    alipayCertSn: key.certificateSn,
  };
}

export const changeAppKeyRoute = defineRoute(
  {
    method: "PUT",
    path: "/api/apps/:appId/key",
    title: { en: "Change an app's keys", zh: "更换应用密钥" },
    doc: "Set the next public key, which verifies requests beside the current one; call with it; then promote it. Nobody is cut off in between.",
    who: operatorsWho("keys:write"),
    params: field.object({ appId: field.appId }),
    body: field.object({
      nextPublicKey: Type.Optional(publicKeyText),
      promote: Type.Optional(field.flag("the next key becomes the current one; the old one verifies nothing any more")),
      certificate: Type.Optional(certificatePem),
      certificateRequired: Type.Optional(
        field.flag(
          "from now on it calls in certificate mode only; without a word it stays as it was, and may use either while it moves",
        ),
      ),
      withoutKey: Type.Optional(
        field.flag("takes its keys and its certificate away: it is refused with isv.missing-signature-config"),
      ),
      encryptKey: Type.Optional(
        Type.Union([encryptKey, Type.Null()], {
          description: "an AES key, base64 of 16, 24 or 32 bytes; null takes it away",
        }),
      ),
      gatewayKeyId: Type.Optional(gatewayKeyId),
      reason: Type.Optional(field.reason),
    }),
    reply: field.object({
      appId: field.appId,
      publicKeys: Type.Integer({ description: "how many verify its requests: 2 while keys are changed" }),
      certificateSn: Type.Optional(Type.String()),
      hasEncryptKey: Type.Boolean(),
      gatewayKeyId: Type.String(),
      alipayPublicKey,
    }),
    errors: ["not-found", "refused"],
    action: "app.key",
    secondPerson: true,
    longTexts: { nextPublicKey: pemLimit, certificate: pemLimit },
  },
  async ({ params: { appId }, body: { reason, ...change }, note }, platform) => {
    const { gatewayKeys } = platform;
    const { merchantId } = await appCalled(platform.store, appId);
    note({ merchantId, purpose: reason ?? "" });
    await gatewayKeys.reload();
    if (change.gatewayKeyId !== undefined && !gatewayKeys.has(change.gatewayKeyId))
      throw new Problem("refused", `no gateway key ${change.gatewayKeyId}`);
    const app = await platform.apps.change(appId, change).catch(refuseApp);
    return {
      appId,
      publicKeys: app.publicKeys.length,
      ...(app.certificate === undefined ? {} : { certificateSn: app.certificate.sn }),
      hasEncryptKey: app.encryptKey !== undefined,
      gatewayKeyId: app.gatewayKeyId,
      alipayPublicKey: gatewayKeys.byId(app.gatewayKeyId).publicKey,
    };
  },
);

export const listGatewayKeysRoute = defineRoute(
  {
    method: "GET",
    path: "/api/gateway-keys",
    title: { en: "List the gateway's keys and its root certificate", zh: "网关密钥与根证书" },
    who: operatorsWho("keys:read"),
    reply: field.object({
      gatewayKeys: Type.Array(
        field.object({
          ...gatewayKey,
          isCurrent: Type.Boolean({ description: "new apps are given it" }),
          apps: Type.Integer({ description: "how many are answered by it" }),
          createdAt: field.instant,
        }),
      ),
      alipayRootCert,
    }),
  },
  async (_, { store, gatewayKeys }) => ({
    gatewayKeys: (await listGatewayKeys(store, gatewayKeys)).map(({ createdAt, apps, ...key }) => ({
      ...describe(key),
      isCurrent: key.gatewayKeyId === gatewayKeys.current.gatewayKeyId,
      apps,
      createdAt: instantToText(createdAt),
    })),
    alipayRootCert: gatewayKeys.authority.rootCertificate,
  }),
);

export const addGatewayKeyRoute = defineRoute(
  {
    method: "POST",
    path: "/api/gateway-keys",
    title: { en: "Make a new key of the gateway", zh: "轮换网关密钥" },
    doc: "New apps are given it; others keep theirs until they are moved.",
    who: operatorsWho("keys:write"),
    reply: field.object(gatewayKey),
    status: 201,
    action: "gateway-key.add",
  },
  async ({ note }, { gatewayKeys }) => {
    const key = await gatewayKeys.rotate();
    note({ details: { gatewayKeyId: key.gatewayKeyId } });
    return describe(key);
  },
);

export const removeGatewayKeyRoute = defineRoute(
  {
    method: "DELETE",
    path: "/api/gateway-keys/:gatewayKeyId",
    title: { en: "Remove a key of the gateway that no app has any more", zh: "删除网关密钥" },
    who: operatorsWho("keys:write"),
    params: field.object({ gatewayKeyId }),
    reply: field.done,
    errors: ["not-found", "conflict"],
    action: "gateway-key.remove",
  },
  async ({ params: { gatewayKeyId: id } }, { gatewayKeys }) => {
    const outcome = await gatewayKeys.remove(id);
    if (outcome === "unknown") throw new Problem("not-found", `no gateway key ${id}`);
    if (outcome === "current") throw new Problem("conflict", "new apps are given this key: make another one first");
    if (outcome === "used")
      throw new Problem("conflict", "apps are answered by this key: move them to another one first");
    return { done: true as const };
  },
);

export const issueCertificateRoute = defineRoute(
  {
    method: "POST",
    path: "/api/certificates",
    title: { en: "Issue a certificate for an app's signing request", zh: "签发应用证书" },
    doc: "It counts when the app has it: add the app with it, or change the app's key.",
    who: operatorsWho("keys:write"),
    body: field.object({
      appId: field.appId,
      signingRequest: Type.String({ minLength: 1, maxLength: pemLimit, description: "PKCS#10, PEM" }),
    }),
    reply: field.object({ appCert: Type.String({ description: "PEM" }), alipayCert, alipayRootCert }),
    status: 201,
    errors: ["refused"],
    action: "certificate.issue",
    longTexts: { signingRequest: pemLimit },
  },
  async ({ body: { appId, signingRequest }, note }, { apps, gatewayKeys }) => {
    note({ details: { appId } });
    const { authority } = gatewayKeys;
    const publicKey = await readSigningRequest(signingRequest).catch(refuseApp);
    // An app that is there goes on being answered by the key it was given; one that is added now is given the current one.
    const known = await apps.find(appId);
    if (known === undefined || !gatewayKeys.has(known.gatewayKeyId)) await gatewayKeys.reload();
    const answering = known === undefined ? gatewayKeys.current : gatewayKeys.byId(known.gatewayKeyId);
    return {
      appCert: await authority.issue({ commonName: appId, organisationalUnit: "App" }, publicKey),
      alipayCert: answering.certificate,
      alipayRootCert: authority.rootCertificate,
    };
  },
);

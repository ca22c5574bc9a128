import { Type } from "typebox";
import { instantToText } from "../clock.ts";
import { pemLimit } from "../http/texts.ts";
import { feedbackPolicies, userIdentities } from "../merchants/app.ts";
import type { ListedApp } from "../merchants/app-list.ts";
import type { GatewayKeys } from "../merchants/gateway-keys.ts";
import { signTypes } from "../protocol/signing.ts";
import * as field from "./fields.ts";

const pem = (description: string) => Type.String({ minLength: 1, maxLength: pemLimit, description });
/** The fields that an app is set by and shown with. */
export const publicKeyText = pem("PEM or base64, SPKI or PKCS#1");
export const certificatePem = pem("PEM; its key is the app's");
export const encryptKey = Type.String({
  minLength: 1,
  maxLength: 64,
  description: "an AES key: base64 of 16, 24 or 32 bytes",
});
export const signTypesField = Type.Array(Type.Enum([...signTypes], { description: signTypes.join(" or ") }), {
  minItems: 1,
  maxItems: signTypes.length,
  uniqueItems: true,
  description: `${signTypes.join(" or ")}, or both: RSA is SHA-1, for SDKs that know nothing else`,
});
export const permittedMethodsField = Type.Union(
  [Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { maxItems: 100 }), Type.Null()],
  { description: "names of methods, or null for all of them" },
);
export const punishedMethodsField = Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
  maxItems: 100,
  description: "names of methods that are refused with isv.app-api-punished, or the one word all",
});
export const userIdentityField = Type.Enum([...userIdentities], {
  description: `${userIdentities.join(" or ")}: what the app's token replies name users by; real apps made since 2025 have open_id, and so has one that is added without a word about it`,
});
export const feedbackPolicyField = Type.Enum([...feedbackPolicies], {
  description: `${feedbackPolicies.join(" or ")}: of a file with bad records nothing is stored, or the good ones`,
});
export const redirectUrisField = Type.Array(Type.String({ minLength: 1, maxLength: 2_048 }), {
  maxItems: 20,
  description: "addresses, http:// or https://, at or below which users may be sent back; 20 at most",
});
const certificate = field.object({
  sn: Type.String({ description: "what requests carry as app_cert_sn" }),
  notBefore: field.instant,
  notAfter: field.instant,
  required: Type.Boolean({ description: "whether the app calls in certificate mode only" }),
});
const key = Type.String({ description: "base64 of an SPKI" });
export const alipayPublicKey = Type.String({ description: "the `alipay public key` of an SDK's configuration" });
export const alipayCert = Type.String({ description: "PEM of the gateway's certificate and the one that signed it" });
export const alipayRootCert = Type.String({ description: "PEM, which clients in certificate mode are given by hand" });

export const appReply = field.object({
  appId: field.appId,
  merchantId: field.merchantId,
  name: field.shortName,
  createdAt: field.instant,
  suspended: Type.Boolean({ description: "the app itself" }),
  merchantSuspended: Type.Boolean(),
  publicKey: Type.Union([key, Type.Null()]),
  nextPublicKey: Type.Union([key, Type.Null()], { description: "verifies beside the current one" }),
  certificate: Type.Union([certificate, Type.Null()]),
  hasEncryptKey: Type.Boolean(),
  gatewayKeyId: Type.String({ description: "the gateway's key that signs its replies" }),
  alipayPublicKey,
  signTypes: Type.Array(Type.Enum([...signTypes])),
  permittedMethods: permittedMethodsField,
  actsForMerchants: Type.Boolean({ description: "other merchants may authorise it to act for them" }),
  selfInvoke: Type.Boolean({ description: "it may call for its own merchant" }),
  online: Type.Boolean({ description: "one that is not is refused with isv.not-online-app" }),
  punishedMethods: punishedMethodsField,
  userIdentity: userIdentityField,
  redirectUris: Type.Array(Type.String()),
  template: Type.String({ description: "of its feedback" }),
  feedbackPolicy: feedbackPolicyField,
});

/** Every secret is left out: of the encrypt key only whether there is one. */
export function describeApp(app: ListedApp, gatewayKeys: GatewayKeys) {
  const { createdAt, suspendedAt, merchantSuspendedAt, certificate: stored, ...rest } = app;
  return {
    ...rest,
    createdAt: instantToText(createdAt),
    suspended: suspendedAt !== null,
    merchantSuspended: merchantSuspendedAt !== null,
    certificate:
      stored === undefined
        ? null
        : {
            sn: stored.sn,
            notBefore: instantToText(stored.notBefore),
            notAfter: instantToText(stored.notAfter),
            required: stored.required,
          },
    alipayPublicKey: gatewayKeys.byId(app.gatewayKeyId).publicKey,
    signTypes: [...app.signTypes],
    permittedMethods: app.permittedMethods === null ? null : [...app.permittedMethods],
    punishedMethods: [...app.punishedMethods],
    redirectUris: [...app.redirectUris],
  };
}

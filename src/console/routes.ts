import type { FastifyInstance } from "fastify";
import { KeyFormatError } from "../keys/formats.ts";
import { feedbackPolicies } from "../merchants/app.ts";
import { AppError, type AppDirectory } from "../merchants/apps.ts";
import type { GatewayKeys } from "../merchants/gateway-keys.ts";
import { anyRedirect } from "../merchants/redirects.ts";
import { type SignType, signTypes } from "../protocol/signing.ts";
import { refuse } from "../http/refuse.ts";
import { pemLimit } from "../http/texts.ts";
import { operatorsOnly } from "./guard.ts";

export interface ConsoleParts {
  readonly apps: AppDirectory;
  readonly gatewayKeys: GatewayKeys;
  /** The merchant that apps added without one belong to: the sandbox's. Undefined in production. */
  readonly sandboxMerchantId: string | undefined;
  /** Every method that an app may be permitted. */
  readonly methodNames: readonly string[];
}

/** The apps, in the JSON API of the operator. */
export function registerConsoleApi(server: FastifyInstance, parts: ConsoleParts): void {
  registerAppSettings(server, parts);
  server.post(
    "/api/apps",
    operatorsOnly({ longTexts: { public_key: pemLimit, certificate: pemLimit } }),
    async (request, reply) => {
      const text = textsOf(request.body);
      const appId = text("app_id");
      const publicKey = text("public_key");
      const merchantId = text("merchant_id") ?? parts.sandboxMerchantId;
      if (appId === undefined || publicKey === undefined || merchantId === undefined) {
        return refuse(reply, "app_id, public_key and (outside the sandbox) merchant_id are needed, as strings");
      }
      const asked = readSignTypes(text("sign_types"));
      if (asked === "wrong") return refuse(reply, signTypesRule);
      const redirectUri = text("redirect_uri") ?? (parts.sandboxMerchantId === undefined ? undefined : anyRedirect);
      try {
        const app = await parts.apps.add({
          appId,
          merchantId,
          name: text("name") ?? appId,
          publicKey,
          certificate: text("certificate"),
          encryptKey: text("encrypt_key"),
          actsForMerchants: text("acts_for_merchants") === "true",
          signTypes: asked,
          gatewayKeyId: parts.gatewayKeys.current.gatewayKeyId,
          redirectUris: redirectUri === undefined ? [] : [redirectUri],
        });
        return await reply.code(201).send({
          app_id: app.appId,
          merchant_id: app.merchantId,
          sign_types: app.signTypes.join(","),
          alipay_public_key: parts.gatewayKeys.byId(app.gatewayKeyId).publicKey,
          ...(app.certificate === undefined
            ? {}
            : {
                alipay_cert: parts.gatewayKeys.byId(app.gatewayKeyId).certificate,
                alipay_root_cert: parts.gatewayKeys.authority.rootCertificate,
              }),
        });
      } catch (error) {
        if (error instanceof AppError || error instanceof KeyFormatError) return refuse(reply, error.message);
        throw error;
      }
    },
  );
}

/** What an app may do, for the operator to set; what is not named stays. */
function registerAppSettings(server: FastifyInstance, { apps, methodNames }: ConsoleParts): void {
  server.post("/api/apps/settings", operatorsOnly(), async (request, reply) => {
    const text = textsOf(request.body);
    const appId = text("app_id");
    if (appId === undefined) return refuse(reply, "app_id is needed, as a string");
    const feedbackPolicy = feedbackPolicies.find((each) => each === text("feedback_policy"));
    if (text("feedback_policy") !== undefined && feedbackPolicy === undefined)
      return refuse(reply, `feedback_policy is ${feedbackPolicies.join(" or ")}`);
    const asked = readSignTypes(text("sign_types"));
    if (asked === "wrong") return refuse(reply, signTypesRule);
    const suspended = text("suspended");
    if (suspended !== undefined && !/^(?:true|false)$/.test(suspended))
      return refuse(reply, "suspended is true or false");
    const actsForMerchants = text("acts_for_merchants");
    if (actsForMerchants !== undefined && !/^(?:true|false)$/.test(actsForMerchants))
      return refuse(reply, "acts_for_merchants is true or false");
    const named = text("permitted_methods");
    const permittedMethods =
      named === undefined || named === "all" ? named : named.split(",").map((name) => name.trim());
    const unknown = Array.isArray(permittedMethods)
      ? permittedMethods.find((name) => !methodNames.includes(name))
      : undefined;
    if (unknown !== undefined)
      return refuse(
        reply,
        `there is no method ${unknown}; permitted_methods is "all" or names with commas between, of ${methodNames.join(", ")}`,
      );
    try {
      const app = await apps.change(appId, {
        feedbackPolicy,
        permittedMethods,
        signTypes: asked,
        suspended: suspended === undefined ? undefined : suspended === "true",
        actsForMerchants: actsForMerchants === undefined ? undefined : actsForMerchants === "true",
      });
      return await reply.send({
        app_id: app.appId,
        feedback_policy: app.feedbackPolicy,
        permitted_methods: app.permittedMethods ?? "all",
        acts_for_merchants: app.actsForMerchants,
        sign_types: app.signTypes.join(","),
        suspended: app.suspended,
      });
    } catch (error) {
      if (error instanceof AppError) return refuse(reply, error.message);
      throw error;
    }
  });
}

const signTypesRule = `sign_types is ${signTypes.join(" or ")}, or both with a comma between`;

function readSignTypes(text: string | undefined): readonly SignType[] | "wrong" | undefined {
  if (text === undefined) return undefined;
  const named = text.split(",").map((name) => name.trim());
  const known = signTypes.filter((each) => named.includes(each));
  return known.length === named.length ? known : "wrong";
}

/** The texts of a JSON body that are not empty, by name. */
export function textsOf(body: unknown): (name: string) => string | undefined {
  return (name) => {
    const value = typeof body === "object" && body !== null ? (body as Record<string, unknown>)[name] : undefined;
    return typeof value === "string" && value !== "" ? value : undefined;
  };
}

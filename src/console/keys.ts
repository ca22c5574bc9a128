import type { FastifyInstance, FastifyReply } from "fastify";
import { readSigningRequest } from "../keys/certificates.ts";
import { KeyFormatError } from "../keys/formats.ts";
import { AppError, type AppDirectory } from "../merchants/apps.ts";
import type { GatewayKeys } from "../merchants/gateway-keys.ts";
import { operatorsOnly } from "./guard.ts";
import { refuse } from "../http/refuse.ts";
import { pemLimit } from "../http/texts.ts";
import { textsOf } from "./routes.ts";

export interface KeyRoutesParts {
  readonly apps: AppDirectory;
  readonly gatewayKeys: GatewayKeys;
}

type Text = (name: string) => string | undefined;

/** The life of keys and certificates, for the operator: each change has an overlap, so nobody is cut off by it. */
export function registerKeyRoutes(server: FastifyInstance, parts: KeyRoutesParts): void {
  const { apps, gatewayKeys } = parts;
  const post = (
    path: string,
    longTexts: Readonly<Record<string, number>>,
    answer: (text: Text, reply: FastifyReply) => Promise<object>,
  ): void => {
    server.post(path, operatorsOnly({ longTexts }), async (request, reply) => {
      try {
        return await answer(textsOf(request.body), reply);
      } catch (error) {
        if (error instanceof AppError || error instanceof KeyFormatError) return refuse(reply, error.message);
        throw error;
      }
    });
  };

  post("/api/apps/key", { next_public_key: pemLimit, certificate: pemLimit }, async (text, reply) => {
    const appId = text("app_id");
    if (appId === undefined) return refuse(reply, "app_id is needed, as a string");
    const gatewayKeyId = text("gateway_key_id");
    if (gatewayKeyId !== undefined && !gatewayKeys.has(gatewayKeyId))
      return refuse(reply, `no gateway key ${gatewayKeyId}`);
    const app = await apps.change(appId, {
      nextPublicKey: text("next_public_key"),
      promote: text("promote") === "true",
      certificate: text("certificate"),
      gatewayKeyId,
    });
    return {
      app_id: app.appId,
      public_keys: app.publicKeys.length,
      certificate_sn: app.certificate?.sn,
      gateway_key_id: app.gatewayKeyId,
      alipay_public_key: gatewayKeys.byId(app.gatewayKeyId).publicKey,
    };
  });

  post("/api/gateway-keys", {}, async () => {
    const key = await gatewayKeys.rotate();
    return {
      gateway_key_id: key.gatewayKeyId,
      alipay_public_key: key.publicKey,
      alipay_cert: key.certificate,
      alipay_cert_sn: key.certificateSn,
    };
  });

  post("/api/certificates", { signing_request: pemLimit }, async (text, reply) => {
    const request = text("signing_request");
    const appId = text("app_id");
    if (request === undefined || appId === undefined)
      return refuse(reply, "signing_request (PEM) and app_id are needed, as strings");
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(appId)) return refuse(reply, "an app id has 1 to 32 letters, digits, _ or -");
    const issued = await gatewayKeys.authority.issue(
      { commonName: appId, organisationalUnit: "App" },
      await readSigningRequest(request),
    );
    return {
      app_cert: issued,
      alipay_cert: gatewayKeys.current.certificate,
      alipay_root_cert: gatewayKeys.authority.rootCertificate,
    };
  });
}

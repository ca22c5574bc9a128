import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { KeyFormatError } from "../keys/formats.ts";
import { AppError, type AppDirectory, anyRedirect } from "../merchants/apps.ts";
import type { GatewayKeys } from "../merchants/gateway-keys.ts";
import { isOperator } from "../merchants/operators.ts";
import type { Store } from "../store/store.ts";

export interface ConsoleParts {
  readonly store: Store;
  readonly apps: AppDirectory;
  readonly gatewayKeys: GatewayKeys;
  /** The merchant that apps added without one belong to: the sandbox's. Undefined in production. */
  readonly sandboxMerchantId: string | undefined;
}

/** The JSON API of the operator. Who asks is proved by the operator's login and password, as HTTP Basic. */
export function registerConsoleApi(server: FastifyInstance, parts: ConsoleParts): void {
  server.post("/api/apps", async (request, reply) => {
    if (!(await fromOperator(parts.store, request))) return refuseStranger(reply);
    const body: unknown = request.body;
    const text = (name: string): string | undefined => {
      const value = typeof body === "object" && body !== null ? (body as Record<string, unknown>)[name] : undefined;
      return typeof value === "string" && value !== "" ? value : undefined;
    };
    const appId = text("app_id");
    const publicKey = text("public_key");
    const merchantId = text("merchant_id") ?? parts.sandboxMerchantId;
    if (appId === undefined || publicKey === undefined || merchantId === undefined) {
      return refuse(reply, "app_id, public_key and (outside the sandbox) merchant_id are needed, as strings");
    }
    const redirectUri = text("redirect_uri") ?? (parts.sandboxMerchantId === undefined ? undefined : anyRedirect);
    try {
      const app = await parts.apps.add({
        appId,
        merchantId,
        name: text("name") ?? appId,
        publicKey,
        certificate: text("certificate"),
        encryptKey: text("encrypt_key"),
        gatewayKeyId: parts.gatewayKeys.current.gatewayKeyId,
        redirectUris: redirectUri === undefined ? [] : [redirectUri],
      });
      return await reply.code(201).send({
        app_id: app.appId,
        merchant_id: app.merchantId,
        alipay_public_key: parts.gatewayKeys.byId(app.gatewayKeyId).publicKey,
      });
    } catch (error) {
      if (error instanceof AppError || error instanceof KeyFormatError) return refuse(reply, error.message);
      throw error;
    }
  });
}

async function fromOperator(store: Store, request: FastifyRequest): Promise<boolean> {
  const credentials = /^Basic ([A-Za-z0-9+/=]+)$/.exec(request.headers.authorization ?? "")?.[1];
  if (credentials === undefined) return false;
  const [login = "", ...password] = Buffer.from(credentials, "base64").toString("utf8").split(":");
  return isOperator(store, login, password.join(":"));
}

function refuseStranger(reply: FastifyReply): FastifyReply {
  return reply.code(401).header("www-authenticate", 'Basic realm="kaimen"').send({ error: "an operator's login and password are needed" });
}

function refuse(reply: FastifyReply, error: string): FastifyReply {
  return reply.code(400).send({ error });
}

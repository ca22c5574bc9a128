import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { parsePrivateKey } from "#kaimen/keys/formats.ts";
import { signParameters } from "#kaimen/keys/signed-request.ts";
import type { SignType } from "#kaimen/protocol/signing.ts";
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";

/** Where a server is, and its operator. */
export type Operated = Pick<SandboxFile, "gateway_url" | "operator">;

/** What an operator sends to the API, `PATCH /api/apps/x` (POST where no verb is named), and what comes back. */
export async function askAsOperator(
  server: Operated,
  route: string,
  body?: unknown,
): Promise<{ status: number; answer: Record<string, unknown> }> {
  return askWithToken(server, server.operator.token, route, body);
}

export async function askWithToken(
  server: Pick<Operated, "gateway_url">,
  token: string,
  route: string,
  body?: unknown,
): Promise<{ status: number; answer: Record<string, unknown> }> {
  const [path = "", method = "POST"] = route.split(" ").reverse();
  const reply = await fetch(new URL(path, server.gateway_url), {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: reply.status, answer: (await reply.json()) as Record<string, unknown> };
}

/** An app with a key of its own. */
export interface TestApp {
  readonly appId: string;
  readonly privateKey: KeyObject;
}

export function sandboxApp(sandbox: SandboxFile): TestApp {
  return { appId: sandbox.app_id, privateKey: parsePrivateKey(sandbox.app_private_key_pkcs8) };
}

export function rsaKeys(bits = 2_048): { publicKey: string; privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  return { publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(), privateKey };
}

export async function addApp(server: Operated, appId: string, more: Record<string, unknown> = {}): Promise<TestApp> {
  const { publicKey, privateKey } = rsaKeys();
  const { status, answer } = await askAsOperator(server, "/api/apps", {
    appId,
    publicKey,
    ...more,
  });
  if (status !== 201) throw new Error(`the app ${appId} was not added: ${JSON.stringify(answer)}`);
  return { appId, privateKey };
}

export interface GatewayReply {
  readonly text: string;
  /** The node, whatever its name. */
  readonly node: Record<string, unknown>;
  /** The sub_code, or 10000. */
  readonly code: string;
}

/** A signed request's parameters: `fields` beside the public ones, which they may override. */
export function signedCall(
  app: TestApp,
  method: string,
  fields: Record<string, string>,
  signType: SignType = "RSA2",
): Promise<URLSearchParams> {
  const common = { app_id: app.appId, method, charset: "utf-8", timestamp: "2026-11-22 12:00:00", version: "1.0" };
  return signParameters({ ...common, ...fields }, { privateKey: app.privateKey, signType });
}

export async function send(server: Operated, parameters: URLSearchParams): Promise<GatewayReply> {
  const text = await (await fetch(server.gateway_url, { method: "POST", body: parameters })).text();
  const [node = {}] = Object.values(JSON.parse(text) as Record<string, Record<string, unknown>>);
  return { text, node, code: String(node["sub_code"] ?? "10000") };
}

export async function callAs(
  server: Operated,
  app: TestApp,
  method: string,
  fields: Record<string, string>,
): Promise<GatewayReply> {
  return send(server, await signedCall(app, method, fields));
}

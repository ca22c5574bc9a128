import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Type } from "typebox";
import * as field from "../console/fields.ts";
import { defineRoute, operatorsWho } from "../console/route.ts";
import { demoPeople } from "./demo-people.ts";
import { type SandboxFile, sandboxFileName } from "./sandbox-file.ts";

/** What a page needs to call the sandbox as its own app: no password and no operator's token is in it. */
export const readMaterialRoute = defineRoute(
  {
    method: "GET",
    path: "/api/sandbox/material",
    title: { en: "The sandbox's app with its keys, and its people with their tokens", zh: "沙箱调试素材" },
    doc: "What sandbox.json holds, but for passwords: to fill in forms that call the gateway.",
    who: operatorsWho("sandbox:write"),
    reply: field.object({
      gatewayUrl: Type.String(),
      appId: field.appId,
      merchantId: field.merchantId,
      appPrivateKeyPkcs8: Type.String(),
      alipayPublicKey: Type.String(),
      encryptKey: Type.String(),
      appCert: Type.String({ description: "PEM" }),
      alipayCert: Type.String({ description: "PEM" }),
      alipayRootCert: Type.String({ description: "PEM" }),
      people: Type.Array(
        field.object({
          userId: Type.String(),
          name: Type.String(),
          credentialsType: Type.String(),
          credentialsNo: Type.String(),
          accessToken: Type.String(),
          score: Type.String({ description: "350 to 950, or N/A" }),
          story: field.object({ en: Type.String(), zh: Type.String() }),
          orders: Type.Array(Type.String()),
        }),
      ),
    }),
    action: "sandbox.material",
  },
  async (_, { config }) => {
    const text = await readFile(join(config.dataDirectory, sandboxFileName), "utf8");
    const sandbox = JSON.parse(text) as SandboxFile; // Written by writeSandboxFile.
    return {
      gatewayUrl: sandbox.gateway_url,
      appId: sandbox.app_id,
      merchantId: sandbox.merchant_id,
      appPrivateKeyPkcs8: sandbox.app_private_key_pkcs8,
      alipayPublicKey: sandbox.alipay_public_key,
      encryptKey: sandbox.encrypt_key,
      appCert: sandbox.app_cert,
      alipayCert: sandbox.alipay_cert,
      alipayRootCert: sandbox.alipay_root_cert,
      people: sandbox.users.map((user) => {
        const demo = demoPeople.find(({ userId }) => userId === user.user_id);
        return {
          userId: user.user_id,
          name: user.name,
          credentialsType: user.credentials_type,
          credentialsNo: user.credentials_no,
          accessToken: user.access_token,
          score: user.score,
          story: demo?.story ?? { en: "", zh: "" },
          orders: demo?.orders.map(({ orderNo }) => orderNo) ?? [],
        };
      }),
    };
  },
);

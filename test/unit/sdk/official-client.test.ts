import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AlipaySdk } from "alipay-sdk";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { generateRsaKeys } from "#kaimen/keys/rsa.ts";
import { exportKey } from "#kaimen/keys/formats.ts";
import { Client } from "#kaimen/sdk/index.ts";
import { signReply } from "#kaimen/sdk/testing/index.ts";

const app = await generateRsaKeys();
const platform = await generateRsaKeys();
const appPrivateKey = exportKey(app.privateKey, "pkcs8");
const platformPublicKey = exportKey(platform.publicKey, "spki");
const platformPrivateKey = exportKey(platform.privateKey, "pkcs1");
const method = "zhima.credit.score.get";

/** What our client sends, caught in the place of the network. */
async function sentBy(transactionId: string, authToken: string, charset: "utf-8" | "gbk"): Promise<URLSearchParams> {
  let sent = new URLSearchParams();
  const client = new Client({
    gateway: "http://gateway.test/gateway.do",
    appId: "2021000000000001",
    privateKey: appPrivateKey,
    alipayPublicKey: platformPublicKey,
    charset,
    async fetch(_, init) {
      sent = new URLSearchParams(new TextDecoder().decode(init.body as Uint8Array));
      return new Response(await signReply({ fields: {} }, { method, privateKey: platformPrivateKey, charset }));
    },
  });
  await client.execute(method, { transactionId, productCode: "w1" }, { authToken });
  return sent;
}

it("signs the string that the official client signs, whatever the fields hold", async () => {
  const official = new AlipaySdk({
    appId: "2021000000000001",
    keyType: "PKCS8",
    privateKey: appPrivateKey,
    alipayPublicKey: platformPublicKey,
  });
  const text = fc.string({ unit: "grapheme", maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(text, text, async (transactionId, authToken) => {
      fc.pre(authToken !== "");
      const sent = await sentBy(transactionId, authToken, "utf-8");
      const query = official.sdkExecute(
        method,
        {
          timestamp: sent.get("timestamp") ?? "",
          format: "JSON",
          auth_token: authToken,
          bizContent: JSON.parse(sent.get("biz_content") ?? "") as Record<string, string>,
        },
        { bizContentAutoSnakeCase: false },
      );
      // RSA by PKCS#1 v1.5 has one signature for each text: equal signatures are of equal strings.
      expect(sent.get("sign")).toBe(new URLSearchParams(query).get("sign"));
    }),
    { numRuns: 60 },
  );
});

let answer: Uint8Array = new Uint8Array();
const server = createServer((request, response) => {
  request.resume().on("end", () => response.setHeader("trace_id", "t1").end(answer));
});
let gateway = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}/gateway.do`;
});
afterAll(() => server.close());

it("signs replies that the official client takes, and takes them itself", async () => {
  const config = { gateway, appId: "2021000000000001", privateKey: appPrivateKey, alipayPublicKey: platformPublicKey };
  const official = new AlipaySdk({ ...config, keyType: "PKCS8" });
  const own = new Client(config);
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), async (bizNo, isRefusal) => {
      answer = await signReply(
        isRefusal ? { subCode: "SOME", subMsg: "a" } : { fields: { biz_no: bizNo, zm_score: "N/A" } },
        {
          method,
          privateKey: platformPrivateKey,
        },
      );
      const theirs = await official.exec(method, { bizContent: {} }, { validateSign: true });
      const ours = await own.execute(method, { transactionId: "T", productCode: "w1" }, { authToken: "x" });
      expect(ours).toEqual(
        isRefusal
          ? { ok: false, code: "40004", msg: "Business Failed", subCode: "SOME", subMsg: "a", traceId: "t1" }
          : { ok: true, bizNo, zmScore: "N/A", traceId: "t1" },
      );
      expect(theirs).toMatchObject(isRefusal ? { subCode: "SOME" } : { bizNo, zmScore: "N/A" });
    }),
    { numRuns: 60 },
  );
});

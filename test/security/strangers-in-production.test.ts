import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { beijingTime, systemClock } from "#kaimen/clock.ts";
import { decryptAes, encryptAes, type EncryptType, encryptTypes } from "#kaimen/keys/aes.ts";
import { parsePrivateKey } from "#kaimen/keys/formats.ts";
import { signParameters } from "#kaimen/keys/signed-request.ts";
import { verifyAsEveryClient } from "../support/clients.ts";
import { startKaimen } from "../support/kaimen.ts";
import { startPostgres } from "../support/postgres-cluster.ts";
import { type ProductionKaimen, startInProduction } from "../support/production-kaimen.ts";

const cluster = await startPostgres();
/** Words that nobody but a stranger says. */
const word = "Str4ngersOwnW0rd";
const score = "zhima.credit.score.get";
const scoreNode = "zhima_credit_score_get_response";

type Parameters = Readonly<Record<string, string>>;
interface Ask {
  readonly signed?: Parameters;
  /** Changed after signing; an empty text leaves one out. */
  readonly sent?: Parameters;
}

/** Every refusal that comes before a signature holds, with a stranger's own words wherever there is room for them. */
const strangers: [subCode: string, node: string, ask: Ask][] = [
  ["isv.missing-app-id", scoreNode, { sent: { app_id: "" } }],
  ["isv.invalid-app-id", scoreNode, { sent: { app_id: word } }],
  ["isv.missing-method", "error_response", { sent: { method: "", x: word } }],
  ["isv.missing-signature", scoreNode, { sent: { sign: "", x: word } }],
  ["isv.missing-signature-type", scoreNode, { sent: { sign_type: "", x: word } }],
  ["isv.invalid-signature-type", scoreNode, { sent: { sign_type: word } }],
  ["isv.invalid-charset", scoreNode, { sent: { charset: word } }],
  ["isv.missing-timestamp", scoreNode, { sent: { timestamp: "" } }],
  ["isv.invalid-timestamp", scoreNode, { sent: { timestamp: word } }],
  ["isv.missing-version", scoreNode, { sent: { version: "" } }],
  ["isv.invalid-parameter", scoreNode, { sent: { version: word } }],
  ["isv.invalid-parameter", scoreNode, { sent: { [word.repeat(20)]: "a" } }],
  ["isv.invalid-format", scoreNode, { sent: { format: word } }],
  ["isv.app-cert-not-exist", scoreNode, { sent: { app_cert_sn: word } }],
  ["isv.invalid-signature", scoreNode, { sent: { x: word } }],
  ["isv.invalid-signature", scoreNode, { sent: { [word]: "a" } }],
  ["isv.invalid-signature", scoreNode, { sent: { biz_content: `{"transaction_id":"${word}"}` } }],
  ["isv.invalid-signature", scoreNode, { sent: { sign: word } }],
  ["isv.invalid-signature", "error_response", { sent: { method: `zhima.${word}` } }],
  ["isv.invalid-signature", "error_response", { sent: { method: `${word}{"<` } }],
  [
    "isv.invalid-signature",
    "zhima_data_batch_feedback_response",
    { sent: { method: "zhima.data.batch.feedback", file_description: word } },
  ],
  ["isv.invalid-signature", "error_response", { sent: { method: "alipay.system.oauth.token", code: word } }],
];

interface Answer {
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly node: unknown;
}

describe.skipIf(cluster === undefined)("in production", () => {
  let production: ProductionKaimen;
  beforeAll(async () => {
    production = await startInProduction(cluster);
  });
  afterAll(() => production?.stop());

  async function call({ signed, sent }: Ask, origin = production.origin): Promise<Answer> {
    const { sandbox } = production.kaimen;
    const parameters = {
      app_id: sandbox.app_id,
      method: score,
      charset: "utf-8",
      timestamp: beijingTime(systemClock.now()),
      version: "1.0",
      auth_token: sandbox.users[0]?.access_token ?? "",
      ...signed,
    };
    const form = await signParameters(parameters, {
      privateKey: parsePrivateKey(sandbox.app_private_key_pkcs8),
      signType: "RSA2",
    });
    for (const [name, value] of Object.entries(sent ?? {})) {
      if (value === "") form.delete(name);
      else form.set(name, value);
    }
    const response = await fetch(`${origin}/gateway.do`, { method: "POST", body: form });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const text = new TextDecoder().decode(bytes);
    const [[name, node] = ["", undefined]] = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return { text, bytes, name, node };
  }

  it.each(strangers)("%s says nothing in %s that came with the request (%j)", async (subCode, name, ask) => {
    const answer = await call(ask);
    expect(answer).toMatchObject({ name, node: { sub_code: subCode } });
    expect(answer.text).not.toContain(word);
    expect(answer.text).not.toMatch(/app_id=|诊断/);
  });

  it("the refusal of a bad signature is the published text, which every client can verify", async () => {
    const { bytes, node } = await call({ sent: { x: word } });
    expect(node).toMatchObject({
      sub_msg: expect.stringMatching(
        /^验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，解决方案：http:.*\?traceId=[0-9a-z]+&source=openapi$/,
      ) as string,
    });
    const clients = verifyAsEveryClient(bytes, score, "utf-8", production.kaimen.sandbox.alipay_public_key, {
      error: true,
      node: "method",
    });
    expect(clients.filter(({ ok, expected }) => expected && !ok)).toEqual([]);
  });

  it("an unknown method is named to the app's own holder, whose signature holds", async () => {
    expect(await call({ signed: { method: "zhima.nothing.get" } })).toMatchObject({
      name: "zhima_nothing_get_response",
      node: { sub_code: "isv.invalid-method" },
    });
  });

  describe.each(encryptTypes.map((encryptType) => [encryptType]))(
    "with encrypt_type %s",
    (encryptType: EncryptType) => {
      it.each(strangers.filter(([, , { sent }]) => sent?.["app_id"] === undefined))(
        "a stranger's %s is never encrypted with the app's key (%s, %j)",
        async (subCode, _, { sent }) => {
          const answer = await call({ sent: { encrypt_type: encryptType, ...sent } });
          expect(answer.node).toMatchObject({
            sub_code: expect.stringMatching(new RegExp(`^(?:${subCode}|isv\\.invalid-signature)$`)) as unknown,
          });
          expect(answer.text).not.toContain(word);
        },
      );

      it("the app's own holder gets answers and refusals encrypted, as before", async () => {
        const key = Buffer.from(production.kaimen.sandbox.encrypt_key, "base64");
        const open = ({ node }: Answer): unknown => JSON.parse(String(decryptAes(encryptType, key, String(node))));
        const ask = (content: object): Promise<Answer> =>
          call({
            signed: {
              encrypt_type: encryptType,
              biz_content: encryptAes(encryptType, key, Buffer.from(JSON.stringify(content))),
            },
          });
        expect(
          open(await ask({ transaction_id: `P_${encryptType}`, product_code: "w1010100100000000001" })),
        ).toMatchObject({ code: "10000" });
        expect(open(await ask({ transaction_id: "-", product_code: "w1010100100000000001" }))).toMatchObject({
          sub_code: "INVALID_TRANSACTION_ID",
        });
      });
    },
  );

  it("a setting asks for the string to sign, which is then shown", async () => {
    const { environment, dataDirectory } = production.kaimen;
    const echoing = await startKaimen({ env: { ...environment, KAIMEN_ECHO_REQUESTS: "on" }, dataDirectory });
    try {
      const port = /"port":(\d+)[^\n]*"msg":"ready"/.exec(echoing.log())?.[1] ?? "";
      const { text, name } = await call({ sent: { method: `zhima.${word}` } }, `http://127.0.0.1:${port}`);
      expect(name).toBe(`zhima_${word}_response`);
      expect(text).toContain(`网关生成的验签字符串为：app_id=${production.kaimen.sandbox.app_id}&amp;`);
      expect(text).toContain(`method=zhima.${word}&amp;`);
    } finally {
      await echoing.end("SIGTERM");
    }
  });
});

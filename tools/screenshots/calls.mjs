import { generateKeyPairSync } from "node:crypto";
import { AlipaySdk } from "alipay-sdk";

const method = "zhima.credit.score.get";
const productCode = "w1010100100000000001";

/**
 * What an integrator's first hours look like in the request log: inquiries that are answered, and one each that is
 * refused for its product, its token and its signature, this one last.
 * @param {import("./sandbox.mjs").SandboxFile} sandbox
 */
export async function makeCalls(sandbox) {
  const config = {
    appId: sandbox.app_id,
    keyType: /** @type {const} */ ("PKCS8"),
    alipayPublicKey: sandbox.alipay_public_key,
    gateway: sandbox.gateway_url,
  };
  const sdk = new AlipaySdk({ ...config, privateKey: sandbox.app_private_key_pkcs8 });
  const wrongKey = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;
  const stranger = new AlipaySdk({
    ...config,
    privateKey: wrongKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
  });
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "");
  let orders = 0;
  /** @param {AlipaySdk} caller @param {string} token @param {string} [product] */
  const ask = (caller, token, product = productCode) =>
    caller.exec(method, {
      auth_token: token,
      bizContent: { transaction_id: `ORDER${day}${String((orders += 1)).padStart(4, "0")}`, product_code: product },
    });

  const tokens = sandbox.users.map(({ access_token: token }) => token);
  const [first = ""] = tokens;
  for (const token of [...tokens, first, first]) await ask(sdk, token);
  await ask(sdk, first, "w0000000000000000000");
  await ask(sdk, "no-token-of-anybody");
  for (const token of tokens.slice(0, 2)) await ask(sdk, token);
  await ask(stranger, first);
}

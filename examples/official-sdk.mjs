/**
 * Asks for a demo person's score with the official Alipay SDK, which only has to be told another gateway.
 *
 *   npm start                                     in one terminal
 *   node examples/official-sdk.mjs [login]        in another; average@sandbox.kaimen, for one
 *
 * KAIMEN_DATA says where the sandbox keeps its files, ./.kaimen when unset.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AlipaySdk } from "alipay-sdk";

const sandbox = JSON.parse(readFileSync(join(process.env["KAIMEN_DATA"] || ".kaimen", "sandbox.json"), "utf8"));
const login = process.argv[2] ?? sandbox.users[0].login;
const user = sandbox.users.find((/** @type {{ login: string }} */ each) => each.login === login);
if (user === undefined) throw new Error(`the sandbox has no user ${login}`);

const sdk = new AlipaySdk({
  appId: sandbox.app_id,
  keyType: "PKCS8",
  privateKey: sandbox.app_private_key_pkcs8,
  alipayPublicKey: sandbox.alipay_public_key,
  gateway: sandbox.gateway_url,
});

/** One id for one inquiry. To try again after a timeout, send the same id: it is answered the same and billed once. */
const transactionId = `EXAMPLE_${Date.now()}`;

for (const attempt of ["first", "repeated"]) {
  const reply = await sdk.exec(
    "zhima.credit.score.get",
    {
      auth_token: user.access_token,
      bizContent: { transaction_id: transactionId, product_code: "w1010100100000000001" },
    },
    { validateSign: true },
  );
  if (reply.code !== "10000") throw new Error(`refused: ${reply.code} ${reply["subCode"]} ${reply["subMsg"]}`);
  console.log(`${attempt}: ${user.name} has ${reply["zmScore"]}, biz_no ${reply["bizNo"]}`);
}

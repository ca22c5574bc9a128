/**
 * Lets a user authorise the app in a browser, exchanges the auth_code that comes back and asks for the score.
 *
 *   npm start                        in one terminal
 *   node examples/authorise.mjs      in another; open the address it prints, in a browser on the same machine
 *
 * The demo people have authorised the sandbox's own app already, so whoever signs in as one of them is sent straight
 * back. A user who has not is asked for consent first; `npx kaimen app add` makes an app that nobody has authorised.
 * KAIMEN_DATA says where the sandbox keeps its files, ./.kaimen when unset.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { AlipaySdk } from "alipay-sdk";

const waitLimitMs = 600_000;

const sandbox = JSON.parse(readFileSync(join(process.env["KAIMEN_DATA"] || ".kaimen", "sandbox.json"), "utf8"));
const sdk = new AlipaySdk({
  appId: sandbox.app_id,
  keyType: "PKCS8",
  privateKey: sandbox.app_private_key_pkcs8,
  alipayPublicKey: sandbox.alipay_public_key,
  gateway: sandbox.gateway_url,
});

const server = createServer();
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
if (address === null || typeof address === "string") throw new Error("listening on no port");

const redirectUri = `http://127.0.0.1:${address.port}/callback`;
/** Comes back unchanged. A redirect with another state was not begun here and must not be trusted. */
const state = randomBytes(16).toString("hex");
const query = new URLSearchParams({ app_id: sandbox.app_id, scope: "auth_zhima", redirect_uri: redirectUri, state });
const [user] = sandbox.users;
console.log(`open   ${sandbox.authorize_url}?${query}\nlogin  ${user.login}   password  ${user.password}`);

/** @type {URLSearchParams} */
const answer = await new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error("nobody came back in ten minutes")), waitLimitMs);
  server.on("request", (request, response) => {
    const url = new URL(request.url ?? "/", redirectUri);
    const isCallback = url.pathname === "/callback";
    response.writeHead(isCallback ? 200 : 404, { "content-type": "text/plain; charset=utf-8", connection: "close" });
    response.end(isCallback ? "Done. You can close this page. 授权流程已完成，可以关闭本页。\n" : "");
    if (!isCallback) return;
    clearTimeout(timer);
    resolve(url.searchParams);
  });
});
server.close();

if (answer.get("state") !== state) throw new Error("the redirect carries another state");
const code = answer.get("auth_code");
if (code === null) throw new Error(`not authorised: ${answer.get("error")}`);

const tokens = await sdk
  .exec("alipay.system.oauth.token", { grant_type: "authorization_code", code }, { validateSign: true })
  .catch((error) => {
    // A refusal of this method stands in error_response, whose signature the SDK cannot verify, whoever sends it.
    const refusal = refusalIn(error.responseDataRaw);
    throw refusal === undefined ? error : new Error(`refused: ${refusal.code} ${refusal.sub_code} ${refusal.sub_msg}`);
  });
console.log(`user   ${tokens["userId"]}, access token for ${tokens["expiresIn"]} s`);

const reply = await sdk.exec(
  "zhima.credit.score.get",
  {
    auth_token: tokens["accessToken"],
    bizContent: { transaction_id: `EXAMPLE_${Date.now()}`, product_code: "w1010100100000000001" },
  },
  { validateSign: true },
);
if (reply.code !== "10000") throw new Error(`refused: ${reply.code} ${reply["subCode"]} ${reply["subMsg"]}`);
console.log(`score  ${reply["zmScore"]}, biz_no ${reply["bizNo"]}`);

/** @param {string | undefined} reply  what came, as the SDK's error keeps it */
function refusalIn(reply) {
  try {
    return JSON.parse(reply ?? "").error_response;
  } catch {
    return undefined; // The fault is another one.
  }
}

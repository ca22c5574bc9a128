import { beijingTime, systemClock } from "#kaimen/clock.ts";
import { parsePrivateKey } from "#kaimen/keys/formats.ts";
import { scoreProductCode } from "#kaimen/methods/zhima.credit.score.get.ts";
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";
import { signParameters } from "#kaimen/keys/signed-request.ts";

export interface SignedRequest {
  readonly transactionId: string;
  /** What sandbox.json says of the user asked for. */
  readonly expectedScore: string;
  /** The whole HTTP request. */
  readonly bytes: Buffer;
}

/** So many are signed at a time: the thread pool stays busy and memory small. */
const signedTogether = 64;

/** Signed requests with a transaction_id each, the demo users in turn. Equal ids in every run give an equal result. */
export async function signRequests(sandbox: SandboxFile, prefix: string, count: number): Promise<SignedRequest[]> {
  const privateKey = parsePrivateKey(sandbox.app_private_key_pkcs8);
  const target = new URL(sandbox.gateway_url);
  const timestamp = beijingTime(systemClock.now());
  const sign = async (index: number): Promise<SignedRequest> => {
    const user = sandbox.users[index % sandbox.users.length];
    if (user === undefined) throw new Error("the sandbox has no users");
    const transactionId = `${prefix}_${String(index).padStart(7, "0")}`;
    const parameters = await signParameters(
      {
        app_id: sandbox.app_id,
        method: "zhima.credit.score.get",
        format: "json",
        charset: "utf-8",
        timestamp,
        version: "1.0",
        auth_token: user.access_token,
        biz_content: JSON.stringify({ transaction_id: transactionId, product_code: scoreProductCode }),
      },
      { privateKey, signType: "RSA2" },
    );
    return { transactionId, expectedScore: user.score, bytes: httpRequest(target, parameters) };
  };
  const signed: SignedRequest[] = [];
  while (signed.length < count) {
    const indexes = Array.from(
      { length: Math.min(signedTogether, count - signed.length) },
      (_, offset) => signed.length + offset,
    );
    signed.push(...(await Promise.all(indexes.map(sign))));
  }
  return signed;
}

/** As the official SDKs send it: biz_content in the body, everything else in the query. */
function httpRequest(target: URL, parameters: URLSearchParams): Buffer {
  const body = new URLSearchParams({ biz_content: parameters.get("biz_content") ?? "" }).toString();
  const query = new URLSearchParams(parameters);
  query.delete("biz_content");
  const head = [
    `POST ${target.pathname}?${query} HTTP/1.1`,
    `Host: ${target.host}`,
    "Content-Type: application/x-www-form-urlencoded;charset=utf-8",
    `Content-Length: ${body.length}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`, "latin1");
}

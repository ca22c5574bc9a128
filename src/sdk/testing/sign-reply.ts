import { assembleReply, encryptedNode, methodNode, refusalNode, successNode } from "../../protocol/envelope.ts";
import { type ByteText, toByteText, toBytes } from "../../protocol/byte-text.ts";
import { type ResultCode, resultMessages } from "../../protocol/refusal.ts";
import type { SignType } from "../../protocol/signing.ts";
import { type Charset, encodeJson } from "../charset.ts";
import { cipherOf } from "../keys/aes.ts";
import { readPrivateKey } from "../keys/key-format.ts";
import { signerOf } from "../keys/rsa.ts";

/** What a gateway answers: the fields of a success by their wire names, or a refusal. */
export type Answer = { readonly fields: Readonly<Record<string, string | number | boolean>> } | AnsweredRefusal;

export interface AnsweredRefusal {
  readonly subCode: string;
  /** 40004 unless given. */
  readonly code?: Exclude<ResultCode, "10000">;
  readonly subMsg?: string;
}

export interface ReplyOptions {
  /** The wire name, as in `method=`. */
  readonly method: string;
  /** The platform's private key, which the client under test has the public one of: PEM or base64. */
  readonly privateKey: string;
  readonly signType?: SignType;
  readonly charset?: Charset;
  /** Encrypts the node by AES. */
  readonly encryptKey?: string;
  /** In certificate mode, the SN of the platform's certificate. */
  readonly alipayCertSn?: string;
}

/** The bytes of a reply as the gateway signs and sends it, for servers and mocks of tests. */
export async function signReply(answer: Answer, options: ReplyOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { method, privateKey, signType = "RSA2", charset = "utf-8" } = options;
  const plain = encodeJson(nodeOf(method, answer), charset);
  const node: ByteText =
    options.encryptKey === undefined
      ? toByteText(plain)
      : encryptedNode(await (await cipherOf(options.encryptKey)).encrypt(plain));
  const sign = await signerOf(readPrivateKey(privateKey, "privateKey").pkcs8, signType);
  const tail = { certificateSn: options.alipayCertSn, sign: await sign(new Uint8Array(toBytes(node))) };
  return new Uint8Array(toBytes(assembleReply(methodNode(method), node, tail)));
}

function nodeOf(method: string, answer: Answer): string {
  if ("fields" in answer) return successNode(answer.fields, method === "alipay.system.oauth.token" ? "bare" : "coded");
  const { code = "40004", subCode, subMsg = resultMessages[code] } = answer;
  return refusalNode({ refused: true, code, subCode, subMessage: subMsg }, "verbatim");
}

import { toBase64 } from "../bytes.ts";
import { toBytes, asByteText, toByteText } from "../../protocol/byte-text.ts";
import { parseForm } from "../../protocol/parameters.ts";
import { stringToSign } from "../../protocol/signing.ts";
import { type Charset, decodeText } from "../charset.ts";
import type { ClientConfig } from "../config.ts";
import { subtle, verifierOf } from "../keys/rsa.ts";
import { type Answer, signReply } from "./sign-reply.ts";

/** A call as a gateway of a test got it. */
export interface TestCall {
  readonly method: string;
  /** Every parameter by its wire name, biz_content as JSON. Files are not among them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The fields of biz_content, where there is one. */
  readonly bizContent: Readonly<Record<string, unknown>>;
}

export interface TestGateway {
  /** What a client is made of that talks to this gateway: `new Client(gateway.config)`. No network takes part. */
  readonly config: ClientConfig;
  /** The calls so far, each with a signature that fitted. */
  readonly calls: readonly TestCall[];
  /** What the method answers from now on: always the same, or as the call asks. */
  answer(method: string, answer: Answer | ((call: TestCall) => Answer | Promise<Answer>)): TestGateway;
}

/**
 * A gateway in the process of a test, with keys that it hands to the client: it verifies what the client signs, and signs what it answers.
 * A method without an answer is refused with isv.invalid-method, and a signature that does not fit with
 * isv.invalid-signature.
 */
export async function createTestGateway(): Promise<TestGateway> {
  const [app, platform] = await (keyPairs ??= Promise.all([newKeyPair(), newKeyPair()]));
  const verify = await verifierOf(app.spki, "RSA2");
  const answers = new Map<string, Answer | ((call: TestCall) => Answer | Promise<Answer>)>();
  const calls: TestCall[] = [];

  async function answerTo(call: TestCall, isSigned: boolean): Promise<Answer> {
    if (!isSigned) return { code: "40002", subCode: "isv.invalid-signature", subMsg: "验签出错" };
    calls.push(call);
    const answer = answers.get(call.method);
    if (answer === undefined) return { code: "40002", subCode: "isv.invalid-method", subMsg: "不存在的方法名" };
    return typeof answer === "function" ? answer(call) : answer;
  }

  const gateway: TestGateway = {
    config: {
      gateway: "http://gateway.test/gateway.do",
      appId: "2021000000000000",
      privateKey: app.privateKey,
      alipayPublicKey: toBase64(platform.spki),
      async fetch(_address, init) {
        const raw = await parametersOf(init);
        const charset: Charset = raw.get("charset") === "gbk" ? "gbk" : "utf-8";
        const parameters = Object.fromEntries(
          [...raw].map(([name, value]) => [name, decodeText(toBytes(value), charset) ?? ""]),
        );
        const signed = stringToSign([...raw].map(([name, value]) => ({ name: asByteText(name), value })));
        const isSigned = await verify(new Uint8Array(toBytes(signed)), parameters["sign"] ?? "");
        const call = {
          method: parameters["method"] ?? "",
          parameters,
          bizContent: JSON.parse(parameters["biz_content"] ?? "{}") as Readonly<Record<string, unknown>>, // Client's own.
        };
        const bytes = await signReply(await answerTo(call, isSigned), {
          method: call.method,
          privateKey: platform.privateKey,
          charset,
        });
        return new Response(bytes, { headers: { trace_id: `test-${calls.length}` } });
      },
    },
    calls,
    answer(method, answer) {
      answers.set(method, answer);
      return gateway;
    },
  };
  return gateway;
}

/** Making keys takes a while, so the gateways of a process share theirs. */
let keyPairs: Promise<[KeyPair, KeyPair]> | undefined;

interface KeyPair {
  readonly privateKey: string;
  readonly spki: Uint8Array<ArrayBuffer>;
}

async function newKeyPair(): Promise<KeyPair> {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2_048,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  const pair = await subtle().generateKey(algorithm, true, ["sign", "verify"]);
  const [pkcs8, spki] = await Promise.all([
    subtle().exportKey("pkcs8", pair.privateKey),
    subtle().exportKey("spki", pair.publicKey),
  ]);
  return { privateKey: toBase64(new Uint8Array(pkcs8)), spki: new Uint8Array(spki) };
}

/** The parameters of a body as the client sends it: a form, or a form of parts. */
async function parametersOf(init: RequestInit): Promise<Map<string, ReturnType<typeof asByteText>>> {
  const body = init.body as Uint8Array<ArrayBuffer>; // As signedBody makes it.
  const contentType = new Headers(init.headers).get("content-type") ?? "";
  if (!contentType.startsWith("multipart/")) {
    return new Map(parseForm(toByteText(body)).map(({ name, value }) => [name, value]));
  }
  const form = await new Response(body, { headers: { "content-type": contentType } }).formData();
  const encoder = new TextEncoder();
  return new Map(
    [...form].flatMap(([name, value]) =>
      typeof value === "string" ? [[name, toByteText(encoder.encode(value))]] : [],
    ),
  );
}

import { generateKeyPairSync, sign as signBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { AlipaySdk } from "alipay-sdk";
import iconv from "iconv-lite";
import { describe, expect, test } from "vitest";
import type { ClientName, ReplyShape } from "../../support/clients.ts";
import { clientNames, nodeExtract, verifyAsEveryClient } from "../../support/clients.ts";

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicKey = pair.publicKey.export({ type: "spki", format: "der" }).toString("base64");
const privateKey = pair.privateKey.export({ type: "pkcs1", format: "der" }).toString("base64");

const method = "zhima.credit.score.get";
const name = "zhima_credit_score_get_response";
const plain = '{"code":"10000","msg":"Success","zm_score":"780"}';
const refusal = '{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-method"}';
const signOf = (text: string, charset = "utf-8"): string =>
  signBytes("sha256", iconv.encode(text, charset), pair.privateKey).toString("base64");

/** A reply as the gateway should write it around this node. */
const reply = (node: string): string => `{"${name}":${node},"sign":"${signOf(node)}"}`;

const success: ReplyShape = { error: false, node: "method" };
const error: ReplyShape = { error: true, node: "method" };
const errorNode: ReplyShape = { error: true, node: "error_response" };

function refusedBy(text: string, shape: ReplyShape, options: { method?: string; charset?: string } = {}): ClientName[] {
  const charset = options.charset ?? "utf-8";
  const results = verifyAsEveryClient(iconv.encode(text, charset), options.method ?? method, charset, publicKey, shape);
  return results.filter(({ ok }) => !ok).map(({ client }) => client);
}

/** A signature with a slash in it, so that there is something to escape: the text is varied until it has one. */
function replyWithSlashInSign(write: (sign: string) => string): string {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const node = `{"code":"10000","msg":"Success","zm_score":"${attempt}"}`;
    const sign = signOf(node);
    if (sign.includes("/")) return `{"${name}":${node},"sign":"${write(sign)}"}`;
  }
  throw new Error("no signature of a hundred has a slash in it");
}

const withList = '{"code":"10000","msg":"Success","list":[],"total":12,"next":null,"note":"\\/ 毛 \\u2028 \\" \\\\"}';
const pretty = '{\n  "code": "10000",\n  "msg": "Success"\n}';
const slashed = '{"code":"10000","msg":"Success","url":"https:\\/\\/a.example\\/b"}';

type Row = [deviation: string, text: string, shape: ReplyShape, refusedBy: ClientName[]];

const rows: Row[] = [
  ["a compact reply signed as sent", reply(plain), success, []],
  ["escaped slashes, CJK, an empty list, an integer, null, escaped U+2028", reply(withList), success, []],
  ["an error in the method's node", reply(refusal), error, []],
  ["an escaped brace pair in a text", reply('{"code":"10000","msg":"{\\"a\\":1}"}'), success, []],
  ["a raw slash", reply('{"code":"10000","msg":"a/b"}'), success, ["yansongda"]],
  [
    "escaped slashes, signed over the text without the escapes",
    `{"${name}":${slashed},"sign":"${signOf(slashed.replaceAll("\\/", "/"))}"}`,
    success,
    ["python", "node", "easysdk_php", "smartwalle", "gopay", "fzlee", "yansongda"],
  ],
  [
    "sign before the node",
    `{"sign":"${signOf(plain)}","${name}":${plain}}`,
    success,
    ["php", "php_cert", "python", "node", "easysdk_php", "gopay"],
  ],
  ["white space inside the node", reply(pretty), success, ["yansongda"]],
  [
    "white space around the node, as a pretty printer writes",
    `{\n  "${name}": ${plain},\n  "sign": "${signOf(plain)}"\n}`,
    success,
    ["php", "php_cert", "easysdk_php", "gopay"],
  ],
  ["an unbalanced opening brace in a text", reply('{"code":"10000","msg":"a{b"}'), success, ["fzlee"]],
  ["an unbalanced closing brace in a text", reply('{"code":"10000","msg":"a}b"}'), success, ["fzlee"]],
  [
    "a second object between node and sign",
    `{"${name}":${plain},"extra":{"a":"b"},"sign":"${signOf(plain)}"}`,
    success,
    ["java", "php", "php_cert", "python", "node", "easysdk_php", "gopay"],
  ],
  [
    "a second object after the sign",
    `{"${name}":${plain},"sign":"${signOf(plain)}","extra":{"a":"b"}}`,
    success,
    ["java"],
  ],
  ["the node's name in a text of the node", reply(`{"code":"10000","msg":"${name}"}`), success, ["easysdk_php"]],
  [
    "the node's name again after the node",
    `{"${name}":${plain},"sign":"${signOf(plain)}","note":"${name}"}`,
    success,
    ["java", "easysdk_php"],
  ],
  ["escaped slashes in the sign", replyWithSlashInSign((sign) => sign.replaceAll("/", "\\/")), success, ["smartwalle"]],
  ["raw slashes in the sign", replyWithSlashInSign((sign) => sign), success, []],
  ["escaped CJK", reply('{"code":"10000","msg":"\\u4e2d\\u6587"}'), success, ["yansongda"]],
  ["raw CJK", reply('{"code":"10000","msg":"中文"}'), success, []],
  ["raw U+2028", reply('{"code":"10000","msg":"a\u2028b"}'), success, ["yansongda"]],
  ["raw U+2029", reply('{"code":"10000","msg":"a\u2029b"}'), success, ["yansongda"]],
  ["a number written 1.10", reply('{"code":"10000","msg":"Success","rate":1.10}'), success, ["yansongda"]],
  ["an empty object", reply('{"code":"10000","msg":"Success","ext":{}}'), success, ["yansongda"]],
  ["code as a number", reply('{"code":10000,"msg":"Success"}'), success, ["gopay"]],
  ["a field named sign in the node", reply('{"code":"10000","sign":"x","msg":"Success"}'), success, ["gopay"]],
  ["a success without sign", `{"${name}":${plain}}`, success, [...clientNames]],
  [
    "an error without sign",
    `{"${name}":${refusal}}`,
    error,
    clientNames.filter((client) => client !== "java" && client !== "smartwalle"),
  ],
  [
    "alipay_cert_sn between node and sign",
    `{"${name}":${plain},"alipay_cert_sn":"0af1","sign":"${signOf(plain)}"}`,
    success,
    ["php", "python"],
  ],
  [
    "alipay_cert_sn after the sign",
    `{"${name}":${plain},"sign":"${signOf(plain)}","alipay_cert_sn":"0af1"}`,
    success,
    ["php_cert", "easysdk_php", "gopay"],
  ],
  [
    "error_response",
    `{"error_response":${refusal},"sign":"${signOf(refusal)}"}`,
    errorNode,
    ["node", "gopay", "fzlee", "yansongda"],
  ],
  [
    "a ciphertext with a slash, signed with its quotes",
    reply('"jWO9dat7OgEM7/jua4ovCQ=="'),
    success,
    ["python", "node", "fzlee", "yansongda"],
  ],
  [
    "a space before the ciphertext",
    `{"${name}": "AAAA","sign":"${signOf('"AAAA"')}"}`,
    success,
    ["java", "php", "php_cert", "python", "node", "easysdk_php", "gopay", "fzlee"],
  ],
  ["a sign over another text", reply(plain).replace("780", "790"), success, [...clientNames]],
];

describe("each deviation is refused by precisely the clients it breaks", () => {
  test.each(rows)("%s", (_deviation, text, shape, expected) => {
    expect(refusedBy(text, shape)).toEqual(expected);
  });

  test("error_response to a token request is read by gopay too", () => {
    const text = `{"error_response":${refusal},"sign":"${signOf(refusal)}"}`;
    const expected = ["node", "fzlee", "yansongda"];
    expect(refusedBy(text, errorNode, { method: "alipay.system.oauth.token" })).toEqual(expected);
  });

  test("a digit in the method's name is beyond the Python SDK", () => {
    const text = `{"a_b2_response":${plain},"sign":"${signOf(plain)}"}`;
    expect(refusedBy(text, success, { method: "a.b2" })).toEqual(["python"]);
  });

  // U+5105 is 83 7D in GBK: its second byte is a closing brace.
  test.each(["芝麻分", "\u5105"])("GBK with %s is verified by every client that can send GBK", (words) => {
    const node = `{"code":"10000","msg":"${words}"}`;
    const text = `{"${name}":${node},"sign":"${signOf(node, "gbk")}"}`;
    const results = verifyAsEveryClient(iconv.encode(text, "gbk"), method, "gbk", publicKey, success);
    const able = results.filter(({ expected }) => expected);
    expect(able.map(({ client }) => client)).toEqual(["java", "php", "php_cert", "python"]);
    expect(able.filter(({ ok }) => !ok)).toEqual([]);
  });
});

describe("what a client is known not to cope with is marked as not expected", () => {
  const certified = `{"${name}":${plain},"alipay_cert_sn":"0af1","sign":"${signOf(plain)}"}`;
  const failed = `{"error_response":${refusal},"sign":"${signOf(refusal)}"}`;
  const encrypted = reply('"jWO9dat7OgEM7/jua4ovCQ=="');
  const unable = (text: string, shape: ReplyShape, of = method): ClientName[] =>
    verifyAsEveryClient(iconv.encode(text, "utf-8"), of, "utf-8", publicKey, shape)
      .filter(({ expected }) => !expected)
      .map(({ client }) => client);

  test.each<[string, ClientName[], ClientName[]]>([
    ["nothing of a plain reply", unable(reply(plain), success), []],
    ["alipay_cert_sn", unable(certified, success), ["php", "python"]],
    ["error_response", unable(failed, errorNode), ["node", "gopay", "fzlee", "yansongda"]],
    [
      "error_response to a token request",
      unable(failed, errorNode, "alipay.system.oauth.token"),
      ["node", "fzlee", "yansongda"],
    ],
    ["a ciphertext", unable(encrypted, success), ["python", "node", "easysdk_php", "gopay", "fzlee", "yansongda"]],
  ])("%s", (_what, found, expected) => {
    expect(found).toEqual(expected);
  });

  test("a reply without the node it was said to hold is an error of the test", () => {
    expect(() => refusedBy(reply(plain), errorNode)).toThrow("does not");
  });
});

test("the recorded replies verify with every client expected to cope", () => {
  const folder = new URL("../../../vectors/", import.meta.url);
  const keys = JSON.parse(readFileSync(new URL("keys.json", folder), "utf8")) as { gateway_public_key: string };
  let count = 0;
  for (const file of readdirSync(folder).filter((entry) => entry.startsWith("request-"))) {
    // The shape is the one that vectors/README.md describes.
    const vector = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as {
      parameters: { query: [string, string][] };
      charset: string;
      reply: { body_base64: string } | null;
    };
    if (vector.reply === null) continue;
    count += 1;
    const called = vector.parameters.query.find(([parameter]) => parameter === "method")?.[1] ?? "";
    const body = Buffer.from(vector.reply.body_base64, "base64");
    const results = verifyAsEveryClient(body, called, vector.charset, keys.gateway_public_key, success);
    expect(
      results.filter(({ expected, ok }) => expected && !ok),
      file,
    ).toEqual([]);
  }
  expect(count).toBe(7);
});

describe("nodeExtract agrees with the official SDK's own check", () => {
  const sdk = new AlipaySdk({ appId: "2021000000000001", privateKey, alipayPublicKey: publicKey });

  test.each(rows.filter(([, text]) => text.includes('"sign"')))("%s", (_deviation, text, shape) => {
    const { sign } = JSON.parse(text) as { sign?: string };
    let official = sign !== undefined;
    try {
      sdk.checkResponseSign(text, name, sign ?? "", "");
    } catch {
      official = false;
    }
    expect(refusedBy(text, shape).includes("node")).toBe(!official);
  });

  test("the text cut out is the same", () => {
    const cut = nodeExtract(Buffer.from(reply(withList)), method, "utf-8").signed;
    expect(Buffer.from(cut).toString()).toBe(sdk.getSignStr(reply(withList), name));
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toByteText, toBytes } from "#kaimen/protocol/byte-text.ts";
import { type Charset, charsets, decodeText, encodeJson } from "#kaimen/protocol/charset.ts";
import { encodeNode } from "#kaimen/protocol/encode-node.ts";
import {
  assembleReply,
  bracesNote,
  methodNode,
  refusalNode,
  type ReplyFields,
  successNode,
} from "#kaimen/protocol/envelope.ts";
import type { Refusal, ResultCode } from "#kaimen/protocol/refusal.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

const sign = Buffer.alloc(256, 0xfb).toString("base64");
const refused = (subMessage: string, subCode = "isv.invalid-parameter", code: ResultCode = "40002"): Refusal => ({
  refused: true,
  code,
  subCode,
  subMessage,
});

function replyText(name: string, node: string, charset: Charset): string {
  const text = decodeText(toBytes(assembleReply(name, encodeNode(node, charset), { sign })), charset);
  if (text === undefined) throw new Error("the reply is not text of its charset");
  return text;
}

/** From the first brace after the name to the one that balances it, quotes disregarded, as some clients cut. */
function cutByBraces(text: string, name: string): string {
  const start = text.indexOf("{", text.indexOf(`"${name}"`));
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    if (text[index] === "{") depth += 1;
    if (text[index] === "}") depth -= 1;
    if (depth === 0) return text.slice(start, index + 1);
  }
  return "";
}

/** Pairs are taken out from the inside; where they balance no brace is left. */
function balances(text: string): boolean {
  for (let rest = text, length = -1; rest.length !== length;) {
    length = rest.length;
    rest = rest.replaceAll(/\{[^{}]*\}/g, "");
    if (!/[{}]/.test(rest)) return true;
  }
  return false;
}

test.each([
  ["zhima.credit.score.get", "zhima_credit_score_get_response"],
  ["zhima.data.batch.feedback", "zhima_data_batch_feedback_response"],
])("%s answers in the node %s", (method, expected) => {
  expect(methodNode(method)).toBe(expected);
});

describe("a success is written", () => {
  test.each<[string, ReplyFields, "coded" | "bare", string]>([
    ["with code and msg alone", {}, "coded", '{"code":"10000","msg":"Success"}'],
    ["bare, as nothing", {}, "bare", "{}"],
    [
      "with code and msg before the business fields in alphabetical order",
      { zm_score: "750", biz_no: "ZM1", a: "1" },
      "coded",
      '{"code":"10000","msg":"Success","a":"1","biz_no":"ZM1","zm_score":"750"}',
    ],
    [
      "bare, in the order given, with numbers and booleans as such",
      { user_id: "2088", expires_in: 1296000, auth: true },
      "bare",
      '{"user_id":"2088","expires_in":1296000,"auth":true}',
    ],
    [
      "with / as \\/, Chinese raw, the line separators escaped",
      { a: "https://中/\u2028\u2029" },
      "bare",
      '{"a":"https:\\/\\/中\\/\\u2028\\u2029"}',
    ],
    ["with quotes, backslashes and control characters escaped", { a: '"\\\n\0' }, "bare", '{"a":"\\"\\\\\\n\\u0000"}'],
    ["with a backslash before / kept apart from it", { a: "\\/" }, "bare", '{"a":"\\\\\\/"}'],
  ])("%s", (_name, fields, form, expected) => {
    expect(successNode(fields, form)).toBe(expected);
  });
});

describe("a refusal is written", () => {
  test.each<[Refusal, string]>([
    [
      refused("参数无效"),
      '{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-parameter","sub_msg":"参数无效"}',
    ],
    [
      refused("服务暂不可用", "isp.unknow-error", "20000"),
      '{"code":"20000","msg":"Service Currently Unavailable","sub_code":"isp.unknow-error","sub_msg":"服务暂不可用"}',
    ],
    [
      refused('{"a/b":1} a_response error_response'),
      '{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-parameter","sub_msg":"{\\"a\\/b\\":1} a-response error-response"}',
    ],
    [
      refused('}{"a":1'),
      '{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-parameter","sub_msg":"｝｛\\"a\\":1（其中花括号不成对，已用全角｛｝代替）"}',
    ],
  ])("%j", (refusal, expected) => {
    expect(refusalNode(refusal, "disarmed")).toBe(expected);
  });
});

const texts = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "{",
        "}",
        '"',
        "\\",
        "/",
        "\\/",
        "\u2028",
        "\u2029",
        "\ud800",
        "\udc00",
        "\0",
        "中",
        "ë",
        "\u{1f600}",
        "_response",
        "zhima_credit_score_get_response",
        "error_response",
        '"sign":',
        ',"sign":"x"}',
        '"alipay_cert_sn"',
        "&quot;",
      ),
    )
    .map((parts) => parts.join("")),
);
const names = fc.string({ unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz_0123456789"), minLength: 1 });
const fields = fc.dictionary(names, fc.oneof(texts, fc.integer(), fc.boolean())) as fc.Arbitrary<ReplyFields>;
const charset = fc.constantFrom(...charsets);
const name = "zhima_credit_score_get_response";

describe("whatever the fields hold,", () => {
  test("a reply is compact JSON that parses back to the same values, its node first and its sign last", () => {
    fc.assert(
      fc.property(fields, charset, fc.constantFrom("coded" as const, "bare" as const), (values, charset, form) => {
        const node = successNode(values, form);
        const text = replyText(name, node, charset);
        const reply = JSON.parse(text) as Record<string, unknown>;
        expect(Object.keys(reply)).toEqual([name, "sign"]);
        const expected = form === "coded" ? { ...values, code: "10000", msg: "Success", ...values } : values;
        const given = Object.fromEntries(
          Object.entries(expected).map(([key, value]) => [key, JSON.parse(JSON.stringify(value)) as unknown]),
        );
        expect(reply[name]).toEqual(given);
        expect(text.startsWith(`{"${name}":{`)).toBe(true);
        expect(text.endsWith(`},"sign":"${sign}"}`)).toBe(true);
        expect(node).not.toMatch(/(?<!\\)\//);
        expect(text).not.toMatch(/[\u2028\u2029]/);
        expect(text.replaceAll(/"(?:[^"\\]|\\.)*"/g, "")).not.toMatch(/\s/);
      }),
      { numRuns: 300 },
    );
  });

  test("the bytes of the node stand in the reply as they were signed", () => {
    fc.assert(
      fc.property(fields, charset, (values, charset) => {
        const node = encodeNode(successNode(values, "coded"), charset);
        expect(node).toBe(toByteText(encodeJson(successNode(values, "coded"), charset)));
        const reply = Buffer.from(toBytes(assembleReply(name, node, { sign })));
        const signed = Buffer.from(encodeJson(successNode(values, "coded"), charset));
        const head = Buffer.byteLength(`{"${name}":`);
        expect(reply.subarray(head, head + signed.length).equals(signed)).toBe(true);
        expect(reply.subarray(head + signed.length).toString()).toBe(`,"sign":"${sign}"}`);
      }),
    );
  });

  test("the business fields come in alphabetical order", () => {
    fc.assert(
      fc.property(fc.uniqueArray(names, { maxLength: 8 }), (keys) => {
        const node = successNode(Object.fromEntries(keys.map((key) => [key, "1"])), "coded");
        const written = [...node.matchAll(/"([^"]+)":/g)].map((match) => match[1]);
        expect(written).toEqual(["code", "msg", ...keys.toSorted()]);
      }),
    );
  });
});

describe("whatever sub_msg holds,", () => {
  test("counting braces without regard to quotes cuts the node that was signed", () => {
    fc.assert(
      fc.property(texts, charset, (subMessage, charset) => {
        const node = refusalNode(refused(subMessage), "disarmed");
        const text = replyText(name, node, charset);
        expect(cutByBraces(text, name)).toBe(text.slice(`{"${name}":`.length, -`,"sign":"${sign}"}`.length));
      }),
      { numRuns: 300 },
    );
  });

  test("the reply names one node, one sign and no certificate", () => {
    fc.assert(
      fc.property(texts, charset, (subMessage, charset) => {
        const text = replyText(name, refusalNode(refused(subMessage), "disarmed"), charset);
        expect(text.split("_response").length).toBe(2);
        expect(text.split('"sign"').length).toBe(2);
        expect(text).not.toContain('"alipay_cert_sn"');
        expect(text).not.toMatch(/[\u2028\u2029]|(?<!\\)\/(?=.*"sign":)/);
      }),
      { numRuns: 300 },
    );
  });

  test("it reads back as it was but for braces that do not balance, and the _ of _response and of alipay_cert", () => {
    fc.assert(
      fc.property(texts, (subMessage) => {
        const reply = JSON.parse(replyText(name, refusalNode(refused(subMessage), "disarmed"), "utf-8")) as Record<
          string,
          Record<string, string>
        >;
        const harmless = subMessage.replaceAll("_response", "-response").replaceAll("alipay_cert", "alipay-cert");
        const expected = balances(harmless)
          ? harmless
          : `${harmless.replaceAll("{", "｛").replaceAll("}", "｝")}${bracesNote}`;
        expect(reply[name]).toEqual({
          code: "40002",
          msg: "Invalid Arguments",
          sub_code: "isv.invalid-parameter",
          sub_msg: expected,
        });
      }),
      { numRuns: 300 },
    );
  });
});

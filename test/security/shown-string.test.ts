import { generateKeyPairSync, sign as signBytes } from "node:crypto";
import fc from "fast-check";
import iconv from "iconv-lite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bracesNote, refusalNode } from "#kaimen/protocol/envelope.ts";
import { type ClientName, clientNames, verifyAsEveryClient } from "../support/clients.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

const method = "zhima.credit.score.get";
const node = "zhima_credit_score_get_response";
const published = "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：";

/** What a caller may send in any value: text in China's charsets, and all that markup, JSON and replies are made of. */
const pieces = fc.oneof(
  fc.string({ unit: "grapheme-ascii", maxLength: 8 }),
  fc.string({ unit: fc.constantFrom(..."中文毛征信联通开门测试　，。“”｛｝＝"), maxLength: 6 }),
  fc.constantFrom(
    "{",
    "}",
    "{}",
    '{"a":{"b":[1]}}',
    '"',
    "\\",
    '\\\\"',
    "'",
    "<",
    ">",
    "<img src=x onerror=alert(1)>",
    "</script>",
    "&",
    "&amp;",
    "&lt;",
    "&#95;",
    "=",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\u001f",
    "/",
    "\\/",
    "%41",
    "+",
    " ",
    '"},"sign":"x"}',
    "_response",
    node,
    "error_response",
    "alipay_cert_sn",
    "。诊断：",
  ),
);
const value = fc.array(pieces, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));
const names = fc.string({ unit: fc.constantFrom(...'abcxyz_.<"{'), minLength: 1, maxLength: 6 });
/** None of these names is a public parameter's, so that the request comes as far as its signature. */
const parameterSets = fc.dictionary(
  names.map((name) => `extra_${name}`),
  value,
  { minKeys: 1, maxKeys: 4 },
);

function unescapeHtml(text: string): string {
  const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"' };
  return text.replaceAll(/&(?:#(\d+)|([a-z]+));/g, (_, code: string | undefined, name: string) =>
    code === undefined ? (named[name] ?? "?") : String.fromCharCode(Number(code)),
  );
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

describe("the string that a refused signature's reply shows", () => {
  let kaimen: RunningKaimen;
  beforeAll(async () => {
    kaimen = await startKaimen();
  });
  afterAll(() => kaimen.stop());

  function percentEncode(text: string, charset: string): string {
    return [...iconv.encode(text, charset)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  }

  /** Sends it with a signature that nobody made. Gives what the reply shows, and the string to sign, made independently. */
  async function ask(
    extra: Readonly<Record<string, string>>,
    charset: "utf-8" | "gbk",
  ): Promise<{ shown: string; wanted: string; reply: Buffer }> {
    const parameters: Record<string, string> = {
      app_id: kaimen.sandbox.app_id,
      method,
      charset,
      sign_type: "RSA2",
      timestamp: "2026-11-22 12:00:00",
      version: "1.0",
      ...extra,
    };
    const bytes = ([name, text]: [string, string]): Buffer => iconv.encode(`${name}=${text}`, charset);
    const sorted = Object.entries(parameters)
      .filter(([, text]) => text !== "")
      .sort(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
    const wanted = iconv.decode(
      Buffer.concat(
        sorted.flatMap((entry, index) => (index === 0 ? [bytes(entry)] : [Buffer.from("&"), bytes(entry)])),
      ),
      charset,
    );
    const body = [...Object.entries(parameters), ["sign", "AAAA"] as const]
      .map(([name, text]) => `${percentEncode(name, charset)}=${percentEncode(text, charset)}`)
      .join("&");
    const response = await fetch(kaimen.sandbox.gateway_url, {
      method: "POST",
      body,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(response.headers.get("content-type")).toBe(`text/html;charset=${charset}`);
    const reply = Buffer.from(await response.arrayBuffer());
    const parsed = JSON.parse(iconv.decode(reply, charset)) as Record<string, { sub_code: string; sub_msg: string }>;
    const { sub_code: subCode, sub_msg: subMsg = "" } = parsed[node] ?? {};
    expect(subCode).toBe("isv.invalid-signature");
    expect(subMsg.startsWith(published)).toBe(true);
    return { shown: subMsg.slice(published.length), wanted, reply };
  }

  it(
    "is the true one, byte for byte, after HTML-unescaping: whatever the parameters hold, in UTF-8 and GBK",
    { timeout: 60_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(parameterSets, fc.constantFrom("utf-8" as const, "gbk" as const), async (extra, charset) => {
          const { shown, wanted, reply } = await ask(extra, charset);
          expect(shown).not.toMatch(/[<>"]/);
          const text = unescapeHtml(shown);
          if (balances(wanted)) {
            const end = text.slice(wanted.length);
            expect(
              Buffer.compare(iconv.encode(text.slice(0, wanted.length), charset), iconv.encode(wanted, charset)),
            ).toBe(0);
            expect(end === "" || end.startsWith("。诊断：")).toBe(true);
            expect(end).not.toContain(bracesNote);
          } else {
            expect(text.slice(0, wanted.length)).toBe(wanted.replaceAll("{", "｛").replaceAll("}", "｝"));
            expect(text.endsWith(bracesNote)).toBe(true);
          }
          const clients = verifyAsEveryClient(reply, method, charset, kaimen.sandbox.alipay_public_key, {
            error: true,
            node: "method",
          });
          expect(clients.filter(({ ok, expected }) => expected && !ok)).toEqual([]);
        }),
        { numRuns: 100 },
      );
    },
  );

  it.each([
    ["biz_content as every SDK sends it", '{"transaction_id":"a","nested":{"list":[{}]}}', "utf-8"],
    ["short GBK words that are UTF-8 by accident", "毛", "gbk"],
    ["markup", "<img src=x onerror=\"fetch('/oauth2/mine.htm')\">", "utf-8"],
    ["what looks escaped already", "&lt;&amp;lt;&#60;", "utf-8"],
    ["the names that clients look for", `${node} error_response alipay_cert_sn`, "gbk"],
  ] as const)("is the true one for %s", async (_, text, charset) => {
    const { shown, wanted } = await ask({ extra: text }, charset);
    expect(wanted).toContain(text);
    expect(unescapeHtml(shown).slice(0, wanted.length)).toBe(wanted);
  });
});

describe("braces in a message", () => {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const publicKey = pair.publicKey.export({ type: "spki", format: "der" }).toString("base64");

  function refusedBy(nodeText: string): ClientName[] {
    const sign = signBytes("sha256", Buffer.from(nodeText), pair.privateKey).toString("base64");
    const reply = Buffer.from(`{"${node}":${nodeText},"sign":"${sign}"}`);
    return verifyAsEveryClient(reply, method, "utf-8", publicKey, { error: true, node: "method" }).flatMap(
      ({ client, ok }) => (ok ? [] : [client]),
    );
  }
  const messages = fc
    .array(
      fc.constantFrom(
        "{",
        "}",
        "{}",
        '"',
        "\\",
        '\\"',
        '{"a":"}"}',
        "},",
        '"sign":"',
        '},"sign":"x"}',
        "：",
        "a",
        "\n",
        "中",
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(""));

  it("trip only the client that counts them without looking at quotes, and it only where they do not balance", () => {
    fc.assert(
      fc.property(messages, (message) => {
        const raw = `{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-signature","sub_msg":${JSON.stringify(message)}}`;
        expect(refusedBy(raw)).toEqual(balances(message) ? [] : ["fzlee"]);
      }),
      { numRuns: 200 },
    );
  });

  it("trip no client as the gateway writes them", () => {
    expect(clientNames).toContain("fzlee");
    fc.assert(
      fc.property(messages, (message) => {
        const written = refusalNode(
          {
            refused: true,
            code: "40002",
            subCode: "isv.invalid-signature",
            subMessage: message,
          },
          "disarmed",
        );
        expect(refusedBy(written)).toEqual([]);
        const { sub_msg: subMsg } = JSON.parse(written) as { sub_msg: string };
        expect(subMsg === message).toBe(balances(message));
      }),
      { numRuns: 200 },
    );
  });
});

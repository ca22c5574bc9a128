import { describe, expect, it } from "vitest";
import { pipeline } from "#kaimen/gateway/pipeline.ts";
import { debugLink } from "../../../web/pages/debugging/debug-link.ts";
import { rawCurl } from "../../../web/pages/requests/raw-curl.ts";
import { readSearch } from "../../../web/pages/requests/search-words.ts";
import { stepTitles } from "../../../web/pages/requests/step-titles.ts";
import { stretchesOf } from "../../../web/pages/requests/stretches.ts";

describe("what is typed into the search of calls", () => {
  it.each<[string, object]>([
    ["", {}],
    ["毛不易", { text: "毛不易" }],
    ["a  b", { text: "a b" }],
    ["0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o", { traceId: "0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o" }],
    ["40004", { code: "40004" }],
    [
      "sub_code:isv.invalid-signature app:2021000000000001",
      { subCode: "isv.invalid-signature", appId: "2021000000000001" },
    ],
    ["BIZ_NO:ZM1 rest", { bizNo: "ZM1", text: "rest" }],
    ["transaction_id:a:b", { transactionId: "a:b" }],
    // No name of ours, or no value: a text like any other.
    ["http://x method:", { text: "http://x method:" }],
  ])("%j", (typed, expected) => {
    expect(readSearch(typed)).toEqual(expected);
  });
});

describe("the page of a call", () => {
  it("has a title for each step of the gateway, in their order", () => {
    expect(Object.keys(stepTitles)).toEqual(Object.keys(pipeline));
  });
});

describe("stretches of time", () => {
  it("are all there, those without a call too, and tell the refused from the answered", () => {
    const counted = (at: string, code: string, calls: number) => ({ at, code, calls });
    const stretches = stretchesOf({
      from: "2026-11-30T00:00:05Z",
      to: "2026-11-30T00:30:05Z",
      stretchS: 600,
      counts: [
        counted("2026-11-30T00:10:00Z", "10000", 3),
        counted("2026-11-30T00:10:00Z", "isv.invalid-signature", 2),
        counted("2026-11-30T00:30:00Z", "aop.invalid-auth-token", 1),
      ],
    });
    expect(stretches.map(({ answered, refused }) => [answered, refused])).toEqual([
      [0, 0],
      [3, 2],
      [0, 0],
      [0, 1],
    ]);
    expect(stretches[1]?.at).toBe(Date.parse("2026-11-30T00:10:00Z"));
  });
});

describe("a request as a command", () => {
  const request = {
    head: {
      method: "POST",
      target: "/gateway.do?charset=utf-8",
      headers: [["Content-Type", "application/x-www-form-urlencoded"]],
    },
    body: { text: "a=it's", isCut: false },
    files: [],
  };
  it("is sent byte for byte", () => {
    expect(rawCurl(request, "http://localhost:1")).toBe(
      "curl 'http://localhost:1/gateway.do?charset=utf-8' \\\n  -H 'content-type: application/x-www-form-urlencoded' \\\n  --data-raw 'a=it'\\''s'",
    );
  });
  it.each<[string, object]>([
    ["cut", { body: { text: "a", isCut: true } }],
    ["in parts", { head: { ...request.head, headers: [["content-type", "multipart/form-data; boundary=x"]] } }],
    ["of bytes that no text holds", { body: { text: "a=\u00e9", isCut: false } }],
  ])("is none where the body is %s", (_, changed) => {
    expect(rawCurl({ ...request, ...changed }, "http://localhost:1")).toBeUndefined();
  });
});

describe("the address at which a call of the log is made again", () => {
  const method = { name: "m.n", request: [{ name: "product_code" }, { name: "count" }] };
  const sent = (pairs: Record<string, string>, bizContent: string | null) => ({
    parameters: Object.entries(pairs).map(([name, value]) => ({ name, value })),
    bizContent,
  });
  it.each<[string, ReturnType<typeof sent>, string]>([
    [
      "with its fields",
      sent({ auth_token: "t" }, '{"product_code":"w1","count":2,"other":"x"}'),
      "#f.product_code=w1&f.count=2",
    ],
    ["of a form", sent({ product_code: "w 1", sign: "s" }, null), "#f.product_code=w+1"],
    [
      "in its mode",
      sent({ charset: "GBK", sign_type: "RSA", alipay_root_cert_sn: "a", encrypt_type: "AES" }, "{"),
      "#sign_type=RSA&charset=gbk&mode=certificate&encrypt_type=AES",
    ],
  ])("is that of debugging, %s, and holds no token", (_, call, hash) => {
    expect(debugLink(method, call)).toBe(`/debugging/m.n${hash}`);
  });
});

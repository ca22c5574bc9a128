import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import iconv from "iconv-lite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCertificate, rootSerialNumber } from "#kaimen/keys/certificates.ts";
import { verifyAsEveryClient } from "../support/clients.ts";
import { type DialectCall, dialects, type Wire, wireOf } from "../support/dialects.ts";
import { documentColumns, fileOf, recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { newTransactionId, productCode } from "../support/integrator.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";

/** Every dialect's requests over a bare socket, its replies cut as that SDK cuts them. docs/compatibility.md is the result. */
const page = new URL("../../docs/compatibility.md", import.meta.url);
const score = "zhima.credit.score.get";
const feedback = "zhima.data.batch.feedback";
let kaimen: RunningKaimen;
const results = new Map<string, string>();

beforeAll(async () => {
  kaimen = await startKaimen();
});
afterAll(() => kaimen.stop());

function send(wire: Wire): Promise<{ contentType: string; body: Buffer }> {
  const { hostname, port } = new URL(kaimen.sandbox.gateway_url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const waits = /^Expect: 100-continue/m.test(wire.head);
    const socket = connect(Number(port), hostname, () => {
      socket.write(wire.head, "latin1");
      if (!waits) socket.write(wire.body);
    });
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      if (waits && chunks.length === 1) socket.write(wire.body);
    });
    socket.on("error", reject);
    socket.on("close", () => {
      const all = Buffer.concat(chunks);
      const start = all.indexOf("HTTP/1.1 200");
      const end = all.indexOf("\r\n\r\n", start);
      const head = all.subarray(start, end).toString("latin1");
      if (start === -1) reject(new Error(`answered ${all.subarray(0, 200).toString("latin1")}`));
      else resolve({ contentType: /^content-type: (.*)$/im.exec(head)?.[1] ?? "", body: all.subarray(end + 4) });
    });
  });
}

const calls: readonly {
  name: string;
  charset?: string;
  certificates?: true;
  upload?: true;
  expected: string;
  call: () => Partial<DialectCall>;
}[] = [
  { name: "score", expected: "10000", call: () => ({ bizContent: inquiry() }) },
  {
    name: "refusal",
    expected: "PRODUCT_CODE_IS_NULL",
    call: () => ({ bizContent: '{"transaction_id":"中文 + {a} / \\"b\\""}' }),
  },
  {
    name: "token error",
    expected: "isv.code-invalid",
    call: () => ({ method: "alipay.system.oauth.token", fields: { grant_type: "authorization_code", code: "0" } }),
  },
  { name: "upload", upload: true, expected: "10000", call: upload },
  { name: "score in GBK", charset: "GBK", expected: "10000", call: () => ({ bizContent: inquiry() }) },
  {
    name: "refusal in GB18030",
    charset: "gb18030",
    expected: "isv.invalid-format",
    call: () => ({ fields: { format: "yaml" }, bizContent: "{}" }),
  },
  { name: "certificate mode", certificates: true, expected: "10000", call: () => ({ bizContent: inquiry() }) },
  {
    name: "refusal, certificate mode",
    certificates: true,
    expected: "PRODUCT_CODE_IS_NULL",
    call: () => ({ bizContent: "{}" }),
  },
  { name: "upload, certificate mode", certificates: true, upload: true, expected: "10000", call: upload },
];

function inquiry(): string {
  return JSON.stringify({ transaction_id: newTransactionId(), product_code: productCode, memo: "中文 a+b&c=d/e" });
}

function upload(): Partial<DialectCall> {
  const rows = [recordOf(testPerson(3), recentMonths(1)[0] ?? "")];
  return {
    method: feedback,
    fields: {
      file_type: "json_data",
      file_charset: "UTF-8",
      columns: documentColumns,
      primary_key_columns: "order_no,pay_month",
      records: "1",
      file_description: "文件 描述",
    },
    file: { filename: "feedback.json", content: Buffer.from(fileOf(rows)) },
  };
}

const table = Object.entries(dialects).flatMap(([name, dialect]) =>
  calls
    .filter(
      ({ upload: uploads, certificates }) =>
        (uploads !== true || dialect.multipart !== undefined) && (certificates !== true || dialect.certificateMode),
    )
    .filter(({ charset }) => charset === undefined || ["java", "php", "php_cert", "python"].includes(dialect.client))
    .map((call) => ({ dialect: name, call: call.name, expected: call.expected })),
);

describe("the reply is the expected one, and the dialect's own SDK takes it:", () => {
  it.each(table)("$dialect, $call: $expected", async ({ dialect: name, call: callName, expected }) => {
    const { sandbox } = kaimen;
    const dialect = dialects[name];
    const row = calls.find((each) => each.name === callName);
    if (dialect === undefined || row === undefined) throw new Error("no such row");
    const call: DialectCall = {
      method: score,
      appId: sandbox.app_id,
      privateKeyPkcs8: sandbox.app_private_key_pkcs8,
      authToken: sandbox.users[0]?.access_token ?? "",
      timestamp: "2026-11-22 12:00:00",
      ...(row.charset === undefined ? {} : { charset: row.charset }),
      ...(row.certificates === undefined
        ? {}
        : {
            certificates: {
              app: parseCertificate(sandbox.app_cert).sn,
              root: rootSerialNumber(sandbox.alipay_root_cert),
            },
          }),
      ...row.call(),
    };
    const { contentType, body } = await send(wireOf(dialect, call, new URL(sandbox.gateway_url).host));
    const charset = /charset=(.+)$/.exec(contentType)?.[1] ?? "";
    expect(charset).toBe((row.charset ?? "utf-8").toLowerCase());
    const [[node = "", answer] = []] = Object.entries(
      JSON.parse(iconv.decode(body, charset)) as Record<string, { code?: string; sub_code?: string }>,
    );
    expect(answer?.sub_code ?? answer?.code).toBe(expected);
    const shape = {
      error: answer?.sub_code !== undefined,
      node: node === "error_response" ? ("error_response" as const) : ("method" as const),
    };
    const clients = verifyAsEveryClient(body, call.method, charset, sandbox.alipay_public_key, shape);
    expect(clients.filter(({ ok, expected: should }) => should && !ok)).toEqual([]);
    const own = clients.find(({ client }) => client === dialect.client);
    expect(own?.expected === false || own?.ok === true).toBe(true);
    results.set(`${name}|${callName}`, own?.ok === true ? "✓" : "✓ ¹");
  });

  // The request of the published document's example, word for word, but for the file's content and where it lies.
  it.each([
    ["as published, with a picture", "16365_1271139700.jpg", "INVALID_FILE_TYPE"],
    ["with the file that the document asks for", "16365_1271139700.txt", "10000"],
  ])("the published Java example %s: %s, %s", async (_, filename, expected) => {
    const { sandbox } = kaimen;
    const dialect = dialects["Java official 4.10"];
    if (dialect === undefined) throw new Error("no such row");
    const months = recentMonths(20);
    const rows = [11, 12, 13, 14, 15].flatMap((person) => months.map((month) => recordOf(testPerson(person), month)));
    const call: DialectCall = {
      method: feedback,
      appId: sandbox.app_id,
      privateKeyPkcs8: sandbox.app_private_key_pkcs8,
      charset: "GBK",
      timestamp: "2026-11-22 12:00:00",
      fields: {
        file_charset: "UTF-8",
        columns:
          "user_name,user_credentials_type,user_credentials_no,order_no,biz_type,order_status,create_amt,pay_month,gmt_ovd_date,overdue_cnt",
        file_type: "json_data",
        records: "100",
        biz_ext_params: '{"extparam1":"value1"}',
        primary_key_columns: "order_no,pay_month",
        file_description: "文件描述信息",
      },
      file: { filename, content: Buffer.from(fileOf(rows)) },
    };
    const { body } = await send(wireOf(dialect, call, new URL(sandbox.gateway_url).host));
    const [answer] = Object.values(
      JSON.parse(iconv.decode(body, "gbk")) as Record<string, { code?: string; sub_code?: string }>,
    );
    expect(answer?.sub_code ?? answer?.code, JSON.stringify(answer)).toBe(expected);
  });

  it("and docs/compatibility.md says so (KAIMEN_WRITE_COMPATIBILITY=1 writes it)", () => {
    if (process.env["KAIMEN_WRITE_COMPATIBILITY"] === "1") writeFileSync(page, compatibilityPage());
    expect(readFileSync(page, "utf8")).toBe(compatibilityPage());
  });
});

function compatibilityPage(): string {
  const names = calls.map(({ name }) => name);
  const rows = Object.keys(dialects).map(
    (dialect) => `| ${dialect} | ${names.map((name) => results.get(`${dialect}|${name}`) ?? "–").join(" | ")} |`,
  );
  return `# Compatibility 兼容性

Written by \`test/wire/dialects.test.ts\`; do not edit. No row ran the SDK itself: each is how one SDK places, encodes, signs and frames its requests; each column a call. A request goes over a bare socket to a running sandbox, written here after what that SDK was measured to send, and its reply is cut and verified the way that SDK does it, and that of every other SDK besides. \`npm test\` fails when this page is not what the tests saw.

本页由 \`test/wire/dialects.test.ts\` 生成，请勿手工修改。每行是按某SDK的实测行为编写的请求写法（并未运行该SDK本身），每列是一种调用；响应按该SDK及其他各SDK的方式截取并验签。

| SDK dialect | ${names.join(" | ")} |
|${" --- |".repeat(names.length + 1)}
${rows.join("\n")}

✓ the expected code, and a signature that the SDK verifies. – not tried: the SDK is not known to do it. ¹ The code is the expected one and the signature right; the SDK itself does not verify replies of this kind, whoever sends them.

The official Node SDK (alipay-sdk 4.14.0) alone is run unmodified, in \`test/wire/modes.test.ts\`: in key mode, in certificate mode and encrypted, uploads included. Encrypted replies, AES and AES_V2, are held there for every SDK that reads them. Recorded requests of the official Java, PHP and Node SDKs are in [vectors](../vectors/README.md).
`;
}

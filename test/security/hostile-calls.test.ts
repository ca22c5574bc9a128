import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { methods } from "#kaimen/methods/index.ts";
import type { MethodSpec } from "#kaimen/protocol/method-spec.ts";
import { describeOnBothEngines } from "../support/engines.ts";
import { documentColumns, fileOf, recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { callWithBytes } from "../support/gateway-bytes.ts";
import { bytesOf, hostileTexts } from "../support/hostile-texts.ts";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";

const specs: readonly MethodSpec[] = [...methods.values()].map(({ spec }) => spec);
const publicParameters = [
  "app_id",
  "method",
  "format",
  "charset",
  "sign_type",
  "sign",
  "timestamp",
  "version",
  "auth_token",
  "app_auth_token",
  "biz_content",
  "encrypt_type",
  "app_cert_sn",
  "alipay_root_cert_sn",
];
/** Published names that hold JSON of their own, whose texts can be escaped. */
const innerTexts: readonly (readonly [string, string, (text: string) => Record<string, string>])[] = [
  [
    "zhima.auth.info.authquery",
    "a user id",
    (text) => ({ identity_type: "5", identity_param: JSON.stringify({ userId: text }) }),
  ],
  [
    "zhima.auth.info.authquery",
    "a certificate's type",
    (text) => ({ identity_type: "1", identity_param: JSON.stringify({ certType: text, certNo: "1", name: "n" }) }),
  ],
  [
    "zhima.auth.info.authquery",
    "a certificate's number",
    (text) => ({
      identity_type: "1",
      identity_param: JSON.stringify({ certType: "PASSPORT", certNo: text, name: "n" }),
    }),
  ],
  [
    "zhima.auth.info.authquery",
    "a name",
    (text) => ({
      identity_type: "1",
      identity_param: JSON.stringify({ certType: "PASSPORT", certNo: "1", name: text }),
    }),
  ],
  [
    "zhima.merchant.single.data.upload",
    "a value of the record",
    (text) => ({ data: JSON.stringify({ ...recordOf(testPerson(1), recentMonths(1)[0] ?? ""), order_no: text }) }),
  ],
  [
    "zhima.merchant.single.data.upload",
    "a name in the record",
    (text) => ({ data: JSON.stringify({ ...recordOf(testPerson(1), recentMonths(1)[0] ?? ""), [text]: "1" }) }),
  ],
];
const recordsFile = fileOf([recordOf(testPerson(2), recentMonths(1)[0] ?? "")]);

describeOnBothEngines("a hostile text in a call", (engine) => {
  let kaimen: RunningKaimen;
  beforeAll(async () => {
    kaimen = await startKaimen({ database: engine.database });
  });
  afterAll(() => kaimen.stop());

  let logged = 0;
  beforeEach(() => {
    logged = kaimen.log().length;
  });
  /** Whatever was refused, nothing failed inside. */
  afterEach(() => {
    const faults = kaimen
      .log()
      .slice(logged)
      .split("\n")
      .filter((line) => /"level":[56]0/.test(line));
    if (faults.length > 0) throw new Error(`it failed inside: ${faults.join("\n")}`);
  });

  /** The example's own values, with one of them changed. */
  function callOf(spec: MethodSpec, changes: Record<string, string>, extra: Record<string, Buffer> = {}) {
    const fields: Record<string, string> = {};
    for (const [name, field] of Object.entries(spec.request)) if (field.type !== "file") fields[name] = field.example;
    Object.assign(fields, changes);
    const token = spec.auth === "user" ? { auth_token: userByLogin(kaimen.sandbox, "excellent").access_token } : {};
    const sent =
      spec.fields === "form"
        ? Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, bytesOf(value)]))
        : { biz_content: JSON.stringify(fields) };
    const takesFile = Object.values(spec.request).some(({ type }) => type === "file");
    return callWithBytes(kaimen.sandbox, {
      parameters: { method: spec.name, ...token, ...sent, ...extra },
      ...(takesFile ? { file: { filename: "feedback.json", content: recordsFile } } : {}),
    });
  }

  it.each(specs.map((spec) => [spec.name, spec] as const))(
    "is refused by %s in each of its fields, by a published code",
    async (_, spec) => {
      for (const [field, { type }] of Object.entries(spec.request)) {
        for (const { name, text } of type === "file" ? [] : hostileTexts) {
          const answer = await callOf(spec, { [field]: text });
          expect(answer, `${field} with ${name}`).toMatchObject({ code: expect.stringMatching(/^4000\d$/) as string });
        }
      }
    },
  );

  it("is refused in a public parameter, or without effect where that is not used", async () => {
    const spec = methods.get("zhima.credit.score.get")?.spec;
    if (spec === undefined) throw new Error("no score method");
    for (const parameter of publicParameters) {
      for (const { name, text } of hostileTexts) {
        const answer = await callOf(spec, {}, { [parameter]: bytesOf(text) });
        expect(String(answer["sub_code"]), `${parameter} with ${name}`).not.toMatch(/unknow-error/);
      }
    }
  });

  it.each(innerTexts)("is refused by %s as %s", async (method, _, fieldsOf) => {
    const spec = specs.find((each) => each.name === method);
    if (spec === undefined) throw new Error(`no ${method}`);
    for (const { name, text } of hostileTexts)
      expect(await callOf(spec, fieldsOf(text)), name).toMatchObject({
        code: expect.stringMatching(/^4000\d$/) as string,
      });
  });

  describe("in a feedback file", () => {
    const columns = documentColumns.split(",");
    const fields = {
      file_type: "json_data",
      file_charset: "UTF-8",
      columns: documentColumns,
      primary_key_columns: "order_no,pay_month",
      records: "1",
    };
    const upload = (content: Buffer | string, filename: Buffer | string = "feedback.json") =>
      callWithBytes(kaimen.sandbox, {
        parameters: { method: "zhima.data.batch.feedback", ...fields },
        file: { filename, content },
      });

    it.each(columns)("is refused as %s", async (column) => {
      for (const { name, text } of hostileTexts) {
        const escaped = fileOf([{ ...recordOf(testPerson(3), recentMonths(1)[0] ?? ""), [column]: text }]);
        const answer = await upload(escaped);
        expect(answer, name).toMatchObject({ code: "40004" });
        expect(answer["sub_code"], name).not.toBe("READ_OPENAPIFILE_ERROR");
        const raw = bytesOf(escaped.replaceAll("\\u0000", "\0").replaceAll("\\ud800", "\ud800"));
        expect((await upload(raw))["sub_code"], `${name}, raw`).toMatch(/^(?!READ_OPENAPIFILE_ERROR)./);
      }
    });

    it("is refused as the file's name, or cut", async () => {
      for (const { name, text } of hostileTexts)
        expect(String((await upload(recordsFile, bytesOf(`${text}.json`)))["sub_code"]), name).not.toMatch(
          /unknow-error|READ_OPENAPIFILE_ERROR/,
        );
    });
  });
});

import iconv from "iconv-lite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FeedbackRow, fileOf, recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { feedBack } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { askAsOperator } from "../support/operator.ts";

/** Whoever reads a reply, a report or the log of a file that was refused learns no name and no number from it. */
let kaimen: RunningKaimen;
beforeAll(async () => {
  kaimen = await startKaimen({ env: { KAIMEN_LOG_LEVEL: "debug" } });
});
afterAll(() => kaimen.stop());

const [month = ""] = recentMonths(1);
const name = "欧阳娜娜";
const phone = "13912345678";
const person = testPerson(77, name);
const row = recordOf(person, month);

/** All that is told of a file: the reply, and the report that its merchant and the operator read. */
async function told(
  content: Buffer,
  fields: Record<string, string>,
): Promise<{ subCode: string | undefined; texts: string[] }> {
  const { sandbox } = kaimen;
  const reply = await feedBack(officialSdk(sandbox), { content, fields });
  const read = async (path: string): Promise<string> =>
    JSON.stringify((await askAsOperator(sandbox, `GET ${path}merchantId=${sandbox.merchant_id}`)).answer);
  const list = await read("/api/feedback/batches?limit=1&");
  const [batch] = (JSON.parse(list) as { batches: { batchId: string }[] }).batches;
  const report = await read(`/api/feedback/batches/${batch?.batchId ?? ""}?`);
  return { subCode: reply.subCode, texts: [JSON.stringify(reply), list, report, kaimen.log()] };
}

describe("a file that is no JSON is refused without a name or a number in its excerpt:", () => {
  const text = fileOf([row, row]);
  const spoilt: readonly [what: string, text: string][] = [
    ["a comma before its name", text.replace(`"${name}"`, `,"${name}"`)],
    ["a quote missing after its name", text.replace(`"${name}"`, `"${name}`)],
    ["a quote missing before its name", text.replace(`"${name}"`, `${name}"`)],
    ["a quote in the middle of its name", text.replace(name, `${name.slice(0, 2)}"${name.slice(2)}`)],
    ["a quote missing before its number", text.replace(`"${person.credentialsNo}"`, `${person.credentialsNo}"`)],
    ["a comma missing after its number", text.replace(`"${person.credentialsNo}",`, `"${person.credentialsNo}"`)],
    ["a colon missing before its name", text.replace(`:"${name}"`, `"${name}"`)],
    ["an end too early", text.slice(0, text.lastIndexOf(name) + 2)],
    ["a bracket too many", `${text}]`],
    ["single quotes", text.replaceAll('"', "'")],
    ["a name of rare characters", text.replace(`"${name}"`, `"𠮷㐀䶮・〇"x`)],
  ];
  it.each(
    spoilt.flatMap(([what, each]) => (["utf-8", "gb18030"] as const).map((charset) => [what, charset, each] as const)),
  )("%s, in %s", async (_, charset, each) => {
    const { subCode, texts } = await told(iconv.encode(each, charset), { records: "2", file_charset: charset });
    expect(subCode).toBe("JSON_PARSE_ERROR");
    for (const one of texts) {
      for (const secret of [
        name,
        name.slice(0, 2),
        name.slice(2),
        person.credentialsNo,
        person.credentialsNo.slice(-6),
        "𠮷",
        "䶮",
      ])
        expect(one).not.toContain(secret);
    }
  });
});

describe("a bad value is quoted so that its sender can find it, and a personal one with its middle hidden:", () => {
  /** Of the rental template, which has the most personal columns. */
  const rental: FeedbackRow = {
    biz_date: `${month}-01`,
    user_credentials_type: "0",
    user_credentials_no: person.credentialsNo,
    user_name: name,
    order_no: "R1",
    phone_no: phone,
    bill_no: "B1",
    bill_type: "100",
    bill_amt: "1",
    bill_status: "0",
  };
  const fields = { columns: Object.keys(rental).join(","), primary_key_columns: "order_no,bill_no", records: "1" };
  beforeAll(async () => {
    const { sandbox } = kaimen;
    const assigned = { appId: sandbox.app_id, template: "rental" };
    const { status, answer } = await askAsOperator(sandbox, "/api/templates/assign", assigned);
    if (status !== 200) throw new Error(`the template was not assigned: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 2_100)); // An app is remembered for two seconds.
  });

  it.each<[column: string, value: string, secrets: readonly string[]]>([
    ["phone_no", `${phone}\u0001`, [phone, phone.slice(3)]],
    ["phone_no", `+86-${phone}-${phone}`, [phone, phone.slice(3)]],
    ["user_name", `${name}\u0001`, [name, name.slice(1)]],
    ["user_name", name.repeat(20), [name, name.slice(1)]],
    ["user_credentials_no", `${person.credentialsNo.slice(0, 17)}Y`, [person.credentialsNo.slice(4, 16)]],
    ["user_credentials_no", `${person.credentialsNo}1`, [person.credentialsNo.slice(4, 16)]],
  ])("%s %j", async (column, value, secrets) => {
    const { subCode, texts } = await told(Buffer.from(fileOf([{ ...rental, [column]: value }])), fields);
    expect(subCode).toBe("INVALID_PARAMETER");
    expect(texts[0]).toContain(column);
    for (const text of texts) for (const secret of secrets) expect(text).not.toContain(secret);
  });
});

/**
 * Feeds back a file of records with the official Alipay SDK.
 *
 *   npm start                                         in one terminal
 *   node examples/feedback-upload.mjs                 in another: two months of the demo person who had too few for a score
 *   node examples/feedback-upload.mjs records.json    a file of your own, {"records":[{…},{…}]} in UTF-8
 *
 * Which columns there are stands in src/feedback/templates/template.ts; what may be refused in docs/methods.
 * KAIMEN_DATA says where the sandbox keeps its files, ./.kaimen when unset.
 */
import { subscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { AlipayFormData, AlipaySdk } from "alipay-sdk";

const sandbox = JSON.parse(readFileSync(join(process.env["KAIMEN_DATA"] || ".kaimen", "sandbox.json"), "utf8"));
const sdk = new AlipaySdk({
  appId: sandbox.app_id,
  keyType: "PKCS8",
  privateKey: sandbox.app_private_key_pkcs8,
  alipayPublicKey: sandbox.alipay_public_key,
  gateway: sandbox.gateway_url,
  timeout: 60_000,
});

/** `yyyy-MM` of so many months ago, in Beijing. @param {number} months */
function monthsAgo(months) {
  const beijing = new Date(Date.now() + 8 * 3_600_000);
  return new Date(Date.UTC(beijing.getUTCFullYear(), beijing.getUTCMonth() - months, 1)).toISOString().slice(0, 7);
}

const newcomer = sandbox.users.find((/** @type {{ login: string }} */ { login }) => login === "new@sandbox.kaimen");

/** Two more months, so that four are reported: enough for a score. */
function sample() {
  return {
    records: [3, 4].map((months) => ({
      user_name: newcomer.name,
      user_credentials_type: newcomer.credentials_type,
      user_credentials_no: newcomer.credentials_no,
      order_no: "EXAMPLE_0001",
      biz_type: "1",
      order_status: "REPAYING",
      create_amt: "1200.50",
      pay_month: monthsAgo(months),
      gmt_ovd_date: "",
      overdue_cnt: "0",
    })),
  };
}

/** @param {string} moment */
async function printScore(moment) {
  const reply = await sdk.exec(
    "zhima.credit.score.get",
    {
      auth_token: newcomer.access_token,
      bizContent: { transaction_id: `EXAMPLE_${Date.now()}`, product_code: "w1010100100000000001" },
    },
    { validateSign: true },
  );
  console.log(`${moment}: ${newcomer.name} has ${reply["zmScore"] ?? reply["subCode"]}`);
}

const path = process.argv[2];
const content = path === undefined ? Buffer.from(JSON.stringify(sample())) : readFileSync(path);
/** @type {{ records: Record<string, unknown>[] }} */
const { records } = JSON.parse(content.toString());
const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];

const form = new AlipayFormData();
form.addField("file_type", "json_data");
form.addField("file_charset", "UTF-8");
form.addField("columns", columns.join(","));
form.addField("primary_key_columns", columns.includes("pay_month") ? "order_no,pay_month" : "order_no");
form.addField("records", String(records.length));
form.addFile("file", path === undefined ? "sample.json" : basename(path), content);

/** Kaimen names the batch in a header. The SDK keeps a reply's headers to itself, but its HTTP client announces them. */
let batchId = "unknown";
subscribe("urllib:response", (message) => {
  const { response } = /** @type {{ response?: { headers: Record<string, string> } }} */ (message);
  batchId = response?.headers["kaimen-batch-id"] ?? batchId;
});

if (path === undefined) await printScore("before");
const reply = await sdk.exec("zhima.data.batch.feedback", {}, { formData: form, validateSign: true });
console.log(reply);
console.log(`batch ${batchId}`);
if (path === undefined) await printScore("after");
if (reply.code !== "10000") process.exitCode = 1;

/**
 * Does the score rank real risk? Real repayment histories go through the gateway with the official SDK, as of October
 * 2005; everybody is asked for, and the scores are held against who defaulted in that month.
 */
import { AlipayFormData, AlipaySdk } from "alipay-sdk";
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";
import { startPostgres } from "./support/postgres.ts";
import { type Bench, type Result, runBenchmark } from "./support/run.ts";
import { startServer } from "./support/server.ts";
import { formatTable, mean, round } from "./support/table.ts";
import { type Client, clientColumns, readClients, readLabels } from "./taiwan/clients.ts";
import { areaUnderCurve, kolmogorovSmirnov, type Labelled } from "./taiwan/ranking.ts";

const benchLimitMs = 30 * 60_000;
const asOfMonth = "2005-10";
const productCode = "w1010100100000000001";
const defaultDirectory = "../shared/data/taiwan";
const defaultClients = 1_000;
const smallClients = 200;
const clientsPerFile = 5_000;
const usersPerRequest = 200;
const askedAtOnce = 32;

async function measure(bench: Bench): Promise<Result> {
  const directory = bench.options["data"] ?? defaultDirectory;
  const most = Number(bench.options["clients"] ?? (bench.small ? smallClients : defaultClients));
  const clients: Client[] = [];
  for await (const client of readClients(directory, most)) clients.push(client);
  const labels = await readLabels(directory);
  const postgres = await startPostgres(bench);
  const { sandbox } = await startServer(bench, { DATABASE_URL: postgres.url, KAIMEN_AS_OF: asOfMonth, KAIMEN_SCORE_WAIT_MS: "60000" });
  const sdk = new AlipaySdk({
    appId: sandbox.app_id,
    keyType: "PKCS8",
    privateKey: sandbox.app_private_key_pkcs8,
    alipayPublicKey: sandbox.alipay_public_key,
    gateway: sandbox.gateway_url,
    timeout: 300_000,
  });

  const fedBackS = await timed(() => feedBack(sdk, clients));
  const tokens = await addUsers(sandbox, clients);
  const scores = new Map<number, string>();
  const askedS = await timed(() => askEverybody(sdk, clients, tokens, scores));

  const scored = [...scores.values()].filter((score) => score !== "N/A").length;
  const labelled: Labelled[] = clients.flatMap(({ clientId }) => {
    const bad = labels.get(clientId);
    const score = Number(scores.get(clientId));
    return bad === undefined || Number.isNaN(score) ? [] : [{ score, bad }];
  });
  const meanOf = (bad: boolean): number => mean(labelled.filter((each) => each.bad === bad).map(({ score }) => score));
  const result = {
    clients: clients.length,
    records: clients.length * 6,
    scored,
    labelled: labelled.length,
    mean_score_defaulted: round(meanOf(true), 4),
    mean_score_others: round(meanOf(false), 4),
    auc: round(areaUnderCurve(labelled), 4),
    ks: round(kolmogorovSmirnov(labelled), 4),
    feedback_s: round(fedBackS),
    inquiries_s: round(askedS),
  };
  bench.say(formatTable(Object.entries(result).map(([name, value]) => [name, String(value)])));
  bench.say(bands(labelled));
  return result;
}

async function feedBack(sdk: AlipaySdk, clients: readonly Client[]): Promise<void> {
  for (let from = 0; from < clients.length; from += clientsPerFile) {
    const records = clients.slice(from, from + clientsPerFile).flatMap((client) => client.records);
    const form = new AlipayFormData();
    form.addField("file_charset", "UTF-8");
    form.addField("file_type", "json_data");
    form.addField("columns", clientColumns);
    form.addField("primary_key_columns", "order_no,pay_month");
    form.addField("records", String(records.length));
    form.addFile("file", "taiwan.json", Buffer.from(JSON.stringify({ records })));
    const reply = (await sdk.exec("zhima.data.batch.feedback", {}, { formData: form, validateSign: true })) as { code?: string };
    if (reply.code !== "10000") throw new Error(`the file was refused: ${JSON.stringify(reply)}`);
  }
}

async function addUsers(sandbox: SandboxFile, clients: readonly Client[]): Promise<Map<number, string>> {
  const tokens = new Map<number, string>();
  const { login, password } = sandbox.operator;
  for (let from = 0; from < clients.length; from += usersPerRequest) {
    const some = clients.slice(from, from + usersPerRequest);
    const reply = await fetch(new URL("/api/sandbox/users", sandbox.gateway_url), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`,
      },
      body: JSON.stringify({ users: some.map(({ name, credentialsNo }) => ({ name, credentials_no: credentialsNo })) }),
    });
    const answer = (await reply.json()) as { users?: { access_token: string }[]; error?: string };
    if (answer.users === undefined) throw new Error(`the users were refused: ${answer.error}`);
    some.forEach(({ clientId }, index) => tokens.set(clientId, answer.users?.[index]?.access_token ?? ""));
  }
  return tokens;
}

async function askEverybody(
  sdk: AlipaySdk,
  clients: readonly Client[],
  tokens: ReadonlyMap<number, string>,
  scores: Map<number, string>,
): Promise<void> {
  const waiting = [...clients];
  const askOneByOne = async (): Promise<void> => {
    for (let client = waiting.pop(); client !== undefined; client = waiting.pop()) {
      const reply = (await sdk.exec(
        "zhima.credit.score.get",
        {
          auth_token: tokens.get(client.clientId),
          bizContent: { transaction_id: `taiwan_${client.clientId}`, product_code: productCode },
        },
        { validateSign: true },
      )) as { code?: string; zmScore?: string };
      if (reply.code !== "10000" || reply.zmScore === undefined) throw new Error(`no score: ${JSON.stringify(reply)}`);
      scores.set(client.clientId, reply.zmScore);
    }
  };
  await Promise.all(Array.from({ length: askedAtOnce }, askOneByOne));
}

/** How many of each band defaulted: the picture of what a score means. */
function bands(labelled: readonly Labelled[]): string {
  const edges = [350, 550, 600, 650, 700, 951];
  const rows = edges.slice(0, -1).map((from, index) => {
    const to = edges[index + 1] ?? Number.POSITIVE_INFINITY;
    const within = labelled.filter(({ score }) => score >= from && score < to);
    const defaulted = within.filter(({ bad }) => bad).length;
    const rate = within.length === 0 ? 0 : (100 * defaulted) / within.length;
    return `  ${from}–${to - 1}  ${String(within.length).padStart(6)} people  ${rate.toFixed(1).padStart(5)} % defaulted  ${"█".repeat(Math.round(rate / 2))}`;
  });
  return `\n${rows.join("\n")}\n`;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

await runBenchmark("taiwan", benchLimitMs, measure, ["data", "clients"]);

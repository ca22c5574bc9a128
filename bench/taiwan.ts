/**
 * Does the score rank real risk? Real repayment histories go through the gateway with the official SDK, as of October
 * 2005. A card is trained on the clients whose outcome of that month is given, a second person activates it, everybody
 * is scored with it, and the scores are held against who defaulted. `--out` is the CSV of everybody's stored score.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { AlipayFormData, AlipaySdk } from "alipay-sdk";
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";
import { startPostgres } from "./support/postgres.ts";
import { type Bench, fromWhereCalled, type Result, runBenchmark } from "./support/run.ts";
import { type Server, startServer } from "./support/server.ts";
import { formatTable, mean, round } from "./support/table.ts";
import { type Client, clientColumns, readClients, readLabels } from "./taiwan/clients.ts";
import { areaUnderCurve, kolmogorovSmirnov, type Labelled } from "./taiwan/ranking.ts";

const benchLimitMs = 30 * 60_000;
const asOfMonth = "2005-10";
const productCode = "w1010100100000000001";
const defaultDirectory = "../shared/data/taiwan";
const smallClients = 1_500;
const clientsPerFile = 5_000;
/**
 * So many are asked for by zhima.credit.score.get, to see that the stored score is what is answered. A run of no more
 * than these asks for everybody, also before any card is trained, and tells how the expert card ranks them.
 */
const askedClients = 1_000;
const askedAtOnce = 16;
const usersPerRequest = 200;
const pollMs = 100;
const command = fileURLToPath(new URL("../cli/main.js", import.meta.url));

async function measure(bench: Bench): Promise<Result> {
  const directory = fromWhereCalled(bench.options["data"] ?? defaultDirectory);
  const most =
    bench.options["clients"] === undefined
      ? bench.small
        ? smallClients
        : Number.POSITIVE_INFINITY
      : Number(bench.options["clients"]);
  const clients: Client[] = [];
  for await (const client of readClients(directory, most)) clients.push(client);
  const labels = await readLabels(directory);
  const postgres = await startPostgres(bench);
  const server = await startServer(bench, {
    DATABASE_URL: postgres.url,
    KAIMEN_AS_OF: asOfMonth,
    KAIMEN_SCORE_WAIT_MS: clients.length <= askedClients ? "60000" : "0",
  });
  const { sandbox } = server;
  const sdk = new AlipaySdk({
    appId: sandbox.app_id,
    keyType: "PKCS8",
    privateKey: sandbox.app_private_key_pkcs8,
    alipayPublicKey: sandbox.alipay_public_key,
    gateway: sandbox.gateway_url,
    timeout: 300_000,
  });
  const files = await mkdtemp(join(tmpdir(), "kaimen-bench-taiwan-"));
  bench.atEnd(() => rm(files, { recursive: true, force: true }));

  const fedBackS = await timed(() => feedBack(sdk, clients));
  await postgres.query("analyze");
  bench.say(`  fed back ${clients.length * 6} records in ${round(fedBackS)} s`);
  const expert = clients.length <= askedClients ? await judgeExpertCard(server, sdk, clients, labels, files) : {};
  const trained = await trainCard(server, clients, labels, files);
  const scoredS = await timed(() => activate(server, trained.card_version));
  bench.say(`  scored everybody with card ${trained.card_version} in ${round(scoredS)} s`);

  const csv = bench.options["out"] === undefined ? join(files, "scores.csv") : fromWhereCalled(bench.options["out"]);
  const scores = await exportScores(server, clients, files, csv);
  await askSome(sdk, sandbox, clients.slice(0, askedClients), scores);
  const labelled = labelledOf(clients, labels, scores);
  const result = {
    clients: clients.length,
    records: clients.length * 6,
    scored: [...scores.values()].filter((score) => score !== "N/A").length,
    trained_on: trained.rows,
    characteristics: trained.characteristics,
    auc_cv: trained.auc_cv,
    auc_cv_spread: trained.auc_cv_spread,
    auc_cv_half_width: trained.auc_cv_half_width,
    ks_cv: trained.ks_cv,
    auc_holdout: trained.auc_holdout,
    ks_holdout: trained.ks_holdout,
    train_s: trained.train_s,
    ...rankingOf(labelled),
    ...expert,
    feedback_s: round(fedBackS),
    scored_s: round(scoredS),
  };
  bench.say(formatTable(Object.entries(result).map(([name, value]) => [name, String(value)])));
  bench.say(bands(labelled));
  return result;
}

/** How the card of the first day ranks the clients, every one of them asked for over the wire. */
async function judgeExpertCard(
  server: Server,
  sdk: AlipaySdk,
  clients: readonly Client[],
  labels: ReadonlyMap<number, boolean>,
  files: string,
): Promise<Result> {
  const scores = await exportScores(server, clients, files, join(files, "expert-scores.csv"));
  await askSome(sdk, server.sandbox, clients, scores);
  const ranking = Object.entries(rankingOf(labelledOf(clients, labels, scores)));
  return Object.fromEntries(ranking.map(([name, value]) => [`expert_${name}`, value]));
}

/** The product's own export of stored scores, by client id. */
async function exportScores(
  server: Server,
  clients: readonly Client[],
  files: string,
  csv: string,
): Promise<Map<number, string>> {
  const numbers = join(files, "people.csv");
  await writeFile(
    numbers,
    ["user_credentials_no", ...clients.map(({ credentialsNo }) => credentialsNo), ""].join("\n"),
  );
  await kaimen(server, ["score", "export", "--people", numbers, "--out", csv]);
  return readScores(csv, clients);
}

function labelledOf(
  clients: readonly Client[],
  labels: ReadonlyMap<number, boolean>,
  scores: ReadonlyMap<number, string>,
): Labelled[] {
  return clients.flatMap(({ clientId }) => {
    const bad = labels.get(clientId);
    const score = Number(scores.get(clientId));
    return bad === undefined || Number.isNaN(score) ? [] : [{ score, bad }];
  });
}

function rankingOf(labelled: readonly Labelled[]): {
  auc: number;
  ks: number;
  mean_score_defaulted: number;
  mean_score_others: number;
} {
  const meanOf = (bad: boolean): number => mean(labelled.filter((each) => each.bad === bad).map(({ score }) => score));
  return {
    auc: round(areaUnderCurve(labelled), 4),
    ks: round(kolmogorovSmirnov(labelled), 4),
    mean_score_defaulted: round(meanOf(true), 4),
    mean_score_others: round(meanOf(false), 4),
  };
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
    const reply = (await sdk.exec("zhima.data.batch.feedback", {}, { formData: form, validateSign: true })) as {
      code?: string;
    };
    if (reply.code !== "10000") throw new Error(`the file was refused: ${JSON.stringify(reply)}`);
  }
}

interface Trained {
  readonly card_version: string;
  readonly rows: number;
  readonly characteristics: number;
  readonly auc_cv: number;
  readonly auc_cv_spread: number;
  readonly auc_cv_half_width: number;
  readonly ks_cv: number;
  readonly auc_holdout: number;
  readonly ks_holdout: number;
  readonly train_s: number;
}

async function trainCard(
  server: Server,
  clients: readonly Client[],
  labels: ReadonlyMap<number, boolean>,
  files: string,
): Promise<Trained> {
  const path = join(files, "labels.csv");
  const lines = clients.flatMap(({ clientId, credentialsNo }) => {
    const bad = labels.get(clientId);
    return bad === undefined ? [] : [`${credentialsNo},${bad ? 1 : 0}`];
  });
  await writeFile(path, ["user_credentials_no,label", ...lines, ""].join("\n"));
  const meaning = "default of the credit card in the month after";
  const report = join(files, "report");
  const printed = await kaimen(server, [
    "card",
    "train",
    "--labels",
    path,
    "--as-of",
    asOfMonth,
    "--label-meaning",
    meaning,
    "--title",
    "Taiwan 2005",
    "--target-bad-rate",
    "0.05",
    "--report",
    report,
  ]);
  return JSON.parse(printed) as Trained; // What `kaimen card train` prints.
}

/** Activates the card and waits until everybody is scored with it. */
async function activate(server: Server, version: string): Promise<void> {
  await kaimen(server, ["card", "validate", version]);
  await kaimen(server, ["card", "activate", version, "--approver", "second-person"]);
  for (;;) {
    const { progress } = JSON.parse(await kaimen(server, ["card", "list", "--json"])) as {
      progress: { bucketsDone: number; scoredWith: string };
    };
    if (progress.bucketsDone === 256 && progress.scoredWith.includes(version)) return;
    await sleep(pollMs);
  }
}

/** Runs a command against the server and gives what it prints. */
async function kaimen(server: Server, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [command, ...args], {
    env: { ...process.env, KAIMEN_DATA: server.dataDirectory },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`kaimen ${args.slice(0, 2).join(" ")} failed`);
  return output;
}

async function readScores(path: string, clients: readonly Client[]): Promise<Map<number, string>> {
  const [, ...lines] = (await readFile(path, "utf8")).trimEnd().split("\n");
  const byNumber = new Map(lines.map((line) => line.split(",") as [string, string]));
  return new Map(
    clients.map(({ clientId, credentialsNo }) => {
      const score = byNumber.get(credentialsNo);
      if (score === undefined || score === "") throw new Error(`client ${clientId} was never scored`);
      return [clientId, score];
    }),
  );
}

/** Each question is a new inquiry: a repeat would be given the answer of the card before. */
let asked = 0;

/** Over the wire, with the official SDK, these people have the very scores that are stored. */
async function askSome(
  sdk: AlipaySdk,
  sandbox: SandboxFile,
  clients: readonly Client[],
  scores: ReadonlyMap<number, string>,
): Promise<void> {
  const tokens = await addUsers(sandbox, clients);
  const waiting = [...clients];
  const askOneByOne = async (): Promise<void> => {
    for (let client = waiting.pop(); client !== undefined; client = waiting.pop()) {
      const reply = (await sdk.exec(
        "zhima.credit.score.get",
        {
          auth_token: tokens.get(client.clientId),
          bizContent: { transaction_id: `taiwan_${asked++}`, product_code: productCode },
        },
        { validateSign: true },
      )) as { code?: string; zmScore?: string };
      if (reply.code !== "10000" || reply.zmScore !== scores.get(client.clientId)) {
        throw new Error(`answered ${JSON.stringify(reply)} where ${scores.get(client.clientId)} is stored`);
      }
    }
  };
  await Promise.all(Array.from({ length: askedAtOnce }, askOneByOne));
}

async function addUsers(sandbox: SandboxFile, clients: readonly Client[]): Promise<Map<number, string>> {
  const tokens = new Map<number, string>();
  for (let from = 0; from < clients.length; from += usersPerRequest) {
    const some = clients.slice(from, from + usersPerRequest);
    const reply = await fetch(new URL("/api/sandbox/users", sandbox.gateway_url), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${sandbox.operator.token}`,
      },
      body: JSON.stringify({ users: some.map(({ name, credentialsNo }) => ({ name, credentialsNo })) }),
    });
    const answer = (await reply.json()) as { users?: { accessToken: string }[]; detail?: string };
    if (answer.users === undefined) throw new Error(`the users were refused: ${answer.detail}`);
    some.forEach(({ clientId }, index) => tokens.set(clientId, answer.users?.[index]?.accessToken ?? ""));
  }
  return tokens;
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

await runBenchmark("taiwan", benchLimitMs, measure, ["data", "clients", "out"]);

import { type ChildProcess, spawn } from "node:child_process";
import { createDecipheriv, createPublicKey, type KeyObject, randomInt, verify } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import iconv from "iconv-lite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyAsEveryClient } from "../support/clients.ts";
import { bodyLimitMb, type Case, type FuzzApp, makeCase, type Model, type Parameter } from "../support/fuzz.ts";
import { exchange, type HttpAnswer } from "../support/raw-http.ts";

const seconds = Number(process.env["KAIMEN_FUZZ_SECONDS"] ?? "20");
const seed = Number(process.env["KAIMEN_FUZZ_SEED"] ?? randomInt(2 ** 31));
const startLimitMs = 60_000;
const atOnce = 4;
const failuresShown = 5;
/** Faults inside: no request may cause one. */
const neverCodes = new Set(["isp.unknow-error", "aop.unknow-error", "READ_OPENAPIFILE_ERROR"]);

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Sandbox {
  child: ChildProcess;
  port: number;
  app: FuzzApp;
  gatewayKey: KeyObject;
  gatewayKeyBase64: string;
  output: () => string;
}

let folder = "";
let sandbox: Sandbox;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kaimen-fuzz-"));
  sandbox = await startSandbox();
}, startLimitMs + 10_000);

afterAll(async () => {
  const child = sandbox?.child;
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await Promise.race([ended, sleep(10_000)]);
    child.kill("SIGKILL");
  }
  rmSync(folder, { recursive: true, force: true });
});

async function startSandbox(): Promise<Sandbox> {
  const isSetting = (name: string): boolean => name.startsWith("KAIMEN_") || name === "DATABASE_URL";
  const environment = Object.entries(process.env).filter(([name]) => !isSetting(name));
  const child = spawn(process.execPath, [join(root, "dist", "main.js")], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...Object.fromEntries(environment),
      KAIMEN_PORT: "0",
      KAIMEN_DATA: folder,
      KAIMEN_BODY_LIMIT_MB: String(bodyLimitMb),
      KAIMEN_LOG_LEVEL: "error",
    },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      printed = `${printed}${chunk.toString()}`.slice(-20_000);
    });
  }
  const file = join(folder, "sandbox.json");
  for (const start = Date.now(); ; await sleep(100)) {
    if (child.exitCode !== null || Date.now() - start > startLimitMs) {
      child.kill("SIGKILL");
      throw new Error(`the sandbox did not start:\n${printed}`);
    }
    if (!existsSync(file)) continue;
    // The fields are those of the sandbox's contract.
    const contract = JSON.parse(readFileSync(file, "utf8")) as SandboxFile;
    const port = Number(new URL(contract["gateway_url"] ?? "").port);
    if (!(await isReady(port))) continue;
    const [user] = contract.users;
    if (user === undefined) throw new Error("the sandbox has no users");
    const gatewayKeyBase64 = contract["alipay_public_key"] ?? "";
    return {
      child,
      port,
      app: {
        appId: contract["app_id"] ?? "",
        privateKeyPkcs8: contract["app_private_key_pkcs8"] ?? "",
        encryptKey: contract["encrypt_key"] ?? "",
        accessToken: user.access_token,
        person: { name: user.name, credentialsNo: user.credentials_no },
      },
      gatewayKeyBase64,
      gatewayKey: createPublicKey({ key: Buffer.from(gatewayKeyBase64, "base64"), format: "der", type: "spki" }),
      output: () => printed,
    };
  }
}

type SandboxFile = Record<string, string> & {
  users: { access_token: string; name: string; credentials_no: string }[];
};

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(5_000) });
    return answer.status === 200;
  } catch {
    return false;
  }
}

function readModels(): Model[] {
  type Value = string | { base64: string };
  const vectors = join(root, "vectors");
  const take = (pairs: [string, Value][]): Parameter[] =>
    pairs.map(([name, value]) => ({
      name,
      value: typeof value === "string" ? Buffer.from(value) : Buffer.from(value.base64, "base64"),
    }));
  return readdirSync(vectors)
    .filter((file) => /^request-.*\.json$/.test(file))
    .map((file) => {
      // The shape is the one that vectors/README.md describes.
      const vector = JSON.parse(readFileSync(join(vectors, file), "utf8")) as {
        parameters: { query: [string, Value][]; body: [string, Value][] };
        files: unknown[];
      };
      const records = '{"records":[{"order_no":"O1","pay_month":"2026-01"},{"order_no":"O2","pay_month":"2026-02"}]}';
      return {
        query: take(vector.parameters.query),
        body: take(vector.parameters.body),
        file: vector.files.length > 0 ? Buffer.from(records) : undefined,
      };
    });
}

/** What is wrong with the answer; undefined when nothing is. */
function complaint(given: Case, answer: HttpAnswer | undefined, counts: Map<string, number>): string | undefined {
  if (answer === undefined) return given.whole ? "closed without an answer" : undefined;
  if (!(answer.status < 500)) return `status ${answer.status}`;
  if (!given.whole) return undefined;
  if (answer.status !== 200) return `status ${answer.status}: ${answer.body.toString().slice(0, 200)}`;

  const charset = /charset=([\w-]+)/i.exec(answer.contentType)?.[1];
  if (charset === undefined) return `no charset in the content type ${answer.contentType}`;
  const text = iconv.decode(answer.body, charset);
  let reply: Record<string, unknown>;
  try {
    // Anything but an object fails the checks of its members below.
    reply = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return `not JSON: ${text.slice(0, 200)}`;
  }
  const members = Object.keys(reply).join(", ");
  const node = /^(\w+_response), sign$/.exec(members)?.[1];
  if (node === undefined) return `the reply's members are ${members}`;
  const raw = answer.body.toString("latin1");
  const signed = Buffer.from(raw.slice(raw.indexOf('":') + 2, raw.lastIndexOf(',"sign":"')), "latin1");
  const signature = Buffer.from(String(reply["sign"]), "base64");
  const signType = (["RSA2", "RSA"] as const).find((type) =>
    verify(type === "RSA" ? "sha1" : "sha256", signed, sandbox.gatewayKey, signature));
  if (signType === undefined) return `the signature does not verify: ${text.slice(0, 300)}`;

  const content = reply[node];
  const opened: unknown = typeof content === "string" ? JSON.parse(decrypt(content)) : content;
  const { code, sub_code: subCode } = opened as { code?: string; sub_code?: string };
  counts.set(subCode ?? code ?? "bare", (counts.get(subCode ?? code ?? "bare") ?? 0) + 1);
  if (code === "20000" || neverCodes.has(subCode ?? "")) return `a fault inside: ${text.slice(0, 300)}`;

  const isErrorNode = node === "error_response";
  if (!isErrorNode && node !== `${given.method.replaceAll(".", "_")}_response`) return undefined;
  if (!/^[a-z.]+$/.test(given.method)) return undefined;
  const shape = { error: subCode !== undefined, node: isErrorNode ? "error_response" : "method", signType } as const;
  const results = verifyAsEveryClient(answer.body, given.method, charset, sandbox.gatewayKeyBase64, shape);
  const failed = results.filter(({ expected, ok }) => expected && !ok);
  const worded = failed.map(({ client, reason }) => `${client} (${reason})`);
  return worded.length > 0 ? `not accepted by ${worded.join(", ")}: ${text.slice(0, 300)}` : undefined;
}

function decrypt(ciphertext: string): string {
  const decipher = createDecipheriv("aes-128-cbc", Buffer.from(sandbox.app.encryptKey, "base64"), Buffer.alloc(16));
  return Buffer.concat([decipher.update(Buffer.from(ciphertext, "base64")), decipher.final()]).toString();
}

test("malformed requests never bring the gateway down or out of its protocol", async () => {
  process.stdout.write(`fuzz: KAIMEN_FUZZ_SEED=${seed} KAIMEN_FUZZ_SECONDS=${seconds}\n`);
  const models = readModels();
  const failures: string[] = [];
  const counts = new Map<string, number>();
  const now = new Date();
  const end = Date.now() + seconds * 1_000;
  let number = 0;

  async function throwAtGateway(): Promise<void> {
    while (Date.now() < end && failures.length < failuresShown) {
      const mine = number++;
      const given = makeCase(models, sandbox.app, seed, mine, now);
      let problem: string | undefined;
      try {
        problem = complaint(given, await exchange(sandbox.port, given.wire, given.whole), counts);
      } catch (error) {
        problem = String(error);
      }
      if (problem !== undefined) {
        const head = JSON.stringify(given.wire.subarray(0, 1_500).toString("latin1"));
        failures.push(`case ${mine} [${given.notes.join("; ")}]: ${problem}\n  ${head}`);
      }
      if (mine % 200 === 0 && !(await isReady(sandbox.port))) failures.push(`not ready after case ${mine}`);
    }
  }
  await Promise.all(Array.from({ length: atOnce }, throwAtGateway));

  const tally = [...counts].toSorted(([, left], [, right]) => right - left).map(([code, count]) => `${code} ${count}`);
  process.stdout.write(`fuzz: ${number} requests; ${tally.join(", ")}\n`);
  expect(failures.join("\n\n"), `replay with KAIMEN_FUZZ_SEED=${seed}`).toBe("");
  expect(sandbox.child.exitCode, sandbox.output()).toBeNull();
  expect(sandbox.child.signalCode, sandbox.output()).toBeNull();
  expect(await isReady(sandbox.port)).toBe(true);
  expect(counts.size, "a fuzz that meets one refusal only tests nothing").toBeGreaterThan(5);
}, seconds * 1_000 + 60_000);

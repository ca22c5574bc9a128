import { createPublicKey, type KeyObject, randomInt, verify } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import iconv from "iconv-lite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decryptAes, encryptTypes } from "#kaimen/keys/aes.ts";
import { verifyAsEveryClient } from "../support/clients.ts";
import { bodyLimitMb, type Case, type FuzzApp, makeCase, type Model, type Parameter } from "../support/fuzz.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { exchange, type HttpAnswer } from "../support/raw-http.ts";
import { unsignedRefusals } from "../support/unsigned-refusals.ts";

/** When set, so many requests are sent, however long it takes; see docs/trials.md. */
const requests = Number(process.env["KAIMEN_FUZZ_REQUESTS"] ?? "0");
const seconds = Number(process.env["KAIMEN_FUZZ_SECONDS"] ?? "20");
const atLeastPerS = 40;
const limitMs = requests > 0 ? (requests / atLeastPerS) * 1_000 : seconds * 1_000;
/**
 * What a long run's memory may grow by once warm. Memory goes up and down by more than a hundred MB as the garbage
 * collector sees fit, so its lowest points are compared: those of the first and of the last quarter of the run.
 */
const growthLimitMb = 128;
const warmAfter = 20_000;
const sampledEvery = 500;
/** A counted run looks with the eyes of every SDK at one reply in so many: that takes longer than the reply itself. */
const clientsEvery = 20;
const seed = Number(process.env["KAIMEN_FUZZ_SEED"] ?? randomInt(2 ** 31));
/** An unfinished request waits a quarter of a second for its end, so a counted run keeps more under way. */
const atOnce = requests > 0 ? 64 : 4;
const failuresShown = 5;
/** A counted run keeps the machine busy for long: what is only slow is not to look like what is broken. */
const patience =
  requests > 0 ? { inquiryDeadlineMs: 30_000, readyMs: 30_000 } : { inquiryDeadlineMs: 2_000, readyMs: 5_000 };
/** Faults inside: no request may cause one. */
const neverCodes = new Set(["isp.unknow-error", "aop.unknow-error", "READ_OPENAPIFILE_ERROR"]);

let kaimen: RunningKaimen;
let app: FuzzApp;
let gatewayKey: KeyObject;
let port = 0;

beforeAll(async () => {
  kaimen = await startKaimen({
    env: { KAIMEN_BODY_LIMIT_MB: String(bodyLimitMb), KAIMEN_INQUIRY_DEADLINE_MS: String(patience.inquiryDeadlineMs) },
  });
  const { sandbox } = kaimen;
  const [user] = sandbox.users;
  if (user === undefined) throw new Error("the sandbox has no users");
  app = {
    appId: sandbox.app_id,
    privateKeyPkcs8: sandbox.app_private_key_pkcs8,
    encryptKey: sandbox.encrypt_key,
    accessToken: user.access_token,
    person: { name: user.name, credentialsNo: user.credentials_no },
  };
  port = Number(new URL(sandbox.gateway_url).port);
  const der = Buffer.from(sandbox.alipay_public_key, "base64");
  gatewayKey = createPublicKey({ key: der, format: "der", type: "spki" });
});

afterAll(() => kaimen?.stop());

async function isReady(): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, {
      signal: AbortSignal.timeout(patience.readyMs),
    });
    return answer.status === 200;
  } catch {
    return false;
  }
}

interface Memory {
  readonly residentMb: number;
  readonly heapMb: number;
}

async function readMemory(): Promise<Memory> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const mb = (name: string): number => Number(new RegExp(`^${name} (\\S+)`, "m").exec(metrics)?.[1]) / 1_048_576;
  return { residentMb: mb("process_resident_memory_bytes"), heapMb: mb("nodejs_heap_size_used_bytes") };
}

/** By how much the lowest point of the last quarter lies above that of the first; undefined for a run that is too short. */
function growthOf(
  samples: readonly Memory[],
): { first: Memory; last: Memory; residentMb: number; heapMb: number } | undefined {
  const quarter = Math.floor(samples.length / 4);
  if (quarter === 0) return undefined;
  const lowest = (part: readonly Memory[]): Memory => ({
    residentMb: Math.min(...part.map(({ residentMb }) => residentMb)),
    heapMb: Math.min(...part.map(({ heapMb }) => heapMb)),
  });
  const first = lowest(samples.slice(0, quarter));
  const last = lowest(samples.slice(-quarter));
  return { first, last, residentMb: last.residentMb - first.residentMb, heapMb: last.heapMb - first.heapMb };
}

function readModels(): Model[] {
  type Value = string | { base64: string };
  const vectors = new URL("../../vectors/", import.meta.url);
  const take = (pairs: [string, Value][]): Parameter[] =>
    pairs.map(([name, value]) => ({
      name,
      value: typeof value === "string" ? Buffer.from(value) : Buffer.from(value.base64, "base64"),
    }));
  return readdirSync(vectors)
    .filter((file) => /^request-.*\.json$/.test(file))
    .map((file) => {
      // The shape is the one that vectors/README.md describes.
      const vector = JSON.parse(readFileSync(new URL(file, vectors), "utf8")) as {
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
function complaint(
  given: Case,
  answer: HttpAnswer | undefined,
  counts: Map<string, number>,
  asEveryClient: boolean,
): string | undefined {
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
  const [, node, certificate, sign] = /^(\w+_response)(, alipay_cert_sn)?(, sign)?$/.exec(members) ?? [];
  if (node === undefined) return `the reply's members are ${members}`;
  if (sign === undefined) {
    const { sub_code: unsigned = "" } = reply[node] as { sub_code?: string };
    counts.set(unsigned, (counts.get(unsigned) ?? 0) + 1);
    return unsignedRefusals.has(unsigned) ? undefined : `unsigned: ${text.slice(0, 300)}`;
  }
  const raw = answer.body.toString("latin1");
  const end = raw.lastIndexOf(certificate === undefined ? ',"sign":"' : ',"alipay_cert_sn":"');
  const signed = Buffer.from(raw.slice(raw.indexOf('":') + 2, end), "latin1");
  const signature = Buffer.from(String(reply["sign"]), "base64");
  const signType = (["RSA2", "RSA"] as const).find((type) =>
    verify(type === "RSA" ? "sha1" : "sha256", signed, gatewayKey, signature),
  );
  if (signType === undefined) return `the signature does not verify: ${text.slice(0, 300)}`;

  const content = reply[node];
  const opened: unknown = typeof content === "string" ? openCiphertext(content, charset) : content;
  const { code, sub_code: subCode } = opened as { code?: string; sub_code?: string };
  counts.set(subCode ?? code ?? "bare", (counts.get(subCode ?? code ?? "bare") ?? 0) + 1);
  if (code === "20000" || neverCodes.has(subCode ?? ""))
    return `a fault inside: ${text.slice(0, 300)}; the log ends ${kaimen.log().slice(-2_000)}`;

  if (!asEveryClient) return undefined;
  const isErrorNode = node === "error_response";
  if (!isErrorNode && node !== `${given.method.replaceAll(".", "_")}_response`) return undefined;
  if (!/^[a-z.]+$/.test(given.method)) return undefined;
  const shape = { error: subCode !== undefined, node: isErrorNode ? "error_response" : "method", signType } as const;
  const results = verifyAsEveryClient(answer.body, given.method, charset, kaimen.sandbox.alipay_public_key, shape);
  const failed = results.filter(({ expected, ok }) => expected && !ok);
  const worded = failed.map(({ client, reason }) => `${client} (${reason})`);
  return worded.length > 0 ? `not accepted by ${worded.join(", ")}: ${text.slice(0, 300)}` : undefined;
}

/** What the real gateway leaves unsigned too. */

/** A ciphertext does not say which kind it is: the one whose content reads as JSON. */
function openCiphertext(ciphertext: string, charset: string): unknown {
  for (const encryptType of encryptTypes) {
    const opened = decryptAes(encryptType, Buffer.from(app.encryptKey, "base64"), ciphertext);
    if (!Buffer.isBuffer(opened)) continue;
    try {
      return JSON.parse(iconv.decode(opened, charset));
    } catch {
      continue;
    }
  }
  throw new Error("the ciphertext does not open");
}

test(
  "malformed requests never bring the gateway down or out of its protocol",
  async () => {
    process.stdout.write(`fuzz: KAIMEN_FUZZ_SEED=${seed} KAIMEN_FUZZ_SECONDS=${seconds}\n`);
    const models = readModels();
    const failures: string[] = [];
    const counts = new Map<string, number>();
    const now = new Date();
    const end = Date.now() + limitMs;
    const memory: Memory[] = [];
    let number = 0;

    async function throwAtGateway(): Promise<void> {
      while (Date.now() < end && failures.length < failuresShown && (requests === 0 || number < requests)) {
        const mine = number++;
        if (mine >= warmAfter && mine % sampledEvery === 0) memory.push(await readMemory());
        const given = makeCase(models, app, seed, mine, now);
        let problem: string | undefined;
        try {
          problem = complaint(
            given,
            await exchange(port, given.wire, given.whole),
            counts,
            requests === 0 || mine % clientsEvery === 0,
          );
        } catch (error) {
          problem = String(error);
        }
        if (problem !== undefined) {
          const head = JSON.stringify(given.wire.subarray(0, 4_000).toString("latin1"));
          failures.push(`case ${mine} [${given.notes.join("; ")}]: ${problem}\n  ${head}`);
        }
        if (mine % 200 === 0 && !(await isReady())) failures.push(`not ready after case ${mine}`);
      }
    }
    await Promise.all(Array.from({ length: atOnce }, throwAtGateway));

    const growth = growthOf(memory);
    const inMb = (kind: keyof Memory): string =>
      growth === undefined ? "not compared" : `${growth.first[kind].toFixed(0)} to ${growth.last[kind].toFixed(0)} MB`;
    process.stdout.write(`fuzz: lowest resident memory ${inMb("residentMb")}, lowest heap ${inMb("heapMb")}\n`);
    expect(growth?.residentMb ?? 0).toBeLessThan(growthLimitMb);
    expect(growth?.heapMb ?? 0).toBeLessThan(growthLimitMb);
    if (requests > 0) expect(number).toBeGreaterThanOrEqual(requests);
    const tally = [...counts]
      .toSorted(([, left], [, right]) => right - left)
      .map(([code, count]) => `${code} ${count}`);
    process.stdout.write(`fuzz: ${number} requests; ${tally.join(", ")}\n`);
    expect(failures.join("\n\n"), `replay with KAIMEN_FUZZ_SEED=${seed}`).toBe("");
    const { exitCode, signalCode } = kaimen.process;
    expect({ exitCode, signalCode }, kaimen.log().slice(-5_000)).toEqual({ exitCode: null, signalCode: null });
    expect(await isReady()).toBe(true);
    expect(counts.size, "a fuzz that meets one refusal only tests nothing").toBeGreaterThan(5);
  },
  limitMs + 60_000,
);

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { AlipaySdk } from "alipay-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportKey } from "#kaimen/keys/formats.ts";
import { generateRsaKeys } from "#kaimen/keys/rsa.ts";
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";
import { recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { askScore, authoriseInBrowser, feedBack, productCode } from "../support/integrator.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const server = new URL("../../dist/main.js", import.meta.url).pathname;
const command = new URL("../../dist/cli/main.js", import.meta.url).pathname;
const cluster = await startPostgres();

describe.skipIf(cluster === undefined)("an institution that starts with an empty database", () => {
  let directory: string;
  let process_: ChildProcess;
  let environment: Record<string, string>;
  let address: string;

  const kaimen = async (...parameters: string[]): Promise<Record<string, string>> => {
    const { stdout } = await promisify(execFile)(globalThis.process.execPath, [command, ...parameters], { env: { ...clean(), ...environment }, cwd: directory });
    return JSON.parse(stdout) as Record<string, string>;
  };
  const clean = (): Record<string, string | undefined> =>
    Object.fromEntries(Object.entries(globalThis.process.env).filter(([name]) => !/^(?:KAIMEN_|DATABASE_URL$)/.test(name)));

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "kaimen-institution-"));
    const port = 20_000 + ((globalThis.process.pid + 7) % 20_000);
    address = `http://127.0.0.1:${port}`;
    environment = { DATABASE_URL: (await cluster?.createDatabase()) ?? "" };
    process_ = spawn(globalThis.process.execPath, [server], {
      env: { ...clean(), ...environment, KAIMEN_MODE: "production", KAIMEN_MASTER_KEY: "d".repeat(64), KAIMEN_PORT: String(port), KAIMEN_DATA: directory },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "";
    process_.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString()));
    for (let waited = 0; !log.includes('"msg":"ready"') && waited < 30_000; waited += 50) await delay(50);
    if (!log.includes('"msg":"ready"')) throw new Error(`the server was not ready in time: ${log}`);
  });
  afterAll(async () => {
    process_.kill("SIGKILL");
    await rm(directory, { recursive: true, force: true });
    await cluster?.stop();
  });

  it("comes by commands alone to a merchant that asks for the score of a person who authorised it", async () => {
    const operator = await kaimen("operator", "add", "--login", "chief");
    await expect(kaimen("operator", "add", "--login", "chief")).rejects.toThrow("exists already");
    environment = { KAIMEN_SERVER: address, KAIMEN_OPERATOR: `${operator["login"]}:${operator["password"]}` };
    await kaimen("merchant", "add", "--id", "2088900000000001", "--name", "某某银行");

    const keys = await generateRsaKeys();
    const publicKeyFile = join(directory, "app.pem");
    await writeFile(publicKeyFile, keys.publicKey.export({ format: "pem", type: "spki" }));
    const app = await kaimen("app", "add", "--id", "2021900000000001", "--public-key", publicKeyFile, "--merchant", "2088900000000001", "--redirect-uri", "https://bank.example.com/callback");
    const sdk = new AlipaySdk({
      appId: "2021900000000001",
      keyType: "PKCS8",
      privateKey: exportKey(keys.privateKey, "pkcs8"),
      alipayPublicKey: app["alipay_public_key"] ?? "",
      gateway: `${address}/gateway.do`,
      timeout: 30_000,
    });

    const person = testPerson(42, "郑一");
    const user = { login: "zheng", password: "a long password" };
    await fetch(`${address}/api/users`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Basic ${Buffer.from(environment["KAIMEN_OPERATOR"] ?? "").toString("base64")}` },
      body: JSON.stringify({ ...user, name: person.name, credentials_no: person.credentialsNo }),
    }).then((reply) => expect(reply.status).toBe(201));
    const rows = recentMonths(12).map((month) => recordOf(person, month));
    // Region 99 belongs to nobody: a sandbox takes it for test data, production does not.
    expect(await feedBack(sdk, { rows })).toMatchObject({ code: "40004", subCode: "INVALID_PARAMETER" });

    const site = { authorize_url: `${address}/oauth2/publicAppAuthorize.htm`, app_id: "2021900000000001" } as SandboxFile;
    const back = await authoriseInBrowser(site, user, { redirectUri: "https://bank.example.com/callback" });
    const tokens = (await sdk.exec("alipay.system.oauth.token", { grant_type: "authorization_code", code: back.searchParams.get("auth_code") ?? "" })) as unknown as { accessToken: string };

    expect(await askScore(sdk, tokens.accessToken)).toMatchObject({ code: "40004", subCode: "NO_VALID_ARRANGEMENT" });
    const terms = ["--merchant", "2088900000000001", "--product", productCode, "--from", "2026-01-01", "--to", "2036-01-01", "--price-fen", "40"];
    await kaimen("arrangement", "set", ...terms, "--quota", "1");
    expect(await askScore(sdk, tokens.accessToken)).toMatchObject({ code: "10000", zmScore: "N/A" });
    expect(await askScore(sdk, tokens.accessToken)).toMatchObject({ code: "40004", subCode: "ARRANGEMENT_OVER_LIMIT" });
    await kaimen("arrangement", "set", ...terms);
    expect(await askScore(sdk, tokens.accessToken)).toMatchObject({ code: "10000" });
    await kaimen("arrangement", "set", ...terms, "--suspended");
    expect(await askScore(sdk, tokens.accessToken)).toMatchObject({ code: "40004", subCode: "NO_VALID_ARRANGEMENT" });
    await expect(kaimen("arrangement", "set", ...terms.slice(0, -1), "-1")).rejects.toThrow("write a whole number");
    await expect(kaimen("merchant", "add", "--id", "2088900000000001", "--name", "again")).rejects.toThrow("exists already");
  });

  it("stops cleanly when it is told to", async () => {
    const gone = once(process_, "exit");
    process_.kill("SIGTERM");
    expect((await gone)[0]).toBe(0);
  });
});

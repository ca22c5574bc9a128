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
import { settleIn } from "../support/accounts.ts";
import { recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { askScore, authoriseInBrowser, feedBack, productCode } from "../support/integrator.ts";
import { openPage, signInAt } from "../support/pages.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const server = new URL("../../dist/main.js", import.meta.url).pathname;
const command = new URL("../../dist/cli/main.js", import.meta.url).pathname;
/** Each command is a process of its own. */
const commandsLimitMs = 240_000;
const cluster = await startPostgres();

describe.skipIf(cluster === undefined)("an institution that starts with an empty database", () => {
  let directory: string;
  let process_: ChildProcess;
  let environment: Record<string, string>;
  let address: string;

  const kaimenAs = async (who: Record<string, string>, ...parameters: string[]): Promise<Record<string, string>> => {
    const { stdout } = await promisify(execFile)(globalThis.process.execPath, [command, ...parameters], {
      env: { ...clean(), ...who },
      cwd: directory,
    });
    return JSON.parse(stdout) as Record<string, string>;
  };
  const kaimen = (...parameters: string[]) => kaimenAs(environment, ...parameters);
  /** Signs in with a password that was made for somebody, and sets another, as the page asks. */
  const withOwnPassword = async (page: string, login: string, password: string) => {
    const cookie = await signInAt(address, page.replace(".htm", "Login"), { login, password });
    const { formToken, text } = await openPage(`${address}${page}`, { cookie });
    expect(text).toContain("new_password");
    const own = `the own words of ${login.length}`;
    const form = {
      form_token: formToken,
      change: "password",
      current_password: password,
      new_password: own,
      new_password_again: own,
    };
    expect((await openPage(`${address}${page}`, { cookie, form })).status).toBe(303);
    return { login, password: own };
  };
  const clean = (): Record<string, string | undefined> =>
    Object.fromEntries(
      Object.entries(globalThis.process.env).filter(([name]) => !/^(?:KAIMEN_|DATABASE_URL$)/.test(name)),
    );

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "kaimen-institution-"));
    const port = 20_000 + ((globalThis.process.pid + 7) % 20_000);
    address = `http://127.0.0.1:${port}`;
    environment = { DATABASE_URL: (await cluster?.createDatabase()) ?? "" };
    process_ = spawn(globalThis.process.execPath, [server], {
      env: {
        ...clean(),
        ...environment,
        KAIMEN_MODE: "production",
        KAIMEN_MASTER_KEY: "d".repeat(64),
        KAIMEN_PORT: String(port),
        KAIMEN_DATA: directory,
      },
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

  it(
    "comes by commands alone to a merchant that asks for the score of a person who authorised it",
    { timeout: commandsLimitMs },
    async () => {
      const operator = await kaimen("operator", "add", "--login", "chief");
      await expect(kaimen("operator", "add", "--login", "chief")).rejects.toThrow("there is an admin already");
      const other = await kaimen("operator", "add", "--login", "deputy", "--emergency");
      const tokenOf = async ({ login = "", password = "" }: Record<string, string>) =>
        (await settleIn(address, { login, password }, `a password of ${login.length} letters`)).token;
      environment = { KAIMEN_SERVER: address, KAIMEN_TOKEN: await tokenOf(operator) };
      const deputy = { KAIMEN_SERVER: address, KAIMEN_TOKEN: await tokenOf(other) };
      await kaimen("merchant", "add", "--id", "2088900000000001", "--name", "某某银行");

      const keys = await generateRsaKeys();
      const publicKeyFile = join(directory, "app.pem");
      await writeFile(publicKeyFile, keys.publicKey.export({ format: "pem", type: "spki" }));
      const app = await kaimen(
        "app",
        "add",
        "--id",
        "2021900000000001",
        "--public-key",
        publicKeyFile,
        "--merchant",
        "2088900000000001",
        "--redirect-uri",
        "https://bank.example.com/callback",
      );
      const sdk = new AlipaySdk({
        appId: "2021900000000001",
        keyType: "PKCS8",
        privateKey: exportKey(keys.privateKey, "pkcs8"),
        alipayPublicKey: app["alipay_public_key"] ?? "",
        gateway: `${address}/gateway.do`,
        timeout: 30_000,
      });

      const person = testPerson(42, "郑一");
      const added = await kaimen(
        "user",
        "add",
        "--name",
        person.name,
        "--credentials-no",
        person.credentialsNo,
        "--login",
        "zheng",
      );
      const user = await withOwnPassword("/oauth2/mine.htm", "zheng", added["password"] ?? "");
      await expect(
        kaimen("user", "add", "--name", "王二", "--credentials-no", person.credentialsNo, "--login", "wang"),
      ).rejects.toThrow("stored with another name");
      await expect(kaimen("user", "add", "--name", "x", "--credentials-no", person.credentialsNo)).rejects.toThrow(
        "--login is needed",
      );
      const rows = recentMonths(12).map((month) => recordOf(person, month));
      // Region 99 belongs to nobody: a sandbox takes it for test data, production does not.
      expect(await feedBack(sdk, { rows })).toMatchObject({ code: "40004", subCode: "INVALID_PARAMETER" });
      // The number that GB 11643 itself gives as its example.
      const mixed = [
        ...rows,
        recordOf({ name: "某人", credentialsNo: "11010519491231002X" }, recentMonths(1)[0] ?? ""),
      ];
      expect(await feedBack(sdk, { rows: mixed })).toMatchObject({ code: "40004", subCode: "INVALID_PARAMETER" });
      expect(await kaimen("app", "set", "--id", "2021900000000001", "--feedback-policy", "accept_valid")).toMatchObject(
        { feedback_policy: "accept_valid", permitted_methods: "all" },
      );
      expect(await feedBack(sdk, { rows: mixed })).toMatchObject({ code: "10000" });
      await expect(kaimen("app", "set", "--id", "2021900000000001", "--feedback-policy", "some")).rejects.toThrow(
        "feedback_policy is whole_file or accept_valid",
      );
      await expect(kaimen("app", "set", "--id", "2021900000000001", "--methods", "zhima.none")).rejects.toThrow(
        "there is no method zhima.none",
      );
      await expect(kaimen("app", "set", "--id", "nobody", "--isv", "no")).rejects.toThrow("no app nobody");

      const site = {
        authorize_url: `${address}/oauth2/publicAppAuthorize.htm`,
        app_id: "2021900000000001",
      } as SandboxFile;
      const back = await authoriseInBrowser(site, user, { redirectUri: "https://bank.example.com/callback" });
      const tokens = (await sdk.exec("alipay.system.oauth.token", {
        grant_type: "authorization_code",
        code: back.searchParams.get("auth_code") ?? "",
      })) as unknown as { accessToken: string };

      expect(await askScore(sdk, tokens.accessToken)).toMatchObject({ code: "40004", subCode: "NO_VALID_ARRANGEMENT" });
      const terms = [
        "--merchant",
        "2088900000000001",
        "--product",
        productCode,
        "--from",
        "2026-01-01",
        "--to",
        "2036-01-01",
        "--price-fen",
        "40",
      ];
      await kaimen("arrangement", "set", ...terms, "--quota", "1");
      const asked = await askScore(sdk, tokens.accessToken);
      expect(asked).toMatchObject({ code: "10000", zmScore: "N/A" });
      const correction = [
        "adjust",
        String(asked["bizNo"]),
        "--merchant",
        "2088900000000001",
        "--reason",
        "agreed by letter",
      ];
      const waits = await kaimen(...correction, "--amount-fen", "-40").catch((error: Error) => error.message);
      const [, approvalId = ""] = /kaimen approval approve (\S+)/.exec(String(waits)) ?? [];
      await expect(kaimen("approval", "approve", approvalId)).rejects.toThrow("another operator has to");
      expect(await kaimenAs(deputy, "approval", "approve", approvalId)).toMatchObject({
        answer: { adjustment_no: expect.anything() },
      });
      await expect(kaimen(...correction, "--amount-fen", "0.4")).rejects.toThrow("write a whole number");
      expect(await askScore(sdk, tokens.accessToken)).toMatchObject({
        code: "40004",
        subCode: "ARRANGEMENT_OVER_LIMIT",
      });
      await kaimen("arrangement", "set", ...terms);
      expect(await askScore(sdk, tokens.accessToken)).toMatchObject({ code: "10000" });
      await kaimen("arrangement", "set", ...terms, "--suspended");
      expect(await askScore(sdk, tokens.accessToken)).toMatchObject({ code: "40004", subCode: "NO_VALID_ARRANGEMENT" });

      await kaimen("arrangement", "set", ...terms);
      await kaimen("merchant", "suspend", "--id", "2088900000000001");
      await expect
        .poll(() => askScore(sdk, tokens.accessToken), { timeout: 10_000 })
        .toMatchObject({ code: "40006", subCode: "isv.insufficient-user-permissions" });
      await kaimen("merchant", "resume", "--id", "2088900000000001");
      await expect.poll(() => askScore(sdk, tokens.accessToken), { timeout: 10_000 }).toMatchObject({ code: "10000" });
      await kaimen("app", "set", "--id", "2021900000000001", "--methods", "zhima.data.batch.feedback");
      expect(await askScore(sdk, tokens.accessToken)).toMatchObject({
        code: "40006",
        subCode: "isv.insufficient-isv-permissions",
      });
      await kaimen("app", "set", "--id", "2021900000000001", "--methods", "all");

      const staff = await kaimen("merchant", "login", "--id", "2088900000000001", "--login", "bank-staff");
      await expect(kaimen("merchant", "login", "--id", "2088900000000001", "--login", "bank-staff")).rejects.toThrow(
        "exists already",
      );
      await expect(kaimen("merchant", "login", "--id", "none", "--login", "b")).rejects.toThrow("no merchant none");
      await withOwnPassword("/oauth2/merchantMine.htm", "bank-staff", staff["password"] ?? "");
      await expect(kaimen("arrangement", "set", ...terms.slice(0, -1), "-1")).rejects.toThrow("write a whole number");
      await expect(kaimen("merchant", "add", "--id", "2088900000000001", "--name", "again")).rejects.toThrow(
        "exists already",
      );
    },
  );

  it("stops cleanly when it is told to", async () => {
    const gone = once(process_, "exit");
    process_.kill("SIGTERM");
    expect((await gone)[0]).toBe(0);
  });
});

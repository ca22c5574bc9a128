import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDataDirectory } from "../support/embedded-data.ts";
import { askScore } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { askWithToken } from "../support/operator.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const entry = new URL("../../dist/main.js", import.meta.url).pathname;

/** A start that is expected to end by itself. */
async function failingStart(env: Record<string, string>): Promise<{ code: number | null; said: string }> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:KAIMEN_|DATABASE_URL$)/.test(name)),
  );
  const child = spawn(process.execPath, [entry], { env: { ...inherited, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "exit")) as [number | null];
  return { code, said };
}

describe("a running sandbox", () => {
  let kaimen: RunningKaimen;
  beforeAll(async () => {
    kaimen = await startKaimen({ database: "embedded" });
  });
  afterAll(() => kaimen.stop());

  it("has written a sandbox.json that only its owner may read, in a directory of the same kind", async () => {
    const path = join(kaimen.dataDirectory, "sandbox.json");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(kaimen.dataDirectory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(kaimen.dataDirectory, "master.key"))).mode & 0o777).toBe(0o600);
    const { users, operator, ...rest } = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    expect(Object.keys(rest).toSorted()).toEqual(
      expect.arrayContaining([
        "alipay_public_key",
        "app_id",
        "app_private_key_pkcs1",
        "app_private_key_pkcs8",
        "app_public_key",
        "authorize_url",
        "console_url",
        "encrypt_key",
        "gateway_url",
        "merchant_id",
      ]),
    );
    expect(Object.keys(operator as object)).toEqual(["login", "password", "token"]);
    for (const user of users as object[]) {
      expect(Object.keys(user).toSorted()).toEqual([
        "access_token",
        "credentials_no",
        "credentials_type",
        "login",
        "name",
        "password",
        "score",
        "user_id",
      ]);
    }
  });

  it("prints a banner that names the gateway, the app and every person, and no key or password", () => {
    expect(kaimen.output()).toContain(kaimen.sandbox.gateway_url);
    expect(kaimen.output()).toContain(kaimen.sandbox.app_id);
    for (const user of kaimen.sandbox.users) {
      expect(kaimen.output()).toContain(user.login);
      expect(kaimen.output()).not.toContain(user.password);
    }
    expect(kaimen.output()).not.toContain(kaimen.sandbox.app_private_key_pkcs8.slice(0, 40));
  });

  it("keeps a second start out of its data directory, saying whose it is", async () => {
    const { code, said } = await failingStart({ KAIMEN_DATA: kaimen.dataDirectory, KAIMEN_PORT: "0" });
    expect(code).toBe(1);
    expect(said).toContain(`in use by process ${kaimen.process.pid}`);
    expect(said).toContain("KAIMEN_DATA");
    expect(said).not.toContain("    at ");
    expect(await askScore(officialSdk(kaimen.sandbox), kaimen.sandbox.users[0]?.access_token ?? "")).toMatchObject({
      code: "10000",
    });
  });

  it("answers /health/live, /health/ready and /metrics, and 404 elsewhere", async () => {
    const get = async (path: string) => fetch(new URL(path, kaimen.sandbox.gateway_url));
    expect((await get("/health/live")).status).toBe(200);
    expect(await (await get("/health/ready")).json()).toEqual({ status: "ready" });
    expect(await (await get("/metrics")).text()).toContain("kaimen_gateway_calls_total");
    expect((await get("/gateway.do2")).status).toBe(404);
  });

  it("adds a test user for its operator only, and refuses an identity number that is none", async () => {
    const add = (users: unknown, token = kaimen.sandbox.operator.token) =>
      askWithToken(kaimen.sandbox, token, "POST /api/sandbox/users", { users });
    const { name, credentials_no: credentialsNo } = userByLogin(kaimen.sandbox, "average");
    const person = { name, credentialsNo };
    expect((await add([person], "kaimen_nobodys-token-of-this-sandbox")).status).toBe(401);
    expect((await add([{ ...person, credentialsNo: "1" }])).status).toBe(400);
    expect((await add([{ ...person, name: "周测试" }])).status).toBe(400);
    expect((await add([])).status).toBe(400);
    const { users } = (await add([person])).answer as { users: { accessToken: string }[] }; // What the route gives.
    const reply = await askScore(officialSdk(kaimen.sandbox), users[0]?.accessToken ?? "");
    expect(reply).toMatchObject({ code: "10000", zmScore: userByLogin(kaimen.sandbox, "average").score });
  });

  it("makes the operator's token anew at each start, and ends the one before", { timeout: 120_000 }, async () => {
    const first = await startKaimen({ database: "embedded" });
    await first.end("SIGTERM");
    const second = await startKaimen({ dataDirectory: first.dataDirectory });
    const { token } = second.sandbox.operator;
    expect(token).toMatch(/^kaimen_[\w-]{43}$/);
    expect(token).not.toBe(first.sandbox.operator.token);
    const who = async (secret: string) => (await askWithToken(second.sandbox, secret, "GET /api/session")).status;
    expect([await who(first.sandbox.operator.token), await who(token)]).toEqual([401, 200]);
    expect(second.output()).not.toContain(token);
    // Also ten years on, as far as the sandbox's clock may be put forward.
    const years = await askWithToken(second.sandbox, token, "POST /api/sandbox/clock", { advanceS: 315_359_000 });
    expect(years.status).toBe(200);
    expect(await who(token)).toBe(200);
    await second.stop();
  });
});

describe("a start", () => {
  let blocker: Server;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "kaimen-start-"));
    blocker = createServer();
    // Taken by somebody else already is as good as taken by us.
    blocker.on("error", () => undefined);
    blocker.listen(8_080, "127.0.0.1");
    await delay(100);
  });
  afterAll(async () => {
    blocker.close();
    await rm(directory, { recursive: true, force: true });
  });

  it("without KAIMEN_PORT takes the next free port when 8080 is busy", async () => {
    const kaimen = await startKaimen({ database: "embedded", env: { KAIMEN_PORT: "" } });
    const port = Number(new URL(kaimen.sandbox.gateway_url).port);
    expect(port).toBeGreaterThan(8_080);
    expect(port).toBeLessThan(8_180);
    await kaimen.stop();
  });

  it("with a busy KAIMEN_PORT ends with advice and no stack", async () => {
    const { code, said } = await failingStart({ KAIMEN_PORT: "8080", KAIMEN_DATA: join(directory, "busy") });
    expect(code).toBe(1);
    expect(said).toContain("KAIMEN_PORT");
    expect(said).not.toContain("    at ");
  });

  it.each([
    ["a mode it does not know", { KAIMEN_MODE: "test" }, "sandbox, production"],
    ["production without a database", { KAIMEN_MODE: "production" }, "DATABASE_URL"],
    [
      "production without a master key",
      { KAIMEN_MODE: "production", DATABASE_URL: "postgresql://127.0.0.1/none" },
      "KAIMEN_MASTER_KEY",
    ],
    ["a master key that is none", { KAIMEN_MASTER_KEY: "secret" }, "openssl rand -hex 32"],
    ["a month that is none", { KAIMEN_AS_OF: "2026-13" }, "yyyy-MM"],
  ])("refuses %s", async (_, env, says) => {
    const { code, said } = await failingStart({
      KAIMEN_DATA: join(directory, "refused"),
      ...(env as Record<string, string>),
    });
    expect(code).toBe(1);
    expect(said).toContain(says);
    expect(said).not.toContain("secret\n");
  });

  it("under another master key refuses the database rather than write under a wrong one", async () => {
    // Not one that was seeded under a key of its own.
    const { path: dataDirectory } = await freshDataDirectory();
    const kaimen = await startKaimen({ dataDirectory, env: { KAIMEN_MASTER_KEY: "a".repeat(64) } });
    await kaimen.end("SIGTERM");
    const { code, said } = await failingStart({
      KAIMEN_DATA: kaimen.dataDirectory,
      KAIMEN_PORT: "0",
      KAIMEN_MASTER_KEY: "b".repeat(64),
    });
    expect(code).toBe(1);
    expect(said).toContain("the master key does not fit");
    await kaimen.stop();
  });

  it("warns of a setting that it does not know", async () => {
    const kaimen = await startKaimen({ database: "embedded", env: { KAIMEN_PROT: "1" } });
    expect(kaimen.log()).toContain("KAIMEN_PROT");
    await kaimen.stop();
  });
});

describe("a stop", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "by %s answers what is under way, takes nothing more and exits with 0",
    async (signal) => {
      const kaimen = await startKaimen({ database: "embedded" });
      const sdk = officialSdk(kaimen.sandbox);
      const asked = Array.from({ length: 40 }, () =>
        askScore(sdk, kaimen.sandbox.users[0]?.access_token ?? "").then(
          ({ code }) => code,
          () => "connection",
        ),
      );
      await delay(10);
      const code = await kaimen.end(signal);
      const answers = await Promise.all(asked);
      expect(code).toBe(0);
      // Each was answered or never taken: none was taken and dropped, which would be a fault of ours.
      expect(answers.filter((each) => each !== "10000" && each !== "connection")).toEqual([]);
      expect(kaimen.log()).not.toContain('"level":50');
      await rm(kaimen.dataDirectory, { recursive: true, force: true });
    },
  );

  it("by a second signal ends at once, though a request hangs", async () => {
    const kaimen = await startKaimen({ database: "embedded" });
    const { hostname, port } = new URL(kaimen.sandbox.gateway_url);
    const { Socket } = await import("node:net");
    const hanging = new Socket().connect(Number(port), hostname);
    hanging.on("error", () => undefined);
    hanging.write("POST /gateway.do HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx");
    await delay(200);
    kaimen.process.kill("SIGINT");
    await delay(300);
    expect(kaimen.process.exitCode).toBeNull();
    expect(await kaimen.end("SIGINT")).toBe(1);
    hanging.destroy();
    await rm(kaimen.dataDirectory, { recursive: true, force: true });
  });
});

const cluster = await startPostgres();
describe.skipIf(cluster === undefined)("production", () => {
  afterAll(() => cluster?.stop());

  it("seeds nothing, writes no sandbox.json and has no sandbox powers", async () => {
    const url = (await cluster?.createDatabase()) ?? "";
    const directory = await mkdtemp(join(tmpdir(), "kaimen-production-"));
    const port = 20_000 + (process.pid % 20_000);
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("KAIMEN_")));
    const child = spawn(process.execPath, [entry], {
      env: {
        ...inherited,
        KAIMEN_MODE: "production",
        DATABASE_URL: url,
        KAIMEN_MASTER_KEY: "c".repeat(64),
        KAIMEN_PORT: String(port),
        KAIMEN_DATA: directory,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let log = "";
    child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
    for (let waited = 0; !log.includes('"msg":"ready"') && waited < 30_000; waited += 50) await delay(50);
    await expect(stat(join(directory, "sandbox.json"))).rejects.toThrow("ENOENT");
    const post = async (path: string) =>
      (
        await fetch(`http://127.0.0.1:${port}${path}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: "{}",
        })
      ).status;
    expect(await post("/api/sandbox/users")).toBe(404);
    expect(await post("/api/apps")).toBe(401);
    const unknownApp = await (
      await fetch(`http://127.0.0.1:${port}/gateway.do?app_id=1&method=zhima.credit.score.get`)
    ).text();
    expect(unknownApp).toContain("isv.invalid-app-id");
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    expect((await gone)[0]).toBe(0);
    await rm(directory, { recursive: true, force: true });
  });
});

import { AlipaySdk } from "alipay-sdk";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const readyLimitMs = 180_000;
const stopLimitMs = 30_000;
const outputShown = 4_000;

interface Sandbox {
  gateway_url: string;
  app_id: string;
  app_private_key_pkcs8: string;
  alipay_public_key: string;
  users: { access_token: string; score: string }[];
}

interface Started {
  child: ChildProcess;
  /** Resolves when nobody holds the output any more. */
  gone: Promise<unknown>;
  origin: string;
  tookMs: number;
  output: () => string;
}

let folder: string;
let clone: string;
let isGitClone: boolean;
let dataFolder: string;
const running = new Set<ChildProcess>();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kaimen-fresh-clone-"));
  clone = join(folder, "kaimen");
  dataFolder = join(folder, "data");
  isGitClone = hasCleanHead();
  if (isGitClone) git(folder, ["clone", "--quiet", "--no-hardlinks", checkout, clone]);
  else copyWhatStands();
});

afterAll(async () => {
  for (const child of running) if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

test(
  "npm start on a fresh clone installs, builds and answers a signed inquiry of the official SDK",
  { timeout: 420_000 },
  async () => {
    const first = await start();
    const sandbox = JSON.parse(readFileSync(join(dataFolder, "sandbox.json"), "utf8")) as Sandbox; // The contract of sandbox.json.
    expect(sandbox.gateway_url.startsWith(first.origin)).toBe(true);
    const user = sandbox.users[0];
    if (user === undefined) throw new Error("sandbox.json names no user");

    const sdk = new AlipaySdk({
      appId: sandbox.app_id,
      privateKey: sandbox.app_private_key_pkcs8,
      keyType: "PKCS8",
      alipayPublicKey: sandbox.alipay_public_key,
      gateway: sandbox.gateway_url,
      camelcase: false,
      timeout: 30_000,
    });
    const reply = await sdk.exec(
      "zhima.credit.score.get",
      {
        auth_token: user.access_token,
        bizContent: { transaction_id: `fresh_${Date.now()}`, product_code: "w1010100100000000001" },
      },
      { validateSign: true },
    );
    expect(reply).toMatchObject({ code: "10000", zm_score: user.score });
    await stop(first, "SIGINT", "group");
    expect(first.output()).toContain('"msg":"stopping');

    const second = await start();
    console.info(
      `ready after ${seconds(first.tookMs)} s on a fresh clone, after ${seconds(second.tookMs)} s the second time`,
    );
    await stop(second, "SIGTERM", "npm");
    expect(second.output()).toContain('"msg":"stopping');
    if (isGitClone) expect(git(clone, ["status", "--porcelain"])).toBe("");
  },
);

/** Resolves when the server says that it is ready. */
async function start(): Promise<Started> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const child = spawn("npm", ["start"], {
    cwd: clone,
    env: { ...plainEnvironment(), KAIMEN_PORT: String(port), KAIMEN_DATA: dataFolder },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  running.add(child);
  const gone = once(child, "close");
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-outputShown)));
  }
  while (!(await isReady(origin))) {
    const waitedMs = performance.now() - startedAt;
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`npm start ended with ${child.exitCode}:\n${output}`);
    if (waitedMs > readyLimitMs) throw new Error(`not ready after ${seconds(waitedMs)} s:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { child, gone, origin, tookMs: performance.now() - startedAt, output: () => output };
}

async function isReady(origin: string): Promise<boolean> {
  try {
    const { status } = await fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(5_000) });
    return status === 200;
  } catch {
    return false; // Nobody listens yet.
  }
}

/**
 * Sends a signal as a terminal does, to npm with all that it started, or as a program does that knows npm alone. Resolves when
 * everybody who could write to the output has ended, the server among them.
 */
async function stop(
  { child, gone }: Pick<Started, "child" | "gone">,
  signal: NodeJS.Signals,
  to: "group" | "npm",
): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  process.kill(to === "group" ? -pid : pid, signal);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still there ${seconds(stopLimitMs)} s after ${signal}`)), stopLimitMs);
  });
  await Promise.race([gone, late]).finally(() => clearTimeout(timer));
  running.delete(child);
}

/** As in a terminal of one's own: what npm and vitest set for this process must not reach the clone. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const inherited =
    /^(?:npm_(?!config_(?:cache|registry|https?_proxy|proxy|noproxy|cafile|userconfig)$)|VITEST|KAIMEN_)|^(?:INIT_CWD|NODE_ENV|NODE_OPTIONS|DATABASE_URL|TEST|MODE|DEV|PROD|SSR|BASE_URL|UV_THREADPOOL_SIZE)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !inherited.test(name)));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a listening TCP server has an address");
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}

function hasCleanHead(): boolean {
  try {
    git(checkout, ["rev-parse", "--verify", "--quiet", "HEAD"]);
    return git(checkout, ["status", "--porcelain"]) === "";
  } catch {
    return false; // No commit yet, or an unpacked archive.
  }
}

/** Uncommitted work is what there is to test: everything git tracks or would track. */
function copyWhatStands(): void {
  const paths = git(checkout, ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).split("\0");
  for (const path of new Set(paths)) {
    if (path === "" || !existsSync(join(checkout, path))) continue;
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    cpSync(join(checkout, path), join(clone, path));
  }
}

function git(cwd: string, args: string[]): string {
  return execFileSync("git", args, { cwd, encoding: "utf8" });
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(1);
}

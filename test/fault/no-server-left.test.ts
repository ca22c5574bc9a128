import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

/** Test runs of their own, which go wrong: what they started is looked for among all the machine's processes. */
const checkout = fileURLToPath(new URL("../../", import.meta.url));
const vitest = join(checkout, "node_modules/vitest/vitest.mjs");
const startLimitMs = 90_000;
const endLimitMs = 30_000;
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const starts = `
import { writeFileSync } from "node:fs";
import { startKaimen } from ${JSON.stringify(join(checkout, "test/support/kaimen.ts"))};
import { startPostgres } from ${JSON.stringify(join(checkout, "test/support/postgres-cluster.ts"))};
const start = async () => {
  const cluster = await startPostgres();
  await startKaimen(cluster === undefined ? {} : { env: { DATABASE_URL: await cluster.createDatabase() } });
  writeFileSync(process.env.TMPDIR + "/started", String(process.pid));
};
`;

interface Run {
  readonly mark: string;
  readonly folder: string;
  readonly runner: ChildProcess;
  readonly output: () => string;
}

/** Runs a test file that starts servers and never stops them; they know the mark, or lie in the folder. */
function run(body: string): Run {
  const folder = mkdtempSync(join(tmpdir(), "left-"));
  folders.push(folder);
  chmodSync(folder, 0o755); // PostgreSQL runs as a user of its own where we are root.
  mkdirSync(join(folder, "test"));
  writeFileSync(join(folder, "test/wrong.test.ts"), starts + body);
  const mark = `LEFT_BEHIND_${randomUUID()}`;
  const env = { ...process.env, LEFT_BEHIND: mark, TMPDIR: folder };
  const runner = spawn(
    process.execPath,
    [
      vitest,
      "run",
      "--config",
      join(checkout, "vitest.config.ts"),
      "--dir",
      folder,
      "--globals",
      `--testTimeout=${startLimitMs}`,
      `--hookTimeout=${startLimitMs}`,
    ],
    { env, cwd: checkout, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [runner.stdout, runner.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return { mark, folder, runner, output: () => output };
}

/** The command lines of whatever is left of a run. */
function leftOf({ mark, folder }: Run): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
        const isOurs = command.includes(folder) || readFileSync(`/proc/${pid}/environ`, "latin1").includes(mark);
        return isOurs && command !== "" ? [`${pid} ${command.slice(0, 200)}`] : [];
      } catch {
        return []; // Gone meanwhile, or nobody's that we could have started.
      }
    });
}

async function untilStarted(each: Run): Promise<number> {
  for (const deadline = Date.now() + startLimitMs; ; await delay(100)) {
    const told = join(each.folder, "started");
    const worker = existsSync(told) ? readFileSync(told, "utf8") : "";
    if (worker !== "") return Number(worker);
    if (Date.now() > deadline || each.runner.exitCode !== null)
      throw new Error(`nothing was started: ${each.output()}`);
  }
}

async function expectNothingLeft(each: Run): Promise<void> {
  for (const deadline = Date.now() + endLimitMs; leftOf(each).length > 0; await delay(100)) {
    if (Date.now() > deadline) break;
  }
  const left = leftOf(each);
  for (const line of left) process.kill(Number(line.split(" ")[0]), "SIGKILL"); // So that this test leaves nothing either.
  expect(left).toEqual([]);
}

describe.skipIf(process.platform !== "linux")(
  "no server is left behind by a test file",
  { timeout: 2 * startLimitMs + endLimitMs },
  () => {
    it.each([
      [
        "whose beforeAll fails after it has started one",
        `beforeAll(async () => { await start(); throw new Error("wrong"); });\ntest("never", () => {});`,
      ],
      [
        "whose test runs out of time",
        `beforeAll(start);\ntest("hangs", async () => { await new Promise(() => {}); }, 500);`,
      ],
    ])("%s", async (_, body) => {
      const each = run(body);
      await untilStarted(each);
      if (each.runner.exitCode === null) await once(each.runner, "exit");
      expect(each.runner.exitCode, each.output()).toBe(1);
      await expectNothingLeft(each);
    });

    it.each([
      ["whose process is killed", (worker: number) => worker],
      ["whose runner is killed", (_: number, runner: number) => runner],
    ])("%s", async (_, victimOf) => {
      const each = run(`test("waits", async () => { await start(); await new Promise(() => {}); }, 600_000);`);
      const worker = await untilStarted(each);
      expect(leftOf(each).length).toBeGreaterThan(2);
      process.kill(victimOf(worker, each.runner.pid ?? 0), "SIGKILL");
      if (each.runner.exitCode === null && each.runner.signalCode === null) await once(each.runner, "exit");
      await expectNothingLeft(each);
    });
  },
);

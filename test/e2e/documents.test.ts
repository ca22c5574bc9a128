import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askScore, authoriseInBrowser } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";

const run = promisify(execFile);
const checkout = fileURLToPath(new URL("../..", import.meta.url));
/** What other tests run: the sandbox itself is started by each of them, and on a bare clone by fresh-clone.test.ts. */
const startsAndTests = /^npm (?:start|test)\b.*$/gm;
const commandsLimitMs = 120_000;

interface Block {
  readonly language: string;
  readonly code: string;
}

async function blocksOf(page: string): Promise<Block[]> {
  const text = await readFile(join(checkout, page), "utf8");
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = "", code = ""]) => ({ language, code }));
}

describe("every command and program of the first pages does what it says", () => {
  let kaimen: RunningKaimen;
  /** As a checkout is after `npm start`: the packages, the command, and `.kaimen` of the sandbox that runs. */
  let folder: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kaimen-documents-"));
    kaimen = await startKaimen({ database: "embedded" });
    await symlink(kaimen.dataDirectory, join(folder, ".kaimen"));
    await symlink(join(checkout, "node_modules"), join(folder, "node_modules"));
    await mkdir(join(folder, "bin"));
    // Elsewhere npx would ask the registry for a package of this name; in the checkout it starts the checkout's own.
    await writeFile(
      join(folder, "bin", "npx"),
      `#!/bin/sh\n[ "$1" = kaimen ] || exit 1\nshift\nexec "${process.execPath}" "${join(checkout, "dist/cli/main.js")}" "$@"\n`,
    );
    await chmod(join(folder, "bin", "npx"), 0o755);
    const plain = Object.entries(process.env).filter(
      ([name]) => !/^(?:KAIMEN_|DATABASE_URL$|NODE_OPTIONS$)/.test(name),
    );
    env = { ...Object.fromEntries(plain), PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}` };
  });
  afterAll(async () => {
    await kaimen.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const pages = ["README.md", "docs/getting-started.md"];

  it.each(pages)("in a shell: %s", { timeout: commandsLimitMs }, async (page) => {
    const commands = (await blocksOf(page))
      .filter(({ language }) => language === "sh")
      .map(({ code }) => code.replaceAll(startsAndTests, ""));
    expect(commands.length).toBeGreaterThan(1);
    for (const code of commands) {
      const { stdout, stderr } = await run("/bin/sh", ["-euc", code], { cwd: folder, env });
      expect(stderr, code).toBe("");
      if (code.includes("zhima.credit.score.get")) expect(stdout).toContain('"10000"');
    }
  });

  it.each(pages)("as a program: %s", { timeout: commandsLimitMs }, async (page) => {
    const programs = (await blocksOf(page)).filter(({ language }) => language === "js");
    expect(programs.length).toBeGreaterThan(0);
    const back = await authoriseInBrowser(kaimen.sandbox, userByLogin(kaimen.sandbox, "average"));
    // The blocks of a page go on from each other; the code of the last one came back from the authorise page.
    const code = [
      `const authCode = ${JSON.stringify(back.searchParams.get("auth_code"))};`,
      ...programs.map((each) => each.code),
    ].join("\n");
    await writeFile(
      join(folder, "program.mjs"),
      `${code}\nif (typeof tokens !== "undefined") console.log(tokens.accessToken);\n`,
    );
    const scoreNow = async (): Promise<string> => {
      const { zmScore } = await askScore(officialSdk(kaimen.sandbox), kaimen.sandbox.users[0]?.access_token ?? "");
      return `zmScore: '${String(zmScore)}'`;
    };
    const before = await scoreNow();
    const { stdout } = await run(process.execPath, ["program.mjs"], { cwd: folder, env });
    expect(stdout).toContain("code: '10000'");
    // On the last day of a month the page's clock goes on to the next, and at some moment the score with it.
    expect(
      [before, await scoreNow()].some((score) => stdout.includes(score)),
      stdout,
    ).toBe(true);
    expect(stdout).not.toMatch(/code: '(?!10000)/);
    if (page !== "README.md") expect(stdout).toMatch(/^authzmaB[0-9a-f]{32}$/m);
  });
});

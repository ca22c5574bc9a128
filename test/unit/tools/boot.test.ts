import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { closingLine } from "../../../tools/boot/test.mjs";
import { isInstalled } from "../../../tools/boot/installed-packages.mjs";
import { fixtureTree } from "./fixture-tree.ts";

const checkout = fileURLToPath(new URL("../../..", import.meta.url));

/** A server that says which signals it got, and takes its time to stop. */
const server = `
const timer = setInterval(() => {}, 1_000);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    process.stdout.write("got " + signal + "\\n");
    if (process.argv[2] !== "stubborn") setTimeout(() => { clearInterval(timer); process.exitCode = 7; }, 500);
  });
}
process.stdout.write("up " + String(process.env["UV_THREADPOOL_SIZE"]) + "\\n");
`;

/** A checkout with this repository's boot and compiler, and its own source. */
function smallCheckout(source: Record<string, string>): string {
  const root = fixtureTree({
    "package.json": JSON.stringify({ type: "module", devDependencies: { typescript: "7.0.2" } }),
    "package-lock.json": JSON.stringify({ packages: { "": { devDependencies: { typescript: "7.0.2" } } } }),
    "node_modules/.package-lock.json": JSON.stringify({ packages: {} }),
    ...source,
  });
  for (const path of ["tools", "tsconfig.json", "tsconfig.build.json"])
    cpSync(join(checkout, path), join(root, path), { recursive: true });
  for (const name of ["typescript", "@typescript", "@types", "undici-types"]) {
    symlinkSync(join(checkout, "node_modules", name), join(root, "node_modules", name));
  }
  return root;
}

interface Running {
  child: ChildProcess;
  output: () => string;
  until: (text: string) => Promise<void>;
  ended: Promise<number | null>;
}

function boot(root: string, ...args: string[]): Running {
  const child = spawn(process.execPath, [join(root, "tools/boot.mjs"), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const until = async (text: string): Promise<void> => {
    while (!output.includes(text)) {
      if (child.exitCode !== null) throw new Error(`ended without "${text}": ${output}`);
      await pause(10);
    }
  };
  return { child, output: () => output, until, ended };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

test("start passes one signal on, exactly once, and ends with the child's exit code", async () => {
  const { child, output, until, ended } = boot(smallCheckout({ "src/main.ts": server }), "start");
  await until("up ");
  child.kill("SIGINT");
  child.kill("SIGINT"); // As npm does: the terminal's Ctrl-C reaches boot directly and through npm.
  expect(await ended).toBe(7);
  expect(output().match(/got SIGINT/g)).toHaveLength(1);
});

test("a second signal ends a server that does not stop", async () => {
  const { child, until, ended } = boot(smallCheckout({ "src/main.ts": server }), "start", "stubborn");
  await until("up ");
  child.kill("SIGTERM");
  await until("got SIGTERM");
  await pause(400);
  child.kill("SIGTERM");
  expect(await ended).toBe(137);
});

test("a build is skipped while nothing changed, and follows what is added, removed or lost", async () => {
  const root = smallCheckout({
    "src/a.ts": "export const a = 1;",
    "src/store/b.ts": "export const b = 2;",
    "src/store/c.sql": "select 1",
    "src/store/README.md": "What is here.",
  });
  const first = boot(root, "build");
  expect(await first.ended, first.output()).toBe(0);
  expect(first.output()).toMatch(/^built in \d+\.\d s\n$/);
  expect(readFileSync(join(root, "dist/store/c.sql"), "utf8")).toBe("select 1");

  const second = boot(root, "build");
  await second.ended;
  expect(second.output()).toBe("");

  rmSync(join(root, "src/store"), { recursive: true });
  await boot(root, "build").ended;
  expect(existsSync(join(root, "dist/store"))).toBe(false);

  rmSync(join(root, "dist/a.js"));
  await boot(root, "build").ended;
  expect(existsSync(join(root, "dist/a.js"))).toBe(true);
});

test("a build that failed is not taken as done", async () => {
  const root = smallCheckout({ "src/a.ts": "export const a: number = 'text';" });
  for (const attempt of [1, 2]) {
    const { output, ended } = boot(root, "build");
    expect(await ended, `attempt ${attempt}`).toBe(1);
    expect(output()).toContain("The build failed");
  }
});

test("two builds at once: one works, the other waits and finds it done", async () => {
  const root = smallCheckout({ "src/a.ts": "export const a = 1;" });
  const both = [boot(root, "build"), boot(root, "build")];
  expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0]);
  expect(
    both
      .map(({ output }) => output())
      .join("")
      .match(/^built in/gm),
  ).toHaveLength(1);
  expect(existsSync(join(root, ".boot.lock"))).toBe(false);
});

test("the lock of a process that is gone is taken over", async () => {
  const root = smallCheckout({ "src/a.ts": "export const a = 1;" });
  const gone = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => gone.once("exit", resolve));
  writeFileSync(join(root, ".boot.lock"), JSON.stringify({ pid: gone.pid, host: hostname() }));
  const { output, ended } = boot(root, "build");
  expect(await ended, output()).toBe(0);
});

test("an unknown command is refused with the names of the known ones", async () => {
  const { output, ended } = boot(smallCheckout({}), "strat");
  expect(await ended).toBe(2);
  expect(output()).toContain("start, test, bench, build, check, format, derive");
});

test("what is installed counts only when it is all that the lock asks for", () => {
  const entry = { version: "1.0.0", integrity: "sha512-0" };
  const tree = (present: Record<string, unknown>): string =>
    fixtureTree({
      "package.json": JSON.stringify({ dependencies: { a: "1.0.0" } }),
      "package-lock.json": JSON.stringify({
        packages: {
          "": { dependencies: { a: "1.0.0" } },
          "node_modules/a": entry,
          "node_modules/b": { ...entry, optional: true },
        },
      }),
      "node_modules/.package-lock.json": JSON.stringify({ packages: present }),
      "node_modules/a/package.json": "{}",
    });
  expect(isInstalled(tree({ "node_modules/a": entry }))).toBe(true);
  expect(isInstalled(tree({}))).toBe(false);
  expect(isInstalled(tree({ "node_modules/a": { ...entry, version: "1.0.1" } }))).toBe(false);
  expect(isInstalled(tree({ "node_modules/a": entry, "node_modules/c": entry }))).toBe(false);
});

test("the closing line names the skipped only when there are some", () => {
  expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
  expect(closingLine({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
});

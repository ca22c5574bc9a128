import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

export interface Bench {
  /** A quick run, for the tests: it shows that the benchmark works, and its numbers mean little. */
  readonly small: boolean;
  /** The values of the benchmark's own options, by name. */
  readonly options: Readonly<Record<string, string | undefined>>;
  /** Runs when the benchmark ends, however it ends; the last one added runs first. */
  atEnd(stop: () => Promise<void>): void;
  say(line: string): void;
}

export type Result = Readonly<Record<string, string | number | boolean>>;

/** What ends takes longer only if something hangs; then it is left to end by itself with this process. */
const endingLimitMs = 20_000;

/**
 * Runs one benchmark with the arguments `[--small] [--out FILE]` and its own, each of which takes a value; one that has
 * `out` for its own writes that file itself. Whatever it started is stopped, also on a signal and
 * after `limitMs`; then its result is the last line on standard output, one JSON object.
 */
export async function runBenchmark(
  name: string,
  limitMs: number,
  measure: (bench: Bench) => Promise<Result>,
  ownOptions: readonly string[] = [],
): Promise<void> {
  const own = Object.fromEntries(ownOptions.map((option) => [option, { type: "string" as const }]));
  const { values } = parseArgs({
    options: { ...own, small: { type: "boolean", default: false }, out: { type: "string" } },
  });
  const given: Record<string, string | boolean | undefined> = values;
  const stops: (() => Promise<void>)[] = [];
  let ending: Promise<void> | undefined;
  const end = (): Promise<void> => (ending ??= within(endingLimitMs, stopAll(stops)));
  const giveUp = (why: string, code: number): void => {
    process.stderr.write(`${name}: ${why}\n`);
    if (ending !== undefined) process.exit(code); // Asked for the second time, or by something that already failed.
    void end().finally(() => process.exit(code));
  };
  process.on("SIGINT", () => giveUp("interrupted", 130));
  process.on("SIGTERM", () => giveUp("terminated", 143));
  process.on("SIGHUP", () => giveUp("hung up", 129));
  setTimeout(() => giveUp(`not done after ${limitMs / 1_000} s`, 1), limitMs).unref();

  let result: Result;
  try {
    result = await measure({
      small: values.small,
      options: Object.fromEntries(ownOptions.map((option) => [option, given[option]?.toString()])),
      atEnd: (stop) => stops.push(stop),
      say: (line) => process.stdout.write(`${line}\n`),
    });
  } catch (error) {
    giveUp(error instanceof Error ? (error.stack ?? error.message) : String(error), 1);
    return;
  }
  await end();
  const line = JSON.stringify({ bench: name, ...result, small: values.small });
  if (values.out !== undefined && !ownOptions.includes("out"))
    await writeFile(fromWhereCalled(values.out), `${line}\n`);
  process.stdout.write(`${line}\n`, () => process.exit(0));
}

/** npm changes to the package's folder; a relative file is meant from where npm was called. */
export function fromWhereCalled(path: string): string {
  return resolve(process.env["INIT_CWD"] ?? ".", path);
}

async function stopAll(stops: (() => Promise<void>)[]): Promise<void> {
  for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
    await stop().catch((error: unknown) => process.stderr.write(`while stopping: ${String(error)}\n`));
  }
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((settle) => (timer = setTimeout(settle, limitMs)));
  await Promise.race([work, late]);
  clearTimeout(timer);
}

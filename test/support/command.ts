import { execFile } from "node:child_process";
import type { RunningKaimen } from "./kaimen.ts";

const command = new URL("../../dist/cli/main.js", import.meta.url).pathname;

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `kaimen …` beside a running sandbox, as somebody in its directory would; with settings of the environment where some are given. */
export function runCommand(
  kaimen: Pick<RunningKaimen, "dataDirectory">,
  ...parameters: readonly string[] | [settings: Readonly<Record<string, string>>, ...parameters: readonly string[]]
): Promise<CommandResult> {
  const [first, ...others] = parameters;
  const [settings, words] = typeof first === "object" ? [first, others] : [{}, parameters];
  return runWithInput(kaimen, { settings, input: "" }, words as readonly string[]); // But for the settings all are text.
}

/** The same with lines on its standard input, as a script gives secrets. */
export function runWithInput(
  kaimen: Pick<RunningKaimen, "dataDirectory">,
  { settings, input }: { readonly settings: Readonly<Record<string, string>>; readonly input: string },
  parameters: readonly string[],
): Promise<CommandResult> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:KAIMEN_|DATABASE_URL$)/.test(name)),
  );
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [command, ...parameters],
      { env: { ...env, KAIMEN_DATA: kaimen.dataDirectory, ...settings } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
    child.stdin?.end(input);
  });
}

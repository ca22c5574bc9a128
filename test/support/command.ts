import { execFile } from "node:child_process";
import type { RunningKaimen } from "./kaimen.ts";

const command = new URL("../../dist/cli/main.js", import.meta.url).pathname;

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `kaimen …` beside a running sandbox, as somebody in its directory would. */
export function runCommand(
  kaimen: Pick<RunningKaimen, "dataDirectory">,
  ...parameters: string[]
): Promise<CommandResult> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:KAIMEN_|DATABASE_URL$)/.test(name)),
  );
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [command, ...parameters],
      { env: { ...env, KAIMEN_DATA: kaimen.dataDirectory } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

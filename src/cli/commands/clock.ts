import type { Command } from "commander";
import { CommandError } from "../command-error.ts";
import { askOperatorApi, readSandbox } from "../access/running-sandbox.ts";

export function addClockCommand(program: Command): void {
  program
    .command("clock")
    .description("tell the running sandbox's time, or put it forward; it never goes back")
    .option("--advance <seconds>", "by so many seconds")
    .option("--to <time>", "to yyyy-MM-dd HH:mm:ss in Beijing")
    .action(async (options: { advance?: string; to?: string }) => {
      const seconds = options.advance === undefined ? undefined : Number(options.advance);
      if (Number.isNaN(seconds)) throw new CommandError(`--advance is "${options.advance}"; write a number of seconds`);
      const answer = await askOperatorApi(await readSandbox(), "/api/sandbox/clock", {
        advance_s: seconds,
        now: options.to,
      });
      process.stdout.write(`${JSON.stringify(answer)}\n`);
    });
}

import type { Command } from "commander";
import { ask } from "../access/ask.ts";
import { readServer } from "../access/server.ts";
import { CommandError } from "../command-error.ts";
import { printJson } from "../print.ts";

export function addClockCommand(program: Command): void {
  program
    .command("clock")
    .description("tell the running sandbox's time, or put it forward; it never goes back")
    .option("--advance <seconds>", "by so many seconds")
    .option("--to <time>", "to yyyy-MM-dd HH:mm:ss in Beijing")
    .action(async (options: { advance?: string; to?: string }) => {
      const seconds = options.advance === undefined ? undefined : Number(options.advance);
      if (Number.isNaN(seconds)) throw new CommandError(`--advance is "${options.advance}"; write a number of seconds`);
      const server = await readServer();
      const isSet = seconds !== undefined || options.to !== undefined;
      printJson(
        isSet
          ? await ask(server, "POST /api/sandbox/clock", {
              body: {
                ...(seconds === undefined ? {} : { advanceS: seconds }),
                ...(options.to === undefined ? {} : { now: options.to }),
              },
            })
          : await ask(server, "GET /api/sandbox/clock", {}),
      );
    });
}

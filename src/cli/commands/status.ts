import type { Command } from "commander";
import { reach } from "../access/reach.ts";
import { readSandbox } from "../access/running-sandbox.ts";

export function addStatusCommand(program: Command): void {
  program
    .command("status")
    .description("say where the running sandbox is and what it needs to be called")
    .option("--json", "print the whole of sandbox.json")
    .action(async (options: { json?: true }) => {
      const sandbox = await readSandbox();
      const ready = await reach(new URL("/health/ready", sandbox.gateway_url));
      if (options.json === true) {
        process.stdout.write(`${JSON.stringify(sandbox, undefined, 2)}\n`);
      } else {
        process.stdout.write(`${ready.ok ? "ready" : "not ready"}  ${sandbox.gateway_url}  app ${sandbox.app_id}\n`);
      }
      if (!ready.ok) process.exitCode = 1;
    });
}

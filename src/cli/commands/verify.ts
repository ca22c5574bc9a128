import type { Command } from "commander";
import { fetchVerification } from "../access/ledger-access.ts";

export function addVerifyCommand(program: Command): void {
  program
    .command("verify")
    .description(
      "prove that no sealed ledger line was changed, removed or added, and every statement is as it was issued",
    )
    .action(async () => {
      const verification = await fetchVerification();
      process.stdout.write(`${JSON.stringify(verification, undefined, 2)}\n`);
      if (verification.faults.length > 0) process.exitCode = 1;
    });
}

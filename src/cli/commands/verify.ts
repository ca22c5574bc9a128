import type { Command } from "commander";
import { fetchVerification } from "../access/ledger-access.ts";

export function addVerifyCommand(program: Command): void {
  program
    .command("verify")
    .description(
      "prove that no sealed ledger line was changed, removed or added, every statement is as it was issued, and the audit trail is whole",
    )
    .action(async () => {
      const verification = await fetchVerification();
      process.stdout.write(`${JSON.stringify(verification, undefined, 2)}\n`);
      if (verification.faults.length > 0 || verification.audit.broken !== undefined) process.exitCode = 1;
    });
}

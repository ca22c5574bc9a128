import type { Command } from "commander";
import { request } from "../access/ask.ts";
import { readServer } from "../access/server.ts";
import { printJson } from "../print.ts";
import { printTable } from "../table.ts";

/** As GET /api/approvals gives them. */
interface ListedApproval {
  readonly approvalId: string;
  readonly action: string;
  readonly reason: string;
  readonly askedBy: string;
  readonly askedAt: string;
  readonly expiresAt: string;
  readonly decision: string | null;
  readonly decidedBy: string | null;
}

const decisions = [
  ["approve", "do what another operator asked for, and print what it answers"],
  ["reject", "refuse what another operator asked for"],
  ["withdraw", "take back what one asked for oneself"],
] as const;

export function addApprovalCommand(program: Command): void {
  const approval = program.command("approval").description("changes that wait for a second operator");
  approval
    .command("list")
    .description("list those that wait, the newest first")
    .option("--all", "those that are decided or too old, too")
    .option("--json", "print JSON")
    .action(async ({ all = false, json = false }: { all?: boolean; json?: boolean }) => {
      const reply = await request(await readServer(), "GET /api/approvals", { query: { all } });
      const { approvals } = (await reply.json()) as { approvals: ListedApproval[] }; // What that route gives.
      if (json) return printJson({ approvals }, 2);
      return printTable(
        ["id", "action", "asked by", "asked", "expires", "decision", "by", "reason"],
        approvals.map((each) => [
          each.approvalId,
          each.action,
          each.askedBy,
          each.askedAt,
          each.expiresAt,
          each.decision ?? "waits",
          each.decidedBy,
          each.reason,
        ]),
      );
    });
  for (const [verb, description] of decisions) {
    approval
      .command(verb)
      .description(description)
      .argument("<id>", "which, as kaimen approval list names it")
      .action(async (approvalId: string) => {
        const reply = await request(await readServer(), `POST /api/approvals/:approvalId/${verb}`, {
          params: { approvalId },
        });
        printJson(await reply.json(), 2);
      });
  }
}

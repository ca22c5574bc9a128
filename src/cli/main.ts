#!/usr/bin/env node
import { Command } from "commander";
import { CommandError } from "./command-error.ts";

/**
 * What each file adds, in the order of the help, by the names of its commands: a command waits for the packages that it
 * needs itself, and only the help and a name that is none load all.
 */
const files: readonly (readonly [names: readonly string[], add: (program: Command) => Promise<unknown>])[] = [
  [["status"], async (program) => (await import("./commands/status.ts")).addStatusCommand(program)],
  [
    ["app", "gateway-key", "key", "certificate"],
    async (program) => {
      const { addAppCommand } = await import("./commands/app.ts");
      const { addKeyCommands } = await import("./commands/keys.ts");
      addKeyCommands(program, addAppCommand(program));
    },
  ],
  [["user"], async (program) => (await import("./commands/user.ts")).addUserCommand(program)],
  [["merchant"], async (program) => (await import("./commands/merchant.ts")).addMerchantCommand(program)],
  [["arrangement"], async (program) => (await import("./commands/arrangement.ts")).addArrangementCommand(program)],
  [["operator"], async (program) => (await import("./commands/operator.ts")).addOperatorCommand(program)],
  [["login"], async (program) => (await import("./commands/login.ts")).addLoginCommand(program)],
  [["logout"], async (program) => (await import("./commands/logout.ts")).addLogoutCommand(program)],
  [["password"], async (program) => (await import("./commands/password.ts")).addPasswordCommand(program)],
  [["token"], async (program) => (await import("./commands/token.ts")).addTokenCommand(program)],
  [["approval"], async (program) => (await import("./commands/approval.ts")).addApprovalCommand(program)],
  [["audit"], async (program) => (await import("./commands/audit.ts")).addAuditCommand(program)],
  [["call"], async (program) => (await import("./commands/call.ts")).addCallCommand(program)],
  [["doctor"], async (program) => (await import("./commands/doctor.ts")).addDoctorCommand(program)],
  [
    ["statement", "statements"],
    async (program) => (await import("./commands/statement.ts")).addStatementCommand(program),
  ],
  [["reconcile"], async (program) => (await import("./commands/reconcile.ts")).addReconcileCommand(program)],
  [["verify"], async (program) => (await import("./commands/verify.ts")).addVerifyCommand(program)],
  [["adjust", "adjustments"], async (program) => (await import("./commands/adjust.ts")).addAdjustCommand(program)],
  [["biz-no"], async (program) => (await import("./commands/biz-no.ts")).addBizNoCommand(program)],
  [["clock"], async (program) => (await import("./commands/clock.ts")).addClockCommand(program)],
  [["card"], async (program) => (await import("./commands/card.ts")).addCardCommand(program)],
  [["score"], async (program) => (await import("./commands/score.ts")).addScoreCommand(program)],
  [["person"], async (program) => (await import("./commands/person.ts")).addPersonCommand(program)],
  [["feedback"], async (program) => (await import("./commands/feedback.ts")).addFeedbackCommand(program)],
  [["template"], async (program) => (await import("./commands/template.ts")).addTemplateCommand(program)],
];

const program = new Command("kaimen").description("开门 Kaimen: a self-hosted open platform for credit scores");
const asked = process.argv[2] ?? "";
const named = files.filter(([names]) => names.includes(asked));
for (const [, add] of named.length > 0 ? named : files) await add(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  process.stderr.write(`kaimen: ${error.message}\n`);
  process.exitCode = 1;
}

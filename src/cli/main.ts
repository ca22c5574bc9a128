#!/usr/bin/env node
import { Command } from "commander";
import { addAdjustCommand } from "./commands/adjust.ts";
import { addAppCommand } from "./commands/app.ts";
import { addApprovalCommand } from "./commands/approval.ts";
import { addArrangementCommand } from "./commands/arrangement.ts";
import { addAuditCommand } from "./commands/audit.ts";
import { addBizNoCommand } from "./commands/biz-no.ts";
import { addCallCommand } from "./commands/call.ts";
import { addClockCommand } from "./commands/clock.ts";
import { CommandError } from "./command-error.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addLoginCommand } from "./commands/login.ts";
import { addLogoutCommand } from "./commands/logout.ts";
import { addMerchantCommand } from "./commands/merchant.ts";
import { addOperatorCommand } from "./commands/operator.ts";
import { addKeyCommands } from "./commands/keys.ts";
import { addPasswordCommand } from "./commands/password.ts";
import { addPersonCommand } from "./commands/person.ts";
import { addReconcileCommand } from "./commands/reconcile.ts";
import { addStatementCommand } from "./commands/statement.ts";
import { addCardCommand } from "./commands/card.ts";
import { addScoreCommand } from "./commands/score.ts";
import { addFeedbackCommand } from "./commands/feedback.ts";
import { addStatusCommand } from "./commands/status.ts";
import { addTemplateCommand } from "./commands/template.ts";
import { addTokenCommand } from "./commands/token.ts";
import { addUserCommand } from "./commands/user.ts";
import { addVerifyCommand } from "./commands/verify.ts";

const program = new Command("kaimen").description("开门 Kaimen: a self-hosted open platform for credit scores");
addStatusCommand(program);
addKeyCommands(program, addAppCommand(program));
addUserCommand(program);
addMerchantCommand(program);
addArrangementCommand(program);
addOperatorCommand(program);
addLoginCommand(program);
addLogoutCommand(program);
addPasswordCommand(program);
addTokenCommand(program);
addApprovalCommand(program);
addAuditCommand(program);
addCallCommand(program);
addDoctorCommand(program);
addStatementCommand(program);
addReconcileCommand(program);
addVerifyCommand(program);
addAdjustCommand(program);
addBizNoCommand(program);
addClockCommand(program);
addCardCommand(program);
addScoreCommand(program);
addPersonCommand(program);
addFeedbackCommand(program);
addTemplateCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  process.stderr.write(`kaimen: ${error.message}\n`);
  process.exitCode = 1;
}

#!/usr/bin/env node
import { Command } from "commander";
import { addAdjustCommand } from "./adjust.ts";
import { addAppCommand } from "./app.ts";
import { addArrangementCommand } from "./arrangement.ts";
import { addBizNoCommand } from "./biz-no.ts";
import { addCallCommand } from "./call.ts";
import { addClockCommand } from "./clock.ts";
import { CommandError } from "./command-error.ts";
import { addDoctorCommand } from "./doctor.ts";
import { addMerchantCommand } from "./merchant.ts";
import { addOperatorCommand } from "./operator.ts";
import { addKeyCommands } from "./keys.ts";
import { addPersonCommand } from "./person.ts";
import { addReconcileCommand } from "./reconcile.ts";
import { addStatementCommand } from "./statement.ts";
import { addCardCommand } from "./card.ts";
import { addScoreCommand } from "./score.ts";
import { addFeedbackCommand } from "./feedback.ts";
import { addStatusCommand } from "./status.ts";
import { addTemplateCommand } from "./template.ts";
import { addUserCommand } from "./user.ts";
import { addVerifyCommand } from "./verify.ts";

const program = new Command("kaimen").description("开门 Kaimen: a self-hosted open platform for credit scores");
addStatusCommand(program);
addKeyCommands(program, addAppCommand(program));
addUserCommand(program);
addMerchantCommand(program);
addArrangementCommand(program);
addOperatorCommand(program);
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

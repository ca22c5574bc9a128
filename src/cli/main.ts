#!/usr/bin/env node
import { Command } from "commander";
import { addAppCommand } from "./app.ts";
import { addCallCommand } from "./call.ts";
import { CommandError } from "./command-error.ts";
import { addFeedbackCommand } from "./feedback.ts";
import { addStatusCommand } from "./status.ts";
import { addTemplateCommand } from "./template.ts";
import { addUserCommand } from "./user.ts";

const program = new Command("kaimen").description("开门 Kaimen: a self-hosted open platform for credit scores");
addStatusCommand(program);
addAppCommand(program);
addUserCommand(program);
addCallCommand(program);
addFeedbackCommand(program);
addTemplateCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  process.stderr.write(`kaimen: ${error.message}\n`);
  process.exitCode = 1;
}

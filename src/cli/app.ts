import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { CommandError } from "./command-error.ts";
import { askOperatorApi, readSandbox } from "./running-sandbox.ts";

interface AddOptions {
  readonly id: string;
  readonly publicKey: string;
  readonly certificate?: string;
  readonly encryptKey?: string;
  readonly name?: string;
  readonly isv?: true;
}

/** Gives the command `app`, for what else can be done with one. */
export function addAppCommand(program: Command): Command {
  const command = program.command("app").description("the apps that may call");
  command
    .command("add")
    .description("add an app of the sandbox's merchant, while the sandbox runs")
    .requiredOption("--id <app_id>", "the new app's id")
    .requiredOption("--public-key <file>", "its public key: PEM or base64, SPKI or PKCS#1")
    .option("--certificate <file>", "its certificate, PEM")
    .option("--encrypt-key <base64>", "its AES key")
    .option("--name <name>", "its name")
    .option("--isv", "other merchants may authorise it to act for them")
    .action(async (options: AddOptions) => {
      const sandbox = await readSandbox();
      const answer = await askOperatorApi<Record<string, string>>(sandbox, "/api/apps", {
        app_id: options.id,
        name: options.name,
        public_key: await readText(options.publicKey),
        certificate: options.certificate === undefined ? undefined : await readText(options.certificate),
        encrypt_key: options.encryptKey,
        acts_for_merchants: options.isv === true ? "true" : undefined,
      });
      process.stdout.write(`${JSON.stringify(answer)}\n`);
    });
  return command;
}

function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot read ${path}: ${error.code ?? error.message}`);
  });
}

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
}

export function addAppCommand(program: Command): void {
  program
    .command("app")
    .description("the apps that may call")
    .command("add")
    .description("add an app of the sandbox's merchant, while the sandbox runs")
    .requiredOption("--id <app_id>", "the new app's id")
    .requiredOption("--public-key <file>", "its public key: PEM or base64, SPKI or PKCS#1")
    .option("--certificate <file>", "its certificate, PEM")
    .option("--encrypt-key <base64>", "its AES key")
    .option("--name <name>", "its name")
    .action(async (options: AddOptions) => {
      const sandbox = await readSandbox();
      const answer = await askOperatorApi<Record<string, string>>(sandbox, "/api/apps", {
        app_id: options.id,
        name: options.name,
        public_key: await readText(options.publicKey),
        certificate: options.certificate === undefined ? undefined : await readText(options.certificate),
        encrypt_key: options.encryptKey,
      });
      process.stdout.write(`${JSON.stringify(answer)}\n`);
    });
}

function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot read ${path}: ${error.code ?? error.message}`);
  });
}

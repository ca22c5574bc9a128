import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { CommandError } from "../command-error.ts";
import { askOperatorApi } from "../access/running-sandbox.ts";
import { readServer } from "../access/server.ts";

interface AddOptions {
  readonly id: string;
  readonly publicKey: string;
  readonly certificate?: string;
  readonly encryptKey?: string;
  readonly name?: string;
  readonly merchant?: string;
  readonly redirectUri?: string;
  readonly signTypes?: string;
  readonly isv?: true;
}

interface SetOptions {
  readonly id: string;
  readonly feedbackPolicy?: string;
  readonly methods?: string;
  readonly signTypes?: string;
  readonly isv?: string;
}

/** Gives the command `app`, for what else can be done with one. */
export function addAppCommand(program: Command): Command {
  const command = program.command("app").description("the apps that may call");
  command
    .command("add")
    .description("add an app, while the server runs")
    .requiredOption("--id <app_id>", "the new app's id")
    .requiredOption("--public-key <file>", "its public key: PEM or base64, SPKI or PKCS#1")
    .option("--certificate <file>", "its certificate, PEM")
    .option("--encrypt-key <base64>", "its AES key")
    .option("--name <name>", "its name")
    .option("--merchant <merchant_id>", "whose it is; the sandbox's merchant when left out")
    .option("--redirect-uri <uri>", "where its users may be sent back to; in the sandbox, anywhere when left out")
    .option("--sign-types <names>", "RSA2,RSA for SDKs that know only SHA-1; RSA2 alone when left out")
    .option("--isv", "other merchants may authorise it to act for them")
    .action(async (options: AddOptions) => {
      const server = await readServer();
      const answer = await askOperatorApi<Record<string, string>>(server, "/api/apps", {
        app_id: options.id,
        name: options.name,
        merchant_id: options.merchant,
        redirect_uri: options.redirectUri,
        public_key: await readText(options.publicKey),
        certificate: options.certificate === undefined ? undefined : await readText(options.certificate),
        encrypt_key: options.encryptKey,
        sign_types: options.signTypes,
        acts_for_merchants: options.isv === true ? "true" : undefined,
      });
      process.stdout.write(`${JSON.stringify(answer)}\n`);
    });
  command
    .command("set")
    .description("change what an app may do, while the server runs; what is not named stays")
    .requiredOption("--id <app_id>", "the app")
    .option(
      "--feedback-policy <policy>",
      "of a file with bad records: whole_file stores none of it, accept_valid the good ones",
    )
    .option("--methods <names>", "the methods it may call, with commas between, or all")
    .option("--sign-types <names>", "what it signs with: RSA2, or RSA2,RSA")
    .option("--isv <yes|no>", "whether other merchants may authorise it to act for them")
    .action(async (options: SetOptions) => {
      const answer = await askOperatorApi<object>(await readServer(), "/api/apps/settings", {
        app_id: options.id,
        feedback_policy: options.feedbackPolicy,
        permitted_methods: options.methods,
        sign_types: options.signTypes,
        acts_for_merchants: options.isv === undefined ? undefined : yesOrNo(options.isv),
      });
      process.stdout.write(`${JSON.stringify(answer)}\n`);
    });
  for (const [name, suspended, description] of [
    ["suspend", "true", "stop all of an app: calls, signed addresses, consents and tokens"],
    ["resume", "false", "let a suspended app go on, with the consents and tokens it had"],
  ] as const) {
    command
      .command(name)
      .description(description)
      .requiredOption("--id <app_id>", "the app")
      .action(async ({ id }: { id: string }) => {
        const answer = await askOperatorApi<object>(await readServer(), "/api/apps/settings", {
          app_id: id,
          suspended,
        });
        process.stdout.write(`${JSON.stringify(answer)}\n`);
      });
  }
  return command;
}

function yesOrNo(text: string): "true" | "false" {
  if (text === "yes" || text === "no") return text === "yes" ? "true" : "false";
  throw new CommandError("--isv is yes or no");
}

function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot read ${path}: ${error.code ?? error.message}`);
  });
}

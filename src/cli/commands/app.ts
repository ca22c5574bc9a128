import type { Command } from "commander";
import { feedbackPolicies, userIdentities } from "../../merchants/app.ts";
import { signTypes } from "../../protocol/signing.ts";
import { ask, type ConsoleApi } from "../access/ask.ts";
import { readServer } from "../access/server.ts";
import { CommandError } from "../command-error.ts";
import { given } from "../given.ts";
import { listOf, readText, yesOrNoIfSaid } from "../option-values.ts";
import { jsonOption, limitOption, rowsOf } from "../pages.ts";
import { printJson } from "../print.ts";
import { printFields, printTable } from "../table.ts";

type AppChange = ConsoleApi["PATCH /api/apps/:appId"]["body"];

interface AddOptions {
  readonly id: string;
  readonly publicKey: string;
  readonly certificate?: string;
  readonly encryptKey?: string;
  readonly name?: string;
  readonly merchant?: string;
  readonly redirectUri?: string[];
  readonly signTypes?: string;
  readonly isv?: true;
  readonly certificateOptional?: true;
  readonly userIdentity?: string;
}

interface SetOptions {
  readonly id: string;
  readonly name?: string;
  readonly feedbackPolicy?: string;
  readonly methods?: string;
  readonly signTypes?: string;
  readonly redirectUri?: string[];
  readonly isv?: string;
  readonly selfInvoke?: string;
  readonly online?: string;
  readonly punishedMethods?: string;
  readonly userIdentity?: string;
}

interface ListOptions {
  readonly merchant?: string;
  readonly suspended?: string;
  readonly limit?: string;
  readonly json?: true;
}

const idOption = ["--id <app_id>", "the app"] as const;

/** Gives the command `app`, for what else can be done with one. */
export function addAppCommand(program: Command): Command {
  const command = program.command("app").description("the apps that may call");
  addAddCommand(command);
  addReadCommands(command);
  addChangeCommands(command);
  return command;
}

function addAddCommand(command: Command): void {
  command
    .command("add")
    .description("add an app, while the server runs")
    .requiredOption("--id <app_id>", "the new app's id")
    .requiredOption("--public-key <file>", "its public key: PEM or base64, SPKI or PKCS#1")
    .option("--certificate <file>", "its certificate, PEM")
    .option("--certificate-optional", "it may call by its key as well, while it moves to its certificate")
    .option("--encrypt-key <base64>", "its AES key")
    .option("--name <name>", "its name")
    .option("--merchant <merchant_id>", "whose it is; the sandbox's merchant when left out")
    .option("--redirect-uri <uri...>", "where its users may be sent back to; in the sandbox, anywhere when left out")
    .option("--sign-types <names>", "RSA2,RSA for SDKs that know only SHA-1; RSA2 alone when left out")
    .option("--isv", "other merchants may authorise it to act for them")
    .option(
      "--user-identity <id>",
      "what it is told users by: open_id, as real apps made since 2025 and when left out, or user_id",
    )
    .action(async (options: AddOptions) => {
      const body = given({
        appId: options.id,
        name: options.name,
        merchantId: options.merchant,
        redirectUris: options.redirectUri,
        publicKey: await readText(options.publicKey),
        certificate: options.certificate === undefined ? undefined : await readText(options.certificate),
        encryptKey: options.encryptKey,
        signTypes: signTypesOf(options.signTypes),
        actsForMerchants: options.isv,
        certificateRequired: options.certificateOptional === true ? false : undefined,
        userIdentity: userIdentityOf(options.userIdentity),
      });
      const { signTypes: names, ...added } = await ask(await readServer(), "POST /api/apps", { body });
      const { appId, merchantId, ...rest } = added;
      printJson({ appId, merchantId, signTypes: names.join(","), ...rest });
    });
}

function addReadCommands(command: Command): void {
  command
    .command("list")
    .description("list apps")
    .option("--merchant <merchant_id>", "those of one merchant")
    .option(
      "--suspended <yes|no>",
      "those that are stopped, by themselves or with their merchant, or those that are not",
    )
    .option(...limitOption)
    .option(...jsonOption)
    .action(async ({ merchant: merchantId, suspended, limit, json }: ListOptions) => {
      const server = await readServer();
      const filter = given({ merchantId, suspended: yesOrNoIfSaid("--suspended", suspended) });
      const apps = await rowsOf(limit, async (paging) => {
        const { apps: rows, ...rest } = await ask(server, "GET /api/apps", { query: { ...filter, ...paging } });
        return { rows, ...rest };
      });
      if (json === true) return printJson({ apps }, 2);
      printTable(
        ["id", "merchant", "name", "state", "sign types", "gateway key"],
        apps.map((app) => [
          app.appId,
          app.merchantId,
          app.name,
          app.suspended ? "suspended" : app.merchantSuspended ? "merchant suspended" : "active",
          app.signTypes.join(","),
          app.gatewayKeyId,
        ]),
      );
    });
  command
    .command("show")
    .description("show one of them")
    .requiredOption(...idOption)
    .option(...jsonOption)
    .action(async ({ id: appId, json }: { id: string; json?: true }) => {
      const app = await ask(await readServer(), "GET /api/apps/:appId", { params: { appId } });
      if (json === true) return printJson(app, 2);
      printFields({ ...app, permittedMethods: app.permittedMethods ?? "all" });
    });
}

function addChangeCommands(command: Command): void {
  command
    .command("set")
    .description("change what an app may do, while the server runs; what is not named stays")
    .requiredOption(...idOption)
    .option("--name <name>", "its name, as users read it on the authorise page")
    .option(
      "--feedback-policy <policy>",
      "of a file with bad records: whole_file stores none of it, accept_valid the good ones",
    )
    .option("--methods <names>", "the methods it may call, with commas between, or all")
    .option("--sign-types <names>", "what it signs with: RSA2, or RSA2,RSA")
    .option("--redirect-uri <uri...>", "where its users may be sent back to, in place of what there was")
    .option("--isv <yes|no>", "whether other merchants may authorise it to act for them")
    .option("--self-invoke <yes|no>", "whether it may call for its own merchant")
    .option("--online <yes|no>", "whether it has been published; one that is not is refused")
    .option("--punished-methods <names>", "methods that it has lost, with commas between, all or none")
    .option("--user-identity <id>", "what it is told users by, user_id or open_id")
    .action(async (options: SetOptions) => {
      const { name, methods, redirectUri: redirectUris } = options;
      await change(
        options.id,
        given({
          name,
          feedbackPolicy: feedbackPolicyOf(options.feedbackPolicy),
          permittedMethods: methods === "all" ? null : methods === undefined ? undefined : listOf(methods),
          signTypes: signTypesOf(options.signTypes),
          redirectUris,
          actsForMerchants: yesOrNoIfSaid("--isv", options.isv),
          selfInvoke: yesOrNoIfSaid("--self-invoke", options.selfInvoke),
          online: yesOrNoIfSaid("--online", options.online),
          punishedMethods:
            options.punishedMethods === "none"
              ? []
              : options.punishedMethods === undefined
                ? undefined
                : listOf(options.punishedMethods),
          userIdentity: userIdentityOf(options.userIdentity),
        }),
      );
    });
  for (const [name, suspended, description] of [
    ["suspend", true, "stop all of an app: calls, signed addresses, consents and tokens"],
    ["resume", false, "let a suspended app go on, with the consents and tokens it had"],
  ] as const) {
    command
      .command(name)
      .description(description)
      .requiredOption(...idOption)
      .action(async ({ id }: { id: string }) => change(id, { suspended }));
  }
  command
    .command("remove")
    .description("remove an app that was never used; one that was is told of, and can be suspended")
    .requiredOption(...idOption)
    .action(async ({ id: appId }: { id: string }) => {
      await ask(await readServer(), "DELETE /api/apps/:appId", { params: { appId } });
      printJson({ appId, removed: true });
    });
}

async function change(appId: string, body: AppChange): Promise<void> {
  const app = await ask(await readServer(), "PATCH /api/apps/:appId", { params: { appId }, body });
  printJson({
    appId: app.appId,
    feedbackPolicy: app.feedbackPolicy,
    permittedMethods: app.permittedMethods ?? "all",
    actsForMerchants: app.actsForMerchants,
    signTypes: app.signTypes.join(","),
    suspended: app.suspended,
    name: app.name,
    redirectUris: app.redirectUris,
    selfInvoke: app.selfInvoke,
    online: app.online,
    punishedMethods: app.punishedMethods,
    userIdentity: app.userIdentity,
  });
}

function feedbackPolicyOf(text: string | undefined) {
  const known = feedbackPolicies.find((each) => each === text);
  if (text !== undefined && known === undefined)
    throw new CommandError(`feedback_policy is ${feedbackPolicies.join(" or ")}`);
  return known;
}

function userIdentityOf(text: string | undefined) {
  const known = userIdentities.find((each) => each === text);
  if (text !== undefined && known === undefined)
    throw new CommandError(`--user-identity is ${userIdentities.join(" or ")}`);
  return known;
}

function signTypesOf(text: string | undefined) {
  if (text === undefined) return undefined;
  const named = listOf(text);
  const known = signTypes.filter((each) => named.includes(each));
  if (known.length !== named.length)
    throw new CommandError(`--sign-types is ${signTypes.join(" or ")}, or both with a comma between`);
  return known;
}

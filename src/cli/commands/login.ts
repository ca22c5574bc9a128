import type { Command } from "commander";
import { tokenLifeDays } from "../../accounts/api-tokens.ts";
import { keepToken, tokensPath } from "../access/kept-tokens.ts";
import { askInSession, serverNamed, setPassword, type SignedIn, signIn } from "../access/sign-in.ts";
import { CommandError } from "../command-error.ts";
import { localUser } from "../local-user.ts";
import { printJson } from "../print.ts";
import { openSecretInput } from "../secret-input.ts";

const nameLength = 64;

interface LoginOptions {
  readonly server?: string;
  readonly login: string;
  readonly name?: string;
  readonly days: string;
}

export function addLoginCommand(program: Command): void {
  program
    .command("login")
    .description("sign in to a server and keep an API token, with which the other commands then speak to it")
    .option("--server <url>", "its address; KAIMEN_SERVER when left out")
    .requiredOption("--login <login>", "an operator's login; the password is asked for, or read from standard input")
    .option(
      "--name <name>",
      "what the token is called; user@machine when left out, in place of the one called so before",
    )
    .option(
      "--days <days>",
      `days until it expires, ${tokenLifeDays.least} to ${tokenLifeDays.most}`,
      String(tokenLifeDays.usual),
    )
    .action(async (options: LoginOptions) => {
      const origin = serverNamed(options.server);
      const input = openSecretInput();
      try {
        const session = await signIn(origin, options.login, input);
        try {
          if (session.mustChangePassword) {
            process.stderr.write("Somebody else has set this password: set one of your own.\n");
            await setPassword(session, input);
          }
          const { token, tokenId, name, expiresAt } = await makeToken(session, options);
          await keepToken(origin, { token, tokenId });
          printJson({ server: origin, login: options.login, name, expiresAt, keptIn: tokensPath() });
        } finally {
          await askInSession(session, "DELETE", "/api/session");
        }
      } finally {
        input.close();
      }
      if ((process.env["KAIMEN_SERVER"] ?? "") === "")
        process.stderr.write(`The other commands speak to it with: export KAIMEN_SERVER=${origin}\n`);
    });
}

async function makeToken(
  session: SignedIn,
  options: LoginOptions,
): Promise<{ token: string; tokenId: string; name: string; expiresAt: string }> {
  const days = Number(options.days);
  if (!Number.isInteger(days)) throw new CommandError("--days is a whole number");
  const name = options.name ?? localUser().slice(0, nameLength);
  if (options.name === undefined) await endTokenCalled(session, name);
  const made = await askInSession(session, "POST", "/api/account/tokens", { name, days });
  return { name, ...(made as { token: string; tokenId: string; expiresAt: string }) }; // What that route gives.
}

/** Of this very user on this machine: lost, or signed in anew before it expired. */
async function endTokenCalled(session: SignedIn, name: string): Promise<void> {
  const listed = await askInSession(session, "GET", "/api/account/tokens");
  const { tokens } = listed as { tokens: readonly { name: string; tokenId: string }[] }; // What that route gives.
  const same = tokens.find((token) => token.name === name);
  if (same !== undefined) await askInSession(session, "DELETE", `/api/account/tokens/${same.tokenId}`);
}

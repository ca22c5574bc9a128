import type { Command } from "commander";
import { request } from "../access/ask.ts";
import { keepToken, readKeptToken } from "../access/kept-tokens.ts";
import { askInSession, serverNamed, setPassword, signIn } from "../access/sign-in.ts";
import { CommandError } from "../command-error.ts";
import { printJson } from "../print.ts";
import { openSecretInput } from "../secret-input.ts";

export function addPasswordCommand(program: Command): void {
  program
    .command("password")
    .description("change one's password; all other sessions and all API tokens of the account end")
    .option("--server <url>", "the server; KAIMEN_SERVER when left out")
    .requiredOption("--login <login>", "an operator's login; the passwords are asked for, or read from standard input")
    .action(async ({ server, login }: { server?: string; login: string }) => {
      const origin = serverNamed(server);
      const input = openSecretInput();
      try {
        const session = await signIn(origin, login, input);
        try {
          const ended = await setPassword(session, input);
          if (ended.endedTokens > 0) await forgetEndedToken(origin);
          printJson({ server: origin, login, ...ended });
        } finally {
          await askInSession(session, "DELETE", "/api/session");
        }
      } finally {
        input.close();
      }
    });
}

/** The kept one may be another account's, which goes on. */
async function forgetEndedToken(url: string): Promise<void> {
  const kept = await readKeptToken(url);
  if (kept === undefined) return;
  await request({ url, token: kept.token }, "GET /api/session", {}).catch(async (error: unknown) => {
    if (!(error instanceof CommandError)) throw error;
    await keepToken(url, undefined);
  });
}

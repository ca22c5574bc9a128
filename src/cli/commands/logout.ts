import type { Command } from "commander";
import { request } from "../access/ask.ts";
import { keepToken, readKeptToken } from "../access/kept-tokens.ts";
import { serverNamed } from "../access/sign-in.ts";
import { CommandError } from "../command-error.ts";
import { printJson } from "../print.ts";

export function addLogoutCommand(program: Command): void {
  program
    .command("logout")
    .description("end the API token that kaimen login made, and forget it")
    .option("--server <url>", "the server; KAIMEN_SERVER when left out")
    .action(async ({ server }: { server?: string }) => {
      const url = serverNamed(server);
      const kept = await readKeptToken(url);
      if (kept === undefined) throw new CommandError(`no token is kept for ${url}`);
      // Forgotten in any case: one that the server refuses has ended there.
      await keepToken(url, undefined);
      const { token, tokenId } = kept;
      await request({ url, token }, "DELETE /api/account/tokens/:tokenId", { params: { tokenId } });
      printJson({ server: url, ended: true });
    });
}

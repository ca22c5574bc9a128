import type { Command } from "commander";
import { ask } from "../access/ask.ts";
import { readServer } from "../access/server.ts";
import { CommandError } from "../command-error.ts";
import { printJson } from "../print.ts";
import { printTable } from "../table.ts";

export function addTokenCommand(program: Command): void {
  const token = program.command("token").description("one's own API tokens; kaimen login makes one");
  token
    .command("list")
    .description("list them, with their ends and when each was last used")
    .option("--json", "print JSON")
    .action(async ({ json = false }: { json?: boolean }) => {
      const { tokens } = await ask(await readServer(), "GET /api/account/tokens", {});
      if (json) return printJson({ tokens }, 2);
      return printTable(
        ["name", "permissions", "created", "expires", "last used"],
        tokens.map((each) => [
          each.name,
          each.permissions === null ? "all of the role's" : each.permissions.join(","),
          each.createdAt,
          each.expiresAt,
          each.lastUsedAt ?? "never",
        ]),
      );
    });
  token
    .command("end")
    .description("end one, at once")
    .argument("<name>", "its name")
    .action(async (name: string) => {
      const server = await readServer();
      const { tokens } = await ask(server, "GET /api/account/tokens", {});
      const found = tokens.find((each) => each.name === name);
      if (found === undefined) throw new CommandError(`you have no token called ${name}`);
      await ask(server, "DELETE /api/account/tokens/:tokenId", { params: { tokenId: found.tokenId } });
      printJson({ name, ended: true });
    });
}

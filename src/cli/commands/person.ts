import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { CommandError } from "../command-error.ts";
import { askOperatorApi } from "../access/running-sandbox.ts";
import { readServer } from "../access/server.ts";

interface Erasure {
  readonly erased: Readonly<Record<string, number>>;
  readonly kept: Readonly<Record<string, number>>;
  readonly done: boolean;
}

export function addPersonCommand(program: Command): void {
  const person = program.command("person").description("a person's file, at the request of whom it is about");
  person
    .command("export")
    .description("write everything stored about a person to a file, in the clear; who asked and why is kept")
    .argument("<credentials_no>", "the identity number")
    .requiredOption("--reason <text>", "who asked for it, and on what ground; for the record")
    .requiredOption("--out <file>", "the JSON file to write; it must not exist yet, and only you can read it")
    .action(async (credentialsNo: string, { reason, out }: { reason: string; out: string }) => {
      const file = await askOperatorApi<object>(await readServer(), "/api/people/export", {
        credentials_no: credentialsNo,
        reason,
      });
      await writeFile(out, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600, flag: "wx" }).catch(
        (error: NodeJS.ErrnoException) => {
          throw new CommandError(
            error.code === "EEXIST"
              ? `${out} exists already; name another file`
              : `cannot write ${out}: ${error.code ?? error.message}`,
          );
        },
      );
      const counts = Object.entries(file).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
      process.stdout.write(
        `${JSON.stringify({ file: out, ...Object.fromEntries(counts.map(([name, rows]) => [name, rows.length])) }, undefined, 2)}\n`,
      );
    });
  person
    .command("erase")
    .description(
      "delete a person's identity, records, scores, logins and tokens, and end their consents; without --yes only count them",
    )
    .argument("<credentials_no>", "the identity number")
    .requiredOption("--reason <text>", "who asked for it, and on what ground; for the record")
    .option("--yes", "do it: it cannot be taken back")
    .addHelpText(
      "after",
      "\nLedger lines and consents stay, as proof of what was billed and allowed: they name nobody. What the law has you keep\n(adverse records for five years, say) is yours to judge before you erase. Backups are not touched. What merchants feed\nback afterwards begins a new file.",
    )
    .action(async (credentialsNo: string, { reason, yes = false }: { reason: string; yes?: boolean }) => {
      const erasure = await askOperatorApi<Erasure>(await readServer(), "/api/people/erase", {
        credentials_no: credentialsNo,
        reason,
        confirm: yes,
      });
      process.stdout.write(`${JSON.stringify(erasure, undefined, 2)}\n`);
      if (!erasure.done) process.stderr.write("Nothing was erased yet: this is what would be. Say --yes to do it.\n");
    });
}

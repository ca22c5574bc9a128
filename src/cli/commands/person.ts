import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { CommandError } from "../command-error.ts";
import { ask, type ConsoleApi } from "../access/ask.ts";
import { purposeMeant, purposeOption } from "../access/sandbox-defaults.ts";
import { readServer } from "../access/server.ts";
import { printJson } from "../print.ts";
import { printTable } from "../table.ts";

export function addPersonCommand(program: Command): void {
  const person = program.command("person").description("a person's file, at the request of whom it is about");
  person
    .command("export")
    .description("write everything stored about a person to a file, in the clear; who asked and why is kept")
    .argument("<credentials_no>", "the identity number")
    .requiredOption("--reason <text>", "who asked for it, and on what ground; for the record")
    .requiredOption("--out <file>", "the JSON file to write; it must not exist yet, and only you can read it")
    .action(async (credentialsNo: string, { reason, out }: { reason: string; out: string }) => {
      const body = { credentialsNo, purpose: reason };
      const file = await ask(await readServer(), "POST /api/people/export", { body });
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
      const body = { credentialsNo, reason, confirm: yes };
      const erasure = await ask(await readServer(), "POST /api/people/erase", { body });
      process.stdout.write(`${JSON.stringify(erasure, undefined, 2)}\n`);
      if (!erasure.done) process.stderr.write("Nothing was erased yet: this is what would be. Say --yes to do it.\n");
    });
  person
    .command("name")
    .description("say which of a person's names holds: whoever is N/A for N4, several names, is scored again")
    .argument("<credentials_no>", "the identity number")
    .requiredOption("--name <name>", "the name that holds, one of those stored: kaimen person export has them")
    .requiredOption("--reason <text>", "what was seen that proves it; for the record")
    .action(async (credentialsNo: string, { name, reason }: { name: string; reason: string }) => {
      const decided = await ask(await readServer(), "POST /api/people/name", { body: { credentialsNo, name, reason } });
      process.stdout.write(`${JSON.stringify(decided, undefined, 2)}\n`);
    });
  person
    .command("who-asked")
    .description("who asked for the person's score, and who of the staff read or changed their file; the newest first")
    .argument("<credentials_no>", "the identity number")
    .option(...purposeOption)
    .option("--json", "print JSON")
    .action(async (credentialsNo: string, options: { purpose?: string; json?: true }) => {
      const body = { credentialsNo, purpose: purposeMeant(options.purpose) };
      const told = await ask(await readServer(), "POST /api/people/who-asked", { body });
      if (options.json === true) return printJson(told, 2);
      printInquiries(told);
      printStaff(told);
    });
}

type WhoAsked = ConsoleApi["POST /api/people/who-asked"]["reply"];

/** The score stands in a column of its own where the operator may read it. */
function printInquiries({ inquiries, moreInquiries }: WhoAsked): void {
  if (inquiries.length === 0) return void process.stdout.write("Nobody asked for the score.\n");
  const hasScores = inquiries.some(({ score }) => score !== undefined);
  printTable(
    ["asked at", "merchant", "name", "app", "product", "fen or why not", "card", ...(hasScores ? ["score"] : [])],
    inquiries.map((each) => [
      each.acceptedAt,
      each.merchantId,
      each.merchantName,
      each.appId,
      each.productCode,
      each.unbilledBecause ?? each.billedFen,
      each.cardVersion,
      ...(hasScores ? [each.score] : []),
    ]),
  );
  if (moreInquiries)
    process.stdout.write(`Only the newest ${inquiries.length} inquiries; kaimen person export has all.\n`);
}

function printStaff({ staff, moreStaff }: WhoAsked): void {
  if (staff.length === 0) return void process.stdout.write("\nNobody of the staff looked at the file.\n");
  process.stdout.write("\n");
  printTable(
    ["at", "who", "role", "did", "outcome", "what for"],
    staff.map((each) => [each.at, each.account, each.role, each.action, each.outcome, each.purpose]),
  );
  if (moreStaff)
    process.stdout.write(`Only the newest ${staff.length} entries; kaimen audit --person NUMBER has all.\n`);
}

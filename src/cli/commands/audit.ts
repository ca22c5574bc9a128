import { type Command, Option } from "commander";
import { csvOf } from "../../feedback/templates/table-files.ts";
import { ask, type ConsoleApi } from "../access/ask.ts";
import { type OperatedServer, readServer } from "../access/server.ts";
import { CommandError } from "../command-error.ts";
import { printJson } from "../print.ts";

type Entry = ConsoleApi["POST /api/audit/search"]["reply"]["entries"][number];
type Search = ConsoleApi["POST /api/audit/search"]["body"];

/** The server gives no more of them at a time. */
const entriesAtOnce = 500;
const mostEntries = 1_000_000;

const header = [
  "entry_no",
  "at",
  "account",
  "role",
  "session",
  "address",
  "action",
  "outcome",
  "person_id",
  "merchant_id",
  "purpose",
  "details",
  "trace_id",
] as const;

interface AuditOptions {
  readonly person?: string;
  readonly account?: string;
  readonly action?: string;
  readonly merchant?: string;
  readonly format: "csv" | "json";
  readonly limit: string;
}

export function addAuditCommand(program: Command): void {
  const audit = program
    .command("audit")
    .description("who did or read what about whom, and why: the audit trail, the newest first")
    .option("--person <number>", "about the person with this identity number")
    .option("--account <name>", "of an account, by its name or the beginning of it: operator anna")
    .option("--action <name>", "one action, merchant.suspend, or all of a noun, merchant")
    .option("--merchant <merchant_id>", "about a merchant, or by one")
    .addOption(new Option("--format <format>", "how they are printed").choices(["csv", "json"]).default("csv"))
    .option("--limit <number>", "no more than so many", "1000")
    .action(async ({ person, account, action, merchant, format, limit }: AuditOptions) => {
      const most = Number(limit);
      if (!Number.isInteger(most) || most < 1 || most > mostEntries)
        throw new CommandError(`--limit is a whole number from 1 to ${mostEntries}`);
      const search = {
        ...(person === undefined ? {} : { credentialsNo: person }),
        ...(account === undefined ? {} : { account }),
        ...(action === undefined ? {} : { action }),
        ...(merchant === undefined ? {} : { merchantId: merchant }),
      };
      const entries = await readEntries(await readServer(), search, most);
      if (format === "json") return printJson({ entries }, 2);
      process.stdout.write(csvOf({ header: [...header], rows: entries.map(cellsOf) }));
    });
  audit
    .command("verify")
    .description(
      "prove that no entry of the trail was changed or left out; keep its head elsewhere to prove its end later",
    )
    .action(async () => {
      const verification = await ask(await readServer(), "POST /api/audit/verify", {});
      printJson(verification, 2);
      if (verification.broken !== undefined) process.exitCode = 1;
    });
}

async function readEntries(server: OperatedServer, search: Search, most: number): Promise<Entry[]> {
  const entries: Entry[] = [];
  let before: number | undefined;
  do {
    const limit = Math.min(most - entries.length, entriesAtOnce);
    const page = await ask(server, "POST /api/audit/search", {
      body: { ...search, limit, ...(before === undefined ? {} : { before }) },
    });
    entries.push(...page.entries);
    before = page.next;
  } while (before !== undefined && entries.length < most);
  return entries;
}

function cellsOf(entry: Entry): string[] {
  return [
    String(entry.entryNo),
    entry.at,
    entry.account,
    entry.role,
    entry.session,
    entry.address,
    entry.action,
    entry.outcome,
    entry.personId ?? "",
    entry.merchantId ?? "",
    entry.purpose,
    JSON.stringify(entry.details),
    entry.traceId,
  ];
}

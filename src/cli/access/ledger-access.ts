import { createHash } from "node:crypto";
import { type AuditVerification, verifyAudit } from "../../audit/verify-audit.ts";
import { systemClock } from "../../clock.ts";
import { findStatement, issueStatement, type Statement, statementCsv, StatementError } from "../../ledger/statement.ts";
import { type Verification, verifyLedger } from "../../ledger/verify.ts";
import { openStore } from "../../store/open.ts";
import type { Store } from "../../store/store.ts";
import { CommandError } from "../command-error.ts";
import { ask } from "./ask.ts";
import { changeAtDatabase } from "./database-actor.ts";
import { reach } from "./reach.ts";
import { merchantMeant } from "./sandbox-defaults.ts";
import { readServer } from "./server.ts";

/** The database of DATABASE_URL itself; without one, the server, which in a sandbox has the embedded database to itself. */
async function withStore<T>(url: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ databaseUrl: url, dataDirectory: "", connections: 2 });
  try {
    return await work(store);
  } catch (error) {
    throw error instanceof StatementError ? new CommandError(error.message) : error;
  } finally {
    await store.close();
  }
}

/** A statement with its CSV, issued now if its day is over. @throws CommandError when the CSV is no longer what was issued. */
export async function fetchStatement(
  day: string,
  merchantId: string | undefined,
): Promise<{ statement: Statement; csv: string }> {
  const fetched = await readStatement(day, merchantId);
  const sha256 = createHash("sha256").update(fetched.csv).digest("hex");
  if (sha256 !== fetched.statement.csvSha256) {
    throw new CommandError(
      `the ledger no longer gives the statement that was issued (SHA-256 ${sha256}, not ${fetched.statement.csvSha256}); kaimen verify says what was changed`,
    );
  }
  return fetched;
}

async function readStatement(day: string, named: string | undefined): Promise<{ statement: Statement; csv: string }> {
  const url = process.env["DATABASE_URL"];
  if (url === undefined || url === "") {
    const merchantId = await merchantMeant(named);
    const { url: address, ...statement } = await ask(await readServer(), "POST /api/statements", {
      body: { merchantId, day },
    });
    const reply = await reach(address);
    if (!reply.ok) throw new CommandError(`the statement's address answered ${reply.status}`);
    return { statement, csv: await reply.text() };
  }
  if (named === undefined) throw new CommandError("say whose statement: --merchant ID");
  return withStore(url, async (store) => {
    const statement = (await findStatement(store, named, day)) ?? (await issueAtDatabase(store, named, day));
    let csv = "";
    for await (const chunk of statementCsv(store, statement)) csv += chunk;
    return { statement, csv };
  });
}

function issueAtDatabase(store: Store, merchantId: string, day: string): Promise<Statement> {
  const event = { action: "statement.issue", merchantId, details: { day } };
  return changeAtDatabase({ store, clock: systemClock }, event, () =>
    issueStatement(store, systemClock, merchantId, day),
  );
}

/** What the ledger proves of itself, and the audit trail. */
export async function fetchVerification(): Promise<Verification & { readonly audit: AuditVerification }> {
  const url = process.env["DATABASE_URL"];
  if (url !== undefined && url !== "")
    return withStore(url, async (store) => ({ ...(await verifyLedger(store)), audit: await verifyAudit(store) }));
  const server = await readServer();
  const ledger = await ask(server, "POST /api/ledger/verify", {});
  return { ...ledger, audit: await ask(server, "POST /api/audit/verify", {}) };
}

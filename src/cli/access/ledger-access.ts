import { createHash } from "node:crypto";
import { systemClock } from "../../clock.ts";
import { findStatement, issueStatement, type Statement, statementCsv, StatementError } from "../../ledger/statement.ts";
import { type Verification, verifyLedger } from "../../ledger/verify.ts";
import { openStore } from "../../store/open.ts";
import type { Store } from "../../store/store.ts";
import { CommandError } from "../command-error.ts";
import { askOperatorApi, fetchSandbox, readSandbox } from "./running-sandbox.ts";

/** The database of DATABASE_URL itself; without one, the running sandbox, which has the embedded database to itself. */
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

async function readStatement(
  day: string,
  merchantId: string | undefined,
): Promise<{ statement: Statement; csv: string }> {
  const url = process.env["DATABASE_URL"];
  if (url === undefined || url === "") {
    const sandbox = await readSandbox();
    const { url: address, ...statement } = await askOperatorApi<Statement & { url: string }>(
      sandbox,
      "/api/statements",
      { day, merchant_id: merchantId },
    );
    const reply = await fetchSandbox(address);
    if (!reply.ok) throw new CommandError(`the statement's address answered ${reply.status}`);
    return { statement, csv: await reply.text() };
  }
  if (merchantId === undefined) throw new CommandError("say whose statement: --merchant ID");
  return withStore(url, async (store) => {
    const statement =
      (await findStatement(store, merchantId, day)) ?? (await issueStatement(store, systemClock, merchantId, day));
    let csv = "";
    for await (const chunk of statementCsv(store, statement)) csv += chunk;
    return { statement, csv };
  });
}

export async function fetchVerification(): Promise<Verification> {
  const url = process.env["DATABASE_URL"];
  if (url !== undefined && url !== "") return withStore(url, verifyLedger);
  return askOperatorApi<Verification>(await readSandbox(), "/api/ledger/verify", {});
}

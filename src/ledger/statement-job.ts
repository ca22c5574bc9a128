import { type Clock, dayUs, later } from "../clock.ts";
import type { Job, Jobs } from "../job.ts";
import type { Log } from "../log.ts";
import type { Store } from "../store/store.ts";
import { dayOf } from "./ledger.ts";
import { sealLedger, summariseNewLines } from "./seal.ts";
import { issueStatement, StatementError } from "./statement.ts";

const pauseMs = 15_000;
/** After so many rounds in which nothing could be sealed it is said. */
const roundsUntilWarning = 4;

export interface LedgerJobParts {
  readonly jobs: Jobs;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** Seals the ledger's new lines every quarter of a minute and issues the statements of a day soon after it is over. */
export function startLedgerJob({ jobs, store, clock, log }: LedgerJobParts): Job {
  let issuedDay = "";
  let waited = 0;

  async function seal(): Promise<void> {
    await summariseNewLines(store);
    let outcome = await sealLedger(store, clock);
    while (outcome === "more") outcome = await sealLedger(store, clock);
    waited = outcome === "waiting" ? waited + 1 : 0;
    if (waited === roundsUntilWarning)
      log.warn("a transaction that may write ledger lines goes on and on; sealing waits for it");
  }

  async function issueAll(): Promise<void> {
    const day = dayOf(later(clock.now(), -dayUs));
    if (day === issuedDay) return;
    const merchants = await store.query<{ merchant_id: string }>(
      "select merchant_id from merchant order by merchant_id",
    );
    for (const { merchant_id: merchantId } of merchants) await issueStatement(store, clock, merchantId, day);
    issuedDay = day;
    log.info({ day, merchants: merchants.length }, "statements issued");
  }

  return jobs.every(
    "ledger",
    pauseMs,
    async () => {
      await seal();
      await issueAll().catch((error: unknown) => {
        // The day is not over for long enough: its statements are due with a later run.
        if (!(error instanceof StatementError)) throw error;
      });
    },
    { firstAfterMs: pauseMs, failure: "sealing the ledger failed; it is tried again" },
  );
}

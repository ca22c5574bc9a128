import { setTimeout as delay } from "node:timers/promises";
import { type Clock, dayUs, later } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Store } from "../store/store.ts";
import { dayOf } from "./ledger.ts";
import { sealLedger } from "./seal.ts";
import { issueStatement, StatementError } from "./statement.ts";

const pauseMs = 15_000;

/** Seals the ledger's new lines every quarter of a minute and issues the statements of a day soon after it is over. */
export function startLedgerJob(store: Store, clock: Clock, log: Log): { stop(): Promise<void> } {
  const stopped = new AbortController();
  let issuedDay = "";

  async function issueAll(): Promise<void> {
    const day = dayOf(later(clock.now(), -dayUs));
    if (day === issuedDay) return;
    const merchants = await store.query<{ merchant_id: string }>("select merchant_id from merchant order by merchant_id");
    for (const { merchant_id: merchantId } of merchants) await issueStatement(store, clock, merchantId, day);
    issuedDay = day;
    log.info({ day, merchants: merchants.length }, "statements issued");
  }

  async function loop(): Promise<void> {
    while (!stopped.signal.aborted) {
      await delay(pauseMs, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
      if (stopped.signal.aborted) return;
      try {
        while ((await sealLedger(store, clock)) === "more");
        await issueAll();
      } catch (error) {
        if (!(error instanceof StatementError)) log.error({ err: error }, "sealing the ledger failed; it is tried again");
      }
    }
  }
  const running = loop();
  return {
    stop() {
      stopped.abort();
      return running;
    },
  };
}

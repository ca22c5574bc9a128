import { withinDeadline } from "../deadline.ts";
import type { Log } from "../log.ts";
import { type Store, StoreError } from "./store.ts";
import { directoryLost } from "./sql-state.ts";

/** An inquiry that waited longer would miss its own deadline. */
const answerMs = 2_000;

/**
 * Asks whether the store answers, by the way that every call takes: undefined when it does, else what is missing, in a few
 * words for strangers. However many ask, one statement is under way; who asks while it hangs waits for it with the others.
 * That it stops or starts answering is logged once, with the reason.
 */
export function createStoreReadiness(store: Store, log: Log): () => Promise<string | undefined> {
  let asking: Promise<unknown> | undefined;
  let missing: string | undefined;

  function ask(): Promise<unknown> {
    asking ??= store.queryBriefly("select 1").finally(() => (asking = undefined));
    return asking;
  }

  return async () => {
    const late = (): Error => new Error(`no answer within ${answerMs} ms`);
    const failure = await withinDeadline(ask(), answerMs, late).then(
      () => undefined,
      (error: unknown) => error,
    );
    const before = missing;
    missing = failure === undefined ? undefined : nameOf(failure);
    if (missing !== undefined && missing !== before)
      log.error({ err: failure, missing }, "the store does not answer: not ready");
    if (missing === undefined && before !== undefined) log.info("the store answers again: ready");
    return missing;
  };
}

function nameOf(failure: unknown): string {
  return failure instanceof StoreError && failure.sqlState === directoryLost ? "data directory" : "database";
}

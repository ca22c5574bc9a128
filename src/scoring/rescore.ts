import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { beijingMonth, type Clock, instantToText, type MonthIndex } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Store } from "../store/store.ts";
import type { Card } from "./card.ts";
import { compileCard } from "./compile.ts";

/** People taken at once: enough to be worth a statement, few enough to be done in a moment. */
const batchLimit = 5_000;

export interface Rescorer {
  /** Scores everybody who is marked now. Concurrent calls share the work; resolves when none is left. */
  run(): Promise<{ people: number }>;
  /** The same, but waits no longer than this: what is left goes on in the background. Never rejects. */
  runWithin(timeoutMs: number): Promise<void>;
  /** Marks everybody when the card or the as-of month has changed since all were last scored. */
  markAllIfStale(): Promise<boolean>;
  readonly cardVersion: string;
}

/** The card's version is a hash of what it says: the same version can never mean two cards. */
export function cardVersionOf(card: Card): string {
  return createHash("sha256").update(JSON.stringify(card)).digest("hex").slice(0, 16);
}

export function openRescorer(
  store: Store,
  clock: Clock,
  card: Card,
  options: { asOfMonth: MonthIndex | undefined; log: Log },
): Rescorer {
  const cardVersion = cardVersionOf(card);
  const sql = compileCard(card);
  const asOfMonth = (): MonthIndex => options.asOfMonth ?? beijingMonth(clock.now());
  let running: Promise<{ people: number }> | undefined;
  let again = false;

  /**
   * Taking the marks and reading the records are two statements: the first waits for a feedback batch that is marking
   * the same people, and only a statement that starts afterwards sees what that batch has stored.
   */
  async function scoreBatch(): Promise<number> {
    return store.transaction(async (transaction) => {
      const people = await transaction.query<{ bucket: number; person_id: string }>(
        `delete from rescore_mark where (bucket, person_id) in (
           select bucket, person_id from rescore_mark order by bucket, person_id limit $1
         ) returning bucket, person_id`,
        [batchLimit],
      );
      if (people.length === 0) return 0;
      await transaction.query(sql, [
        people.map(({ bucket }) => bucket),
        people.map(({ person_id }) => person_id),
        asOfMonth(),
        cardVersion,
        instantToText(clock.now()),
      ]);
      return people.length;
    });
  }

  async function drain(): Promise<{ people: number }> {
    let people = 0;
    do {
      again = false;
      for (let scored = await scoreBatch(); scored > 0; scored = await scoreBatch()) people += scored;
    } while (again);
    return { people };
  }

  function run(): Promise<{ people: number }> {
    // A call that comes while a run is ending must not be told "done" for marks that the run has not seen.
    again = true;
    running ??= drain().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    cardVersion,
    run,
    async runWithin(timeoutMs) {
      const scored = run().catch((error: unknown) => options.log.error({ err: error }, "rescoring failed; the marks stay"));
      await Promise.race([scored, delay(timeoutMs, undefined, { ref: false })]);
    },
    markAllIfStale() {
      const state = JSON.stringify({ cardVersion, asOfMonth: asOfMonth() });
      return store.transaction(async (transaction) => {
        await transaction.query(
          "insert into card (card_version, body, created_at) values ($1, $2, $3) on conflict (card_version) do nothing",
          [cardVersion, JSON.stringify(card), instantToText(clock.now())],
        );
        const changed = await transaction.query(
          `insert into setting (name, value) values ('scored_with', $1::jsonb)
           on conflict (name) do update set value = excluded.value where setting.value <> excluded.value
           returning name`,
          [state],
        );
        if (changed.length === 0) return false;
        await transaction.query(
          `insert into rescore_mark (bucket, person_id, marked_at)
           select bucket, person_id, $1 from person order by bucket, person_id
           on conflict (bucket, person_id) do nothing`,
          [instantToText(clock.now())],
        );
        return true;
      });
    },
  };
}

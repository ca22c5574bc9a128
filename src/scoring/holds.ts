import { type Clock, type Instant, instantToText } from "../clock.ts";
import type { PersonKey } from "../consent/people.ts";
import type { Queryable, Store, Transaction } from "../store/store.ts";
import { CardError } from "./cards.ts";
import type { Rescorer } from "./rescore.ts";

/** A person whose score is stopped: they are answered "N/A", reason N5, until somebody releases it. */
export interface Hold {
  readonly personId: string;
  readonly reason: string;
  readonly heldBy: string;
  readonly heldAt: string;
}

export interface HoldEvent {
  readonly at: string;
  readonly action: "held" | "released";
  readonly reason: string;
  readonly operator: string;
}

export interface HoldParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly rescorer: Pick<Rescorer, "scoreWithin">;
}

/** Who asks for it and why; the reason is kept, told to operators, and never sent or logged. */
export interface HoldRequest {
  readonly operator: string;
  readonly reason: string;
}

const holdsListed = 1_000;
const eventsListed = 100;
const reasonForm = /^[^\p{Cc}\p{Zl}\p{Zp}]{1,200}$/u;

/**
 * Stops a person's score, from the commit on. Who did it and why is appended in the same transaction. Throws a CardError
 * when nothing was ever reported of the person, when it is stopped already, or without a reason.
 */
export async function holdScore(parts: HoldParts, person: PersonKey, request: HoldRequest): Promise<void> {
  await parts.store.transaction(async (transaction) => {
    const at = instantToText(parts.clock.now());
    const [known] = await transaction.query("select from person where bucket = $1 and person_id = $2", [
      person.bucket,
      person.personId,
    ]);
    if (known === undefined)
      throw new CardError("nothing was ever reported of anybody with this credential", "not-found");
    const held = await transaction.query(
      `insert into score_hold (bucket, person_id, reason, held_by, held_at) values ($1, $2, $3, $4, $5)
       on conflict (bucket, person_id) do nothing returning person_id`,
      [person.bucket, person.personId, reasonOf(request), request.operator, at],
    );
    if (held.length === 0)
      throw new CardError(
        "this person's score is stopped already; kaimen score holds shows since when and why",
        "conflict",
      );
    await keepAndScore(parts, transaction, person, { ...request, action: "held", at });
  });
}

/** Lets a person be scored again, from the commit on, as `holdScore` stops it. */
export async function releaseScore(parts: HoldParts, person: PersonKey, request: HoldRequest): Promise<void> {
  await parts.store.transaction(async (transaction) => {
    const at = instantToText(parts.clock.now());
    reasonOf(request);
    const released = await transaction.query(
      "delete from score_hold where bucket = $1 and person_id = $2 returning person_id",
      [person.bucket, person.personId],
    );
    if (released.length === 0) throw new CardError("this person's score is not stopped", "conflict");
    await keepAndScore(parts, transaction, person, { ...request, action: "released", at });
  });
}

async function keepAndScore(
  parts: HoldParts,
  transaction: Transaction,
  person: PersonKey,
  event: HoldEvent,
): Promise<void> {
  await transaction.query(
    "insert into score_hold_event (bucket, person_id, at, action, reason, operator) values ($1, $2, $3, $4, $5, $6)",
    [person.bucket, person.personId, event.at, event.action, event.reason, event.operator],
  );
  await parts.rescorer.scoreWithin(transaction, person);
}

function reasonOf({ reason }: HoldRequest): string {
  if (!reasonForm.test(reason.trim())) throw new CardError("a reason is needed, of at most 200 characters in one line");
  return reason;
}

/** The longest held first. */
export async function listHolds(store: Queryable): Promise<Hold[]> {
  const rows = await store.query<{ person_id: string; reason: string; held_by: string; held_at: Instant }>(
    "select person_id, reason, held_by, held_at from score_hold order by held_at, person_id limit $1",
    [holdsListed],
  );
  return rows.map((row) => ({
    personId: row.person_id,
    reason: row.reason,
    heldBy: row.held_by,
    heldAt: instantToText(row.held_at),
  }));
}

/** What was done to a person's score by hand, the newest first. */
export async function holdEvents(store: Queryable, person: PersonKey): Promise<HoldEvent[]> {
  const rows = await store.query<Omit<HoldEvent, "at"> & { at: Instant }>(
    "select at, action, reason, operator from score_hold_event where bucket = $1 and person_id = $2 order by at desc limit $3",
    [person.bucket, person.personId, eventsListed],
  );
  return rows.map((row) => ({ ...row, at: instantToText(row.at) }));
}

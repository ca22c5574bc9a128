import { type Instant, instantToText } from "../clock.ts";
import type { PersonKey } from "../consent/people.ts";
import type { Queryable } from "../store/store.ts";

/** A request of a person, or an operator's on their behalf, that cannot be carried out: in words for the operator. */
export class PersonError extends Error {
  override readonly name = "PersonError";
  /** Nothing is stored of whom it is about, or what is asked cannot be done. */
  readonly code: "not-found" | "refused";

  constructor(message: string, code: PersonError["code"] = "refused") {
    super(message);
    this.code = code;
  }
}

/** Who asks and why; the reason is kept with the event, and is never logged. */
export interface PersonRequest {
  readonly operator: string;
  readonly reason: string;
}

export interface PersonEvent {
  readonly at: string;
  readonly action: "exported" | "erased" | "named";
  readonly reason: string;
  readonly operator: string;
  /** How many rows were exported or deleted, or how many names were weighed. */
  readonly rows: number;
}

const reasonForm = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,200}$/u;
export const eventsListed = 100;

/** @throws PersonError when the reason is missing, longer than 200 characters or longer than a line. */
export function checkReason({ reason }: PersonRequest): string {
  const trimmed = reason.trim();
  if (!reasonForm.test(trimmed))
    throw new PersonError(
      "a reason is needed, of at most 200 characters in one line: who asked for it, and on what ground",
    );
  return trimmed;
}

export async function recordPersonEvent(
  store: Queryable,
  person: PersonKey,
  event: Omit<PersonEvent, "at"> & { at: Instant },
): Promise<void> {
  await store.query(
    "insert into person_event (bucket, person_id, at, action, reason, operator, rows) values ($1, $2, $3, $4, $5, $6, $7)",
    [person.bucket, person.personId, instantToText(event.at), event.action, event.reason, event.operator, event.rows],
  );
}

/** The newest first. */
export async function personEvents(store: Queryable, person: PersonKey): Promise<PersonEvent[]> {
  const rows = await store.query<Omit<PersonEvent, "at"> & { at: Instant }>(
    "select at, action, reason, operator, rows from person_event where bucket = $1 and person_id = $2 order by at desc limit $3",
    [person.bucket, person.personId, eventsListed],
  );
  return rows.map((row) => ({ ...row, at: instantToText(row.at) }));
}

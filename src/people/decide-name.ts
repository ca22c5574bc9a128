import { type Clock, instantToText } from "../clock.ts";
import { nameId, type PersonKey } from "../consent/people.ts";
import { keepPeople } from "../consent/people-lock.ts";
import type { Vault } from "../keys/vault.ts";
import type { Rescorer } from "../scoring/rescore.ts";
import type { Store } from "../store/store.ts";
import { checkReason, PersonError, type PersonRequest, recordPersonEvent } from "./person-events.ts";

export interface NameDecisionParts {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly rescorer: Pick<Rescorer, "scoreWithin">;
}

/**
 * Says which of a person's names holds: the person is scored again in spite of the others that are stored now, is found under
 * this one alone, and gets no login under another. A name that is fed back later is none that was weighed, and makes the
 * score N/A again. Resolves to how many names were weighed. @throws PersonError when the name is none of those stored.
 */
export async function decideName(
  { store, vault, clock, rescorer }: NameDecisionParts,
  person: PersonKey,
  { name, ...request }: PersonRequest & { readonly name: string },
): Promise<{ names: number }> {
  const reason = checkReason(request);
  return store.transaction(async (transaction) => {
    await keepPeople(transaction);
    const rows = await transaction.query<{ name_id: string }>(
      "select name_id from person_name where bucket = $1 and person_id = $2 order by name_id",
      [person.bucket, person.personId],
    );
    if (rows.length === 0) throw new PersonError("nothing is stored of anybody with this credential", "not-found");
    const nameIds = rows.map((row) => row.name_id);
    const own = nameId(vault, name);
    if (!nameIds.includes(own))
      throw new PersonError(
        "this is none of the names that are stored with the credential: kaimen person export has them",
      );
    const now = clock.now();
    await transaction.query(
      `insert into name_decision (bucket, person_id, name_id, weighed, decided_at) values ($1, $2, $3, $4::uuid[], $5)
       on conflict (bucket, person_id) do update
         set name_id = excluded.name_id, weighed = excluded.weighed, decided_at = excluded.decided_at`,
      [person.bucket, person.personId, own, nameIds, instantToText(now)],
    );
    await recordPersonEvent(transaction, person, {
      at: now,
      action: "named",
      reason,
      operator: request.operator,
      rows: nameIds.length,
    });
    await rescorer.scoreWithin(transaction, person);
    return { names: nameIds.length };
  });
}

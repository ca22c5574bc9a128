import type { Instant } from "../clock.ts";
import type { Vault } from "../keys/vault.ts";
import type { Transaction } from "../store/store.ts";
import { type Identity, nameId, type PersonKey, personOf, rememberPerson } from "./people.ts";

/** A login was asked for a known identity number in another name than it is stored with. Nothing of that name is told. */
export class NameError extends Error {
  override readonly name = "NameError";

  constructor() {
    super(
      "this identity number is stored with another name: compare both with the person's document; if that is right, the merchant that fed the other name back has to correct it",
    );
  }
}

/**
 * Remembers a person who is to have a login, under the name that is stored or, where none is, under this one: a login for
 * somebody else's identity number would read that person's score. To be called within the transaction that adds the login.
 * @throws NameError
 */
export async function rememberUnderOwnName(
  transaction: Transaction,
  vault: Vault,
  identity: Identity,
  now: Instant,
): Promise<PersonKey> {
  const key = personOf(vault, identity.credentialsType, identity.credentialsNo);
  // One who is known is locked here and one who is not by being added below: of two names at once the second sees the first.
  await transaction.query("select from person where bucket = $1 and person_id = $2 for update", [
    key.bucket,
    key.personId,
  ]);
  const before = await namesOf(transaction, key);
  const own = nameId(vault, identity.name);
  if (before.length > 0 && !before.includes(own)) throw new NameError();
  await rememberPerson(transaction, vault, identity, now);
  if (before.length === 0 && (await namesOf(transaction, key)).some((each) => each !== own)) throw new NameError();
  return key;
}

/** The names that the person may have: the one that holds, where an operator has said which. */
async function namesOf(transaction: Transaction, { bucket, personId }: PersonKey): Promise<string[]> {
  const rows = await transaction.query<{ name_id: string }>(
    `select name_id from person_name where bucket = $1 and person_id = $2
       and not exists (select from name_decision decided
                       where decided.bucket = $1 and decided.person_id = $2 and decided.name_id <> person_name.name_id)`,
    [bucket, personId],
  );
  return rows.map((row) => row.name_id);
}

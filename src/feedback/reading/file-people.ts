import { nameId, personKey, sealName } from "../../consent/people.ts";
import type { Vault } from "../../keys/vault.ts";
import type { FeedbackRecord } from "./record.ts";
import { StagedPerson } from "./staged-person.ts";

/** So many people and names of a file are remembered at a time: enough that each is hashed and sealed about once. */
const peopleRemembered = 50_000;
const namesRemembered = 20_000;

/** Gives the people of a file their ids. */
export class FilePeople {
  readonly #vault: Vault;
  #known = new Map<string, StagedPerson>();
  #nameIds = new Map<string, string>();
  #sealedNames = new Map<string, Uint8Array>();
  #last: { readonly record: FeedbackRecord; readonly person: StagedPerson } | undefined;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  of(record: FeedbackRecord): StagedPerson {
    const last = this.#last?.record;
    if (
      last?.credentialsNo === record.credentialsNo &&
      last.nameKey === record.nameKey &&
      last.credentialsType === record.credentialsType
    ) {
      return this.#last?.person as StagedPerson; // The person is that of the record just compared.
    }
    const identity = `${record.credentialsType}\0${record.credentialsNo}\0${record.nameKey}`;
    let person = this.#known.get(identity);
    if (person === undefined) {
      const { bucket, personId } = personKey(this.#vault, record.credentialsType, record.credentialsNo);
      person = new StagedPerson(bucket, personId, this.#nameIdOf(record.nameKey));
      if (this.#known.size >= peopleRemembered) this.#known = new Map();
      this.#known.set(identity, person);
    }
    this.#last = { record, person };
    return person;
  }

  /** The name as it is written, sealed once for all who have it: that they share a name is told by their name_id anyway. */
  sealedName(name: string): Uint8Array {
    return remembered(this.#sealedNames, name, () => sealName(this.#vault, name));
  }

  #nameIdOf(key: string): string {
    return remembered(this.#nameIds, key, () => nameId(this.#vault, key));
  }
}

function remembered<T>(known: Map<string, T>, name: string, make: () => T): T {
  const before = known.get(name);
  if (before !== undefined) return before;
  const made = make();
  if (known.size >= namesRemembered) known.clear();
  known.set(name, made);
  return made;
}

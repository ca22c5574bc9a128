import { nameId, personKey, sealName } from "../../consent/people.ts";
import type { Vault } from "../../keys/vault.ts";
import type { FeedbackRecord } from "./record.ts";
import { StagedPerson } from "./staged-person.ts";

/** So many people and names of a file are remembered at a time: enough that each is hashed and sealed about once. */
const peopleRemembered = 50_000;
const namesRemembered = 20_000;

interface KnownName {
  readonly nameId: string;
  sealed: Uint8Array | undefined;
}

/** Gives the people of a file their ids. */
export class FilePeople {
  readonly #vault: Vault;
  #known = new Map<string, StagedPerson>();
  #names = new Map<string, KnownName>();
  #last: { readonly record: FeedbackRecord; readonly person: StagedPerson } | undefined;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  of(record: FeedbackRecord): StagedPerson {
    const last = this.#last?.record;
    if (
      last?.credentialsNo === record.credentialsNo &&
      last.name === record.name &&
      last.credentialsType === record.credentialsType
    ) {
      return this.#last?.person as StagedPerson; // The person is that of the record just compared.
    }
    const identity = `${record.credentialsType}\0${record.credentialsNo}\0${record.name}`;
    let person = this.#known.get(identity);
    if (person === undefined) {
      const { bucket, personId } = personKey(this.#vault, record.credentialsType, record.credentialsNo);
      person = new StagedPerson(bucket, personId, this.#nameOf(record.name).nameId);
      if (this.#known.size >= peopleRemembered) this.#known = new Map();
      this.#known.set(identity, person);
    }
    this.#last = { record, person };
    return person;
  }

  /** The name, sealed once for all who have it: that they share a name is told by their name_id anyway. */
  sealedName(name: string): Uint8Array {
    const known = this.#nameOf(name);
    known.sealed ??= sealName(this.#vault, name);
    return known.sealed;
  }

  #nameOf(name: string): KnownName {
    let known = this.#names.get(name);
    if (known === undefined) {
      known = { nameId: nameId(this.#vault, name), sealed: undefined };
      if (this.#names.size >= namesRemembered) this.#names = new Map();
      this.#names.set(name, known);
    }
    return known;
  }
}

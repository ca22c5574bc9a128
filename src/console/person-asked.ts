import { identityCard, type PersonKey, personOf } from "../consent/people.ts";
import type { Vault } from "../keys/vault.ts";

/** A person, as a request names them. */
export interface NamedPerson {
  readonly credentialsNo: string;
  /** The resident identity card when left out. */
  readonly credentialsType?: string | undefined;
}

/** Where the rows lie of whoever has this credential, known or not. */
export function personKeyOf(vault: Vault, { credentialsNo, credentialsType = identityCard }: NamedPerson): PersonKey {
  return personOf(vault, credentialsType, credentialsNo);
}

import { randomBytes } from "node:crypto";
import { type Clock, instantToText } from "../clock.ts";
import type { MasterKey } from "../keys/master-key.ts";
import { createVault, seal, unseal, type Vault, wrappingKey } from "../keys/vault.ts";
import type { Store } from "./store.ts";

const context = "data key";

/**
 * The vault of this database. Its two keys are made at the first start and lie in the database, wrapped by the master
 * key; a wrong master key is found out here, before anything is written under it.
 */
export async function openVault(store: Store, master: MasterKey, clock: Clock): Promise<Vault> {
  const wrapping = wrappingKey(master);
  for (const name of ["sealing", "lookup"]) {
    await store.query(
      "insert into data_key (name, wrapped_key, created_at) values ($1, $2, $3) on conflict (name) do nothing",
      [name, seal(wrapping, randomBytes(32), `${context} ${name}`), instantToText(clock.now())],
    );
  }
  const rows = await store.query<{ name: string; wrapped_key: Uint8Array }>("select name, wrapped_key from data_key");
  const unwrap = (name: string): Uint8Array => {
    const row = rows.find((each) => each.name === name);
    if (row === undefined) throw new Error(`the database has no data key "${name}"`);
    try {
      return unseal(wrapping, row.wrapped_key, `${context} ${name}`);
    } catch (error) {
      throw new Error("the master key does not fit this database; start with the one it was created under", {
        cause: error,
      });
    }
  };
  return createVault({ sealing: unwrap("sealing"), lookup: unwrap("lookup") });
}

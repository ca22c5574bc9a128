import { type Instant, instantToText } from "../clock.ts";
import type { Vault } from "../keys/vault.ts";
import { normalForm } from "../protocol/normal-form.ts";
import { bucketOfUuid } from "../store/bucket.ts";
import type { Queryable } from "../store/store.ts";
import { nameKey } from "./name-key.ts";

/** Where a person's rows lie. person_id is a keyed hash of the credential: nothing can be read from it without the key. */
export interface PersonKey {
  readonly bucket: number;
  readonly personId: string;
}

/** The resident identity card (居民身份证) is type "0" in every template known. */
export const identityCard = "0";

/**
 * One writing for one credential: width, spaces, invisible characters, the apostrophe that marks text in a spreadsheet, and
 * the case of the check letter X are how people and systems differ; NFKC turns full-width digits into digits. An identity
 * number of 15 digits, as issued before 1999, becomes the one of 18 that its holder has since.
 */
export function normaliseCredentialsNo(credentialsType: string, credentialsNo: string): string {
  const number = normalForm(credentialsNo)
    .replaceAll(/[\s\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu, "")
    .replace(/^['`\u2018\u2019\u00b4]+/u, "")
    .toUpperCase();
  if (credentialsType !== identityCard) return number;
  // The check letter typed in Greek or Cyrillic, or as the multiplication sign, looks the same.
  if (/^\d{17}[\u03a7\u0425\u00d7]$/u.test(number)) return `${number.slice(0, 17)}X`;
  if (!/^\d{15}$/.test(number)) return number;
  const seventeen = `${number.slice(0, 6)}19${number.slice(6)}`;
  return seventeen + identityCheckCharacter(seventeen);
}

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const checkCharacters = "10X98765432";

/**
 * What is wrong with a normalised 18-character identity number (GB 11643-1999), or undefined: its form, its date of
 * birth, its check character. The region is not judged: 99xxxx, assigned to nobody, is what test data uses.
 */
export function identityNumberFault(number: string): "form" | "date" | "check" | undefined {
  if (!/^\d{17}[\dX]$/.test(number)) return "form";
  const day = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
  if (!isRealDay(day)) return "date";
  const sum = weights.reduce((total, weight, index) => total + weight * Number(number[index]), 0);
  return number[17] === checkCharacters[sum % 11] ? undefined : "check";
}

/** The check character that completes seventeen digits. */
export function identityCheckCharacter(seventeen: string): string {
  const sum = weights.reduce((total, weight, index) => total + weight * Number(seventeen[index]), 0);
  return checkCharacters[sum % 11] ?? "";
}

/** The last one seen to be real: most requests in a row are of one day. */
let knownDay = "";

/** Whether `yyyy-MM-dd` names a day of the calendar: 2023-02-29 does not, and there is no year 0. */
export function isRealDay(day: string): boolean {
  if (day === knownDay) return true;
  if (day < "0001") return false;
  const time = Date.parse(`${day}T00:00:00Z`);
  const isReal = !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === day;
  if (isReal) knownDay = day;
  return isReal;
}

/** Where the rows lie of whoever has this credential, written as it may be. */
export function personOf(vault: Vault, credentialsType: string, credentialsNo: string): PersonKey {
  return personKey(vault, credentialsType, normaliseCredentialsNo(credentialsType, credentialsNo));
}

export function personKey(vault: Vault, credentialsType: string, normalisedNo: string): PersonKey {
  const personId = vault.lookupId("person", `${credentialsType}\0${normalisedNo}`);
  return { bucket: bucketOfUuid(personId), personId };
}

/** One id for one name, however it is written. */
export function nameId(vault: Vault, name: string): string {
  return vault.lookupId("name", nameKey(name));
}

export interface Identity {
  readonly credentialsType: string;
  readonly credentialsNo: string;
  readonly name: string;
}

/** Remembers a person and the name, sealed; does nothing for what is known already. */
export async function rememberPerson(
  store: Queryable,
  vault: Vault,
  identity: Identity,
  now: Instant,
): Promise<PersonKey> {
  const number = normaliseCredentialsNo(identity.credentialsType, identity.credentialsNo);
  const name = identity.name.trim();
  const key = personKey(vault, identity.credentialsType, number);
  await store.query(
    `insert into person (bucket, person_id, credentials_type, credentials_no_sealed, created_at)
     values ($1, $2, $3, $4, $5) on conflict (bucket, person_id) do nothing`,
    [key.bucket, key.personId, identity.credentialsType, sealCredentialsNo(vault, number), instantToText(now)],
  );
  await store.query(
    `insert into person_name (bucket, person_id, name_id, name_sealed)
     values ($1, $2, $3, $4) on conflict (bucket, person_id, name_id) do nothing`,
    [key.bucket, key.personId, nameId(vault, name), sealName(vault, name)],
  );
  return key;
}

export function sealCredentialsNo(vault: Vault, normalisedNo: string): Uint8Array {
  return vault.seal(normalisedNo, "person.credentials_no");
}

/** Sealed as it was written: `name_id` alone says which name it is. */
export function sealName(vault: Vault, name: string): Uint8Array {
  return vault.seal(name, "person_name.name");
}

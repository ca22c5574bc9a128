import { type Clock, instantToText } from "../clock.ts";
import { nameId, type PersonKey } from "../consent/people.ts";
import { keepPeople } from "../consent/people-lock.ts";
import type { Vault } from "../keys/vault.ts";
import type { Queryable, Store, Transaction } from "../store/store.ts";

/** Raised whenever `nameKey` gives a name that may be stored another key than before. */
const keyVersion = 1;
/** Any fixed number: of several processes that start, one goes through the names at a time. */
const rehashLock = 730_003;
/** So many names are opened and hashed in one transaction: about a second's work. */
const usualBatch = 5_000;

/** Where the going through has got to, as it lies in the table `setting`. */
interface Progress {
  readonly version: number;
  readonly done: boolean;
  readonly after: NamePlace;
}

interface NamePlace extends PersonKey {
  readonly nameId: string;
}

const nowhere = "00000000-0000-0000-0000-000000000000";
const beginning: NamePlace = { bucket: -1, personId: nowhere, nameId: nowhere };
const settingName = "name_key";

export interface RehashParts {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: { info(details: object, message: string): void; error(details: object, message: string): void };
}

/**
 * Gives each stored name the id that `nameKey` gives it now, and records with it; whoever's names were told apart wrongly is
 * marked for scoring. Names are opened and hashed anew in batches, each in a transaction together with the place that it got to: a
 * process that ends in between goes on from there at its next start. To be run before anything asks for names.
 */
export async function rehashNames(parts: RehashParts, { batch = usualBatch } = {}): Promise<{ changed: number }> {
  let changed = 0;
  const before = await readProgress(parts.store);
  if (before.done) return { changed };
  for (;;) {
    const next = await parts.store.transaction((transaction) => rehashBatch(parts, transaction, batch));
    changed += next.changed;
    if (next.done) break;
  }
  if (changed > 0) parts.log.info({ changed }, "names that were written in several ways have one id now");
  return { changed };
}

async function readProgress(store: Queryable): Promise<Progress> {
  const [row] = await store.query<{ value: Progress }>("select value from setting where name = $1", [settingName]);
  return row?.value.version === keyVersion ? row.value : { version: keyVersion, done: false, after: beginning };
}

interface StoredName {
  readonly bucket: number;
  readonly person_id: string;
  readonly name_id: string;
  readonly name_sealed: Uint8Array;
}

async function rehashBatch(
  { vault, clock, log }: RehashParts,
  transaction: Transaction,
  batch: number,
): Promise<{ changed: number; done: boolean }> {
  await keepPeople(transaction);
  await transaction.query("select pg_advisory_xact_lock($1)", [rehashLock]);
  const progress = await readProgress(transaction);
  if (progress.done) return { changed: 0, done: true };
  const { bucket, personId, nameId: lastNameId } = progress.after;
  const names = await transaction.query<StoredName>(
    `select bucket, person_id, name_id, name_sealed from person_name
     where (bucket, person_id, name_id) > ($1::smallint, $2::uuid, $3::uuid) order by bucket, person_id, name_id limit $4`,
    [bucket, personId, lastNameId, batch],
  );
  let unreadable = 0;
  const changes = names.flatMap((name) => {
    const written = openName(vault, name.name_sealed);
    if (written === undefined) unreadable += 1;
    const id = written === undefined ? name.name_id : nameId(vault, written);
    return id === name.name_id ? [] : [{ ...name, id }];
  });
  if (unreadable > 0) log.error({ unreadable }, "stored names do not open under this master key; they keep their ids");
  if (changes.length > 0) {
    const changed = [
      changes.map((each) => each.bucket),
      changes.map((each) => each.person_id),
      changes.map((each) => each.name_id),
      changes.map((each) => each.id),
    ];
    await transaction.query(renameRecordsSql, changed);
    await transaction.query(decisionsSql, changed);
    await transaction.query(addNamesSql, changed);
    await transaction.query(dropNamesSql, changed.slice(0, 3));
    await transaction.query(markSql, [...changed.slice(0, 2), instantToText(clock.now())]);
  }
  const last = names.at(-1);
  const done = names.length < batch || last === undefined;
  const after =
    last === undefined ? progress.after : { bucket: last.bucket, personId: last.person_id, nameId: last.name_id };
  await transaction.query(
    "insert into setting (name, value) values ($1, $2::jsonb) on conflict (name) do update set value = excluded.value",
    [settingName, JSON.stringify({ version: keyVersion, done, after } satisfies Progress)],
  );
  return { changed: changes.length, done };
}

function openName(vault: Vault, sealed: Uint8Array): string | undefined {
  try {
    return vault.open(sealed, "person_name.name").toString();
  } catch {
    return undefined;
  }
}

const changedNames =
  "unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[]) as changed(bucket, person_id, old_id, new_id)";

const renameRecordsSql = `
update feedback_record record set name_id = changed.new_id from ${changedNames}
where record.bucket = changed.bucket and record.person_id = changed.person_id and record.name_id = changed.old_id`;

const decisionsSql = `
with changed as (select * from ${changedNames})
update name_decision decided set
  name_id = coalesce((select new_id from changed where changed.bucket = decided.bucket and changed.person_id = decided.person_id
                      and changed.old_id = decided.name_id), decided.name_id),
  weighed = decided.weighed || array(select new_id from changed where changed.bucket = decided.bucket
                                     and changed.person_id = decided.person_id and changed.old_id = any(decided.weighed))
where (decided.bucket, decided.person_id) in (select bucket, person_id from changed)`;

const addNamesSql = `
insert into person_name (bucket, person_id, name_id, name_sealed)
select distinct on (bucket, person_id, changed.new_id) bucket, person_id, changed.new_id, stored.name_sealed
from ${changedNames} join person_name stored using (bucket, person_id)
where stored.name_id = changed.old_id
order by bucket, person_id, changed.new_id, changed.old_id
on conflict (bucket, person_id, name_id) do nothing`;

const dropNamesSql = `
delete from person_name stored using unnest($1::smallint[], $2::uuid[], $3::uuid[]) as changed(bucket, person_id, old_id)
where stored.bucket = changed.bucket and stored.person_id = changed.person_id and stored.name_id = changed.old_id`;

const markSql = `
insert into rescore_mark (bucket, person_id, marked_at)
select distinct bucket, person_id, $3::timestamptz
from unnest($1::smallint[], $2::uuid[]) as changed(bucket, person_id) order by bucket, person_id
on conflict (bucket, person_id) do update set marked_at = excluded.marked_at`;

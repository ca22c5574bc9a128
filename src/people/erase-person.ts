import { type Clock, instantToText } from "../clock.ts";
import { identityCard, type PersonKey, personOf } from "../consent/people.ts";
import { holdPeople } from "../consent/people-lock.ts";
import { eraseRefused } from "../feedback/batches/refused-rows.ts";
import type { Vault } from "../keys/vault.ts";
import { lockSlice, sliceOf } from "../scoring/score-people.ts";
import { bucketOf } from "../store/bucket.ts";
import { deadlockDetected, failedWith, lockNotAvailable } from "../store/sql-state.ts";
import type { SqlValue, Store, Transaction } from "../store/store.ts";
import { checkReason, PersonError, type PersonRequest, recordPersonEvent } from "./person-events.ts";

/** How long an erasure waits for the feedback files that are being taken in, and for scoring at the person's slice. */
const waitMs = 10_000;
/** Longer than any credential. */
const credentialLength = 64;

/** How many rows were deleted, or would be, by what they are; and how many stay. */
export interface Erasure {
  readonly erased: Readonly<Record<string, number>>;
  /** Ledger lines and consents: proof of what was billed and allowed. They name the person by random and hashed ids alone. */
  readonly kept: { readonly inquiries: number; readonly consents: number };
  /** Whether it was done, or only counted. */
  readonly done: boolean;
}

export interface ErasureParts {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
}

/** Ends the work of a trial, so that nothing of it stays. */
class OnlyCounted extends Error {
  readonly erasure: Erasure;

  constructor(erasure: Erasure) {
    super("only counted");
    this.erasure = erasure;
  }
}

/**
 * Deletes a person's file (PIPL, article 47), all or nothing: identity, names, records, refused ones too, scores, logins,
 * sessions, codes and tokens; consents end. Ledger lines and consents stay. With `isTrial` the same is done and taken back, so that the
 * operator sees what it would be. What merchants feed back afterwards begins a new file.
 * @throws PersonError when nothing is stored of the person, or when feedback or scoring keeps it waiting for ten seconds.
 */
export async function erasePerson(
  { store, vault, clock }: ErasureParts,
  person: PersonKey,
  request: PersonRequest & { isTrial: boolean },
): Promise<Erasure> {
  const reason = checkReason(request);
  // The ledger lies by merchant and is gone through, so it is counted before anything waits for this.
  const inquiries = await countInquiries(store, person);
  try {
    return await store.transaction(async (transaction) => {
      await holdPeople(transaction, waitMs);
      await lockSlice(transaction, sliceOf(person.bucket));
      const { bucket, personId } = person;
      const [known] = await transaction.query<{ credentials_type: string }>(
        "select credentials_type from person where bucket = $1 and person_id = $2",
        [bucket, personId],
      );
      const credentialsType = known?.credentials_type ?? identityCard;
      const refused = await eraseRefused(transaction, vault, (value) => {
        if (value.length > credentialLength || !/\d/.test(value)) return false;
        return personOf(vault, credentialsType, value).personId === personId;
      });
      if (known === undefined && refused === 0)
        throw new PersonError("nothing is stored of anybody with this credential");
      const now = clock.now();
      const users = await usersOf(transaction, person);
      const consents = await countConsents(transaction, users);
      const erased = {
        ...(await eraseUsers(transaction, person, users, instantToText(now))),
        ...(await eraseFile(transaction, person)),
        refusedRecords: refused,
      };
      const erasure = { erased, kept: { inquiries, consents }, done: !request.isTrial };
      if (request.isTrial) throw new OnlyCounted(erasure);
      const rows = Object.values(erased).reduce((sum, each) => sum + each, 0);
      await recordPersonEvent(transaction, person, {
        at: now,
        action: "erased",
        reason,
        operator: request.operator,
        rows,
      });
      return erasure;
    });
  } catch (error) {
    if (error instanceof OnlyCounted) return error.erasure;
    if (failedWith(error, lockNotAvailable, deadlockDetected)) {
      throw new PersonError(
        "feedback or scoring is at work on the same rows; nothing was erased; try again in a minute",
      );
    }
    throw error;
  }
}

type Deletion = readonly [name: string, sql: string, parameters: readonly SqlValue[]];

/**
 * Each until nothing is left: a deletion that waited for somebody, such as a refresh of a token, has not seen what they
 * have put in the place of what it deletes.
 */
async function deleteEach(transaction: Transaction, deletions: readonly Deletion[]): Promise<Record<string, number>> {
  const deleted: Record<string, number> = {};
  for (const [name, sql, parameters] of deletions) {
    for (let rows = -1; rows !== 0; deleted[name] = (deleted[name] ?? 0) + rows) {
      rows = (await transaction.query(sql, parameters)).length;
    }
  }
  return deleted;
}

interface UserRow {
  readonly user_id: string;
  readonly login: string;
}

function usersOf(transaction: Transaction, { bucket, personId }: PersonKey): Promise<UserRow[]> {
  return transaction.query<UserRow & Record<string, unknown>>(
    "select user_id, login from user_account where person_bucket = $1 and person_id = $2 order by user_id for update",
    [bucket, personId],
  );
}

async function eraseUsers(
  transaction: Transaction,
  { bucket, personId }: PersonKey,
  users: readonly UserRow[],
  now: string,
): Promise<Record<string, number>> {
  const userIds = users.map((user) => user.user_id);
  await transaction.query(endConsentsSql, [userIds.map((userId) => bucketOf(userId)), userIds, now]);
  const logins = await accountsOf(transaction, users, userIds);
  return deleteEach(transaction, [
    [
      "passwords",
      `delete from account where kind = 'user'
         and (bucket, login) in (select * from unnest($1::smallint[], $2::text[])) returning bucket`,
      [logins.map((login) => bucketOf(login)), logins],
    ],
    // After the accounts: a session that is being opened waits for its account's row, and finds none.
    ["sessions", "delete from session where kind = 'user' and login = any($1::text[]) returning bucket", [logins]],
    ["codes", "delete from auth_code where user_id = any($1::text[]) returning bucket", [userIds]],
    ["tokens", "delete from token where person_bucket = $1 and person_id = $2 returning bucket", [bucket, personId]],
    [
      "logins",
      "delete from user_account where person_bucket = $1 and person_id = $2 returning bucket",
      [bucket, personId],
    ],
  ]);
}

/** The logins that are theirs: somebody without an account may bear the login of somebody else's. */
async function accountsOf(
  transaction: Transaction,
  users: readonly UserRow[],
  userIds: readonly string[],
): Promise<string[]> {
  const rows = await transaction.query<{ login: string }>(
    `select login from account where kind = 'user' and subject = any($3::text[])
       and (bucket, login) in (select * from unnest($1::smallint[], $2::text[])) for update`,
    [users.map(({ login }) => bucketOf(login)), users.map(({ login }) => login), userIds],
  );
  return rows.map(({ login }) => login);
}

/** The merchants' last files are forgotten: the same file again would say something new now. Reasons in words go, that something was done stays. */
async function eraseFile(transaction: Transaction, { bucket, personId }: PersonKey): Promise<Record<string, number>> {
  await transaction.query(
    "delete from feedback_last_file where merchant_id in (select merchant_id from feedback_record where bucket = $1 and person_id = $2)",
    [bucket, personId],
  );
  await transaction.query("update score_hold_event set reason = 'erased' where bucket = $1 and person_id = $2", [
    bucket,
    personId,
  ]);
  return deleteEach(
    transaction,
    (
      [
        ["records", "delete from feedback_record where bucket = $1 and person_id = $2 returning bucket"],
        ["scores", "delete from score where bucket = $1 and person_id = $2 returning bucket"],
        ["shadowScores", "delete from shadow_score where bucket = $1 and person_id = $2 returning bucket"],
        ["holds", "delete from score_hold where bucket = $1 and person_id = $2 returning bucket"],
        ["marks", "delete from rescore_mark where bucket = $1 and person_id = $2 returning bucket"],
        ["nameDecisions", "delete from name_decision where bucket = $1 and person_id = $2 returning bucket"],
        ["names", "delete from person_name where bucket = $1 and person_id = $2 returning bucket"],
        ["identities", "delete from person where bucket = $1 and person_id = $2 returning bucket"],
      ] as const
    ).map(([name, sql]) => [name, sql, [bucket, personId]]),
  );
}

async function countInquiries(store: Store, { bucket, personId }: PersonKey): Promise<number> {
  const [row] = await store.query<{ inquiries: number }>(
    "select count(*) as inquiries from inquiry where person_bucket = $1 and person_id = $2",
    [bucket, personId],
  );
  return row?.inquiries ?? 0;
}

async function countConsents(transaction: Transaction, users: readonly UserRow[]): Promise<number> {
  const userIds = users.map((user) => user.user_id);
  const [row] = await transaction.query<{ consents: number }>(
    `select count(*) as consents
     from unnest($1::smallint[], $2::text[]) as asked(bucket, user_id) join authorisation using (bucket, user_id)`,
    [userIds.map((userId) => bucketOf(userId)), userIds],
  );
  return row?.consents ?? 0;
}

const endConsentsSql = `
insert into authorisation_end (bucket, user_id, authorisation_id, reason, ended_at)
select given.bucket, given.user_id, given.authorisation_id, 'erased', $3::timestamptz
from unnest($1::smallint[], $2::text[]) as asked(bucket, user_id) join authorisation given using (bucket, user_id)
on conflict (bucket, user_id, authorisation_id) do nothing`;

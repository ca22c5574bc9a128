import { type Clock, type Instant, instantToText, type MonthIndex, monthToText } from "../clock.ts";
import type { PersonKey } from "../consent/people.ts";
import type { Vault } from "../keys/vault.ts";
import { holdEvents } from "../scoring/holds.ts";
import { explainPerson } from "../scoring/replay.ts";
import { bucketOf } from "../store/bucket.ts";
import type { Queryable, Row, Store } from "../store/store.ts";
import { checkReason, PersonError, type PersonRequest, personEvents, recordPersonEvent } from "./person-events.ts";

/** Rows of one kind in an export. Nobody has nearly as many; a file that has says so in `incomplete`. */
const rowsLimit = 100_000;

/** Everything that is stored about somebody, in the clear: for the person who asked for it (PIPL, article 45). */
export interface PersonExport {
  readonly exportedAt: string;
  readonly credentialsType: string;
  readonly credentialsNo: string;
  /** Each writing under which the person was fed back or registered. */
  readonly names: readonly string[];
  readonly logins: readonly Row[];
  /** Where they are signed in at the moment. */
  readonly sessions: readonly Row[];
  readonly consents: readonly Row[];
  readonly tokens: readonly Row[];
  readonly records: readonly Row[];
  readonly scores: readonly Row[];
  /** Of the card in shadow, never sent to anybody. */
  readonly shadowScores: readonly Row[];
  /** When an operator stopped or released the score, and why. */
  readonly holds: readonly unknown[];
  /** The present score in words. */
  readonly explanation: unknown;
  /** Who asked for the score, when, and what was answered. */
  readonly inquiries: readonly Row[];
  /** What was done at the person's request before, or by an operator. */
  readonly events: readonly unknown[];
  /** The kinds of which there are more rows than an export holds. */
  readonly incomplete: readonly string[];
}

/**
 * Reads a person's whole file, and keeps who asked for it and why. Secrets that open something (passwords, tokens, codes)
 * are stored hashed and are no part of it. @throws PersonError when nothing is stored of anybody with this credential.
 */
export async function exportPerson(
  { store, vault, clock }: { store: Store; vault: Vault; clock: Clock },
  person: PersonKey,
  request: PersonRequest,
): Promise<PersonExport> {
  const reason = checkReason(request);
  const [identity] = await store.query<{ credentials_type: string; credentials_no_sealed: Uint8Array }>(
    "select credentials_type, credentials_no_sealed from person where bucket = $1 and person_id = $2",
    [person.bucket, person.personId],
  );
  if (identity === undefined) throw new PersonError("nothing is stored of anybody with this credential", "not-found");
  const now = clock.now();
  const found = await readRows(store, vault, person);
  const rows = Object.values(found).reduce((sum, each) => sum + each.length, 0);
  const events = await personEvents(store, person);
  await recordPersonEvent(store, person, { at: now, action: "exported", reason, operator: request.operator, rows });
  return {
    exportedAt: instantToText(now),
    credentialsType: identity.credentials_type,
    credentialsNo: vault.open(identity.credentials_no_sealed, "person.credentials_no").toString(),
    ...found,
    holds: await holdEvents(store, person),
    explanation: await explainPerson(store, person),
    events,
    incomplete: Object.entries(found)
      .filter(([, each]) => each.length === rowsLimit)
      .map(([name]) => name),
  };
}

type StoredRows = Pick<
  PersonExport,
  "names" | "logins" | "sessions" | "consents" | "tokens" | "records" | "scores" | "shadowScores" | "inquiries"
>;

async function readRows(store: Queryable, vault: Vault, { bucket, personId }: PersonKey): Promise<StoredRows> {
  const names = await store.query<{ name_sealed: Uint8Array }>(
    "select name_sealed from person_name where bucket = $1 and person_id = $2 order by name_id limit $3",
    [bucket, personId, rowsLimit],
  );
  const logins = await store.query<{ userId: string }>(
    `select user_id as "userId", entry.login, entry.created_at as "createdAt", last_sign_in_at as "lastSignInAt"
     from user_account entry left join account on kind = 'user' and subject = user_id
     where person_bucket = $1 and person_id = $2 order by entry.created_at limit $3`,
    [bucket, personId, rowsLimit],
  );
  const userIds = logins.map(({ userId }) => userId);
  return {
    names: names.map(({ name_sealed: sealed }) => vault.open(sealed, "person_name.name").toString()),
    logins: logins.map(inWords),
    sessions: (await store.query(sessionsSql, [userIds, rowsLimit])).map(inWords),
    consents: (await store.query(consentsSql, [userIds.map((userId) => bucketOf(userId)), userIds, rowsLimit])).map(
      inWords,
    ),
    tokens: (await store.query(tokensSql, [personId, rowsLimit])).map(inWords),
    records: (await store.query(recordsSql, [bucket, personId, rowsLimit])).map(inWords),
    scores: (await store.query(scoresSql("score"), [bucket, personId, rowsLimit])).map(inWords),
    shadowScores: (await store.query(scoresSql("shadow_score"), [bucket, personId, rowsLimit])).map(inWords),
    inquiries: (await store.query(inquiriesSql, [bucket, personId, rowsLimit])).map(inWords),
  };
}

/** Times and months as people read them; what is not set is left out. */
function inWords(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => {
        if (name.endsWith("At")) return [name, instantToText(value as Instant)]; // Each column named so is a timestamptz.
        return name === "month" || name === "asOf" ? [name, monthToText(value as MonthIndex)] : [name, value]; // And these are months.
      }),
  );
}

const sessionsSql = `
select address, client, session.created_at as "createdAt", last_seen_at as "lastSeenAt", expires_at as "expiresAt"
from account join session using (kind, login)
where kind = 'user' and subject = any($1::text[]) order by session.created_at limit $2`;

const consentsSql = `
select app.name as "appName", given.app_id as "appId", merchant.name as "merchantName", scopes, purpose, text_version as "textVersion",
       channel, granted_at as "grantedAt", expires_at as "expiresAt", ended.reason as "endReason", ended.ended_at as "endedAt"
from unnest($1::smallint[], $2::text[]) as asked(bucket, user_id)
join authorisation given using (bucket, user_id)
left join authorisation_end ended using (bucket, user_id, authorisation_id)
left join app on app.app_id = given.app_id left join merchant on merchant.merchant_id = app.merchant_id
order by granted_at limit $3`;

const tokensSql = `
select app_id as "appId", kind, scopes, issued_at as "issuedAt", expires_at as "expiresAt", ended_at as "endedAt"
from token where person_id = $1 order by issued_at limit $2`;

const recordsSql = `
select record.merchant_id as "merchantId", merchant.name as "merchantName", template, stage, month, order_no as "orderNo",
       biz_type as "bizType", order_status as "orderStatus", settled, create_amt_fen as "createAmtFen", overdue_cnt as "overdueCnt",
       overdue_since as "overdueSince", overdue_amt_fen as "overdueAmtFen", pay_amt_fen as "payAmtFen",
       credit_limit_fen as "creditLimitFen", extra, reported_on as "reportedOn", adverse, ended_on as "endedOn",
       batch_id as "batchId", fed_back_at as "fedBackAt"
from feedback_record record left join merchant on merchant.merchant_id = record.merchant_id
where bucket = $1 and person_id = $2 order by record.merchant_id, order_no, month limit $3`;

const scoresSql = (table: "score" | "shadow_score"): string => `
select scored_at as "scoredAt", as_of_month as "asOf", card_version as "cardVersion", score, na_reason as "naReason", features
from ${table} where bucket = $1 and person_id = $2 order by scored_at limit $3`;

/** Ledger lines lie by merchant: all of them are gone through, which takes seconds for some ten million. */
const inquiriesSql = `
select inquiry.merchant_id as "merchantId", merchant.name as "merchantName", app_id as "appId", product_code as "productCode",
       biz_no as "bizNo", purpose, state, score, na_reason as "naReason", accepted_at as "acceptedAt"
from inquiry left join merchant on merchant.merchant_id = inquiry.merchant_id
where person_bucket = $1 and person_id = $2 order by accepted_at limit $3`;

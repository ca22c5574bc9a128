import { type Clock, type Instant, instantToText } from "../clock.ts";
import { bucketOf } from "../store/bucket.ts";
import type { Queryable } from "../store/store.ts";
import { scoreScope } from "./authorisations.ts";
import type { PersonKey } from "./people.ts";

/** A person's consent to a merchant, given to one of its apps. */
export interface MerchantAuthorisation {
  readonly userId: string;
  readonly person: PersonKey;
  readonly authorisationId: string;
  readonly purpose: string;
  readonly consentExpiresAt: Instant;
}

/** Whom a merchant asks about: a user, or a person by a credential. */
export type Subject = { readonly userId: string } | { readonly person: PersonKey };

/** How many logins of one person are looked at. */
const accountLimit = 20;

/** The newest live consent (scope auth_zhima) of somebody to any app of a merchant that is not suspended; undefined alike for strangers and for who never agreed. */
export async function findMerchantAuthorisation(
  store: Queryable,
  clock: Clock,
  merchantId: string,
  subject: Subject,
): Promise<MerchantAuthorisation | undefined> {
  for (const { userId, person } of await accountsOf(store, subject)) {
    const [row] = await store.query<{ authorisation_id: string; purpose: string; expires_at: Instant }>(
      `select authorisation_id, purpose, expires_at
       from authorisation left join authorisation_end ended using (bucket, user_id, authorisation_id)
       where bucket = $1 and user_id = $2 and app_id in (select app_id from app where merchant_id = $3 and suspended_at is null)
         and $4 = any(scopes) and expires_at > $5 and ended.ended_at is null
       order by granted_at desc limit 1`,
      [bucketOf(userId), userId, merchantId, scoreScope, instantToText(clock.now())],
    );
    if (row !== undefined)
      return {
        userId,
        person,
        authorisationId: row.authorisation_id,
        purpose: row.purpose,
        consentExpiresAt: row.expires_at,
      };
  }
  return undefined;
}

async function accountsOf(store: Queryable, subject: Subject): Promise<{ userId: string; person: PersonKey }[]> {
  const columns = "select user_id, person_bucket, person_id from user_account";
  const rows = await ("userId" in subject
    ? store.query<AccountRow>(`${columns} where bucket = $1 and user_id = $2`, [
        bucketOf(subject.userId),
        subject.userId,
      ])
    : store.query<AccountRow>(
        `${columns} where person_bucket = $1 and person_id = $2 order by created_at desc limit ${accountLimit}`,
        [subject.person.bucket, subject.person.personId],
      ));
  return rows.map((row) => ({ userId: row.user_id, person: { bucket: row.person_bucket, personId: row.person_id } }));
}

interface AccountRow {
  user_id: string;
  person_bucket: number;
  person_id: string;
}

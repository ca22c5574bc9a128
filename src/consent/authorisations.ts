import { randomUUID } from "node:crypto";
import { type Clock, dayUs, type Instant, instantToText, later } from "../clock.ts";
import { type AppGrant, grantsListed } from "../merchants/app-grant.ts";
import { bucketOf } from "../store/bucket.ts";
import type { Queryable } from "../store/store.ts";

/** What a token may be used for. auth_zhima covers the score. */
export const scopes = ["auth_base", "auth_user", "auth_zhima"] as const;
export type Scope = (typeof scopes)[number];
export const scoreScope: Scope = "auth_zhima";

/** Changes whenever the wording of the consent page does: a consent names the text it was given to. */
export const consentTextVersion = "2026-11";

/** Agreed with the user on the page, kept with the consent and with every inquiry made under it. */
export const consentPurpose = "credit_assessment";

export interface Consent {
  readonly authorisationId: string;
  readonly userId: string;
  readonly appId: string;
  readonly scopes: readonly Scope[];
}

/** Records a user's consent (授权). It is never changed afterwards; it ends by its term or by an authorisation_end. */
export async function grantAuthorisation(
  store: Queryable,
  clock: Clock,
  consent: { userId: string; appId: string; scopes: readonly Scope[]; days: number; channel: string },
): Promise<Consent> {
  const authorisationId = randomUUID();
  const now = clock.now();
  await store.query(
    `insert into authorisation (bucket, user_id, authorisation_id, app_id, scopes, purpose, text_version, channel,
                                granted_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      bucketOf(consent.userId),
      consent.userId,
      authorisationId,
      consent.appId,
      consent.scopes,
      consentPurpose,
      consentTextVersion,
      consent.channel,
      instantToText(now),
      instantToText(later(now, consent.days * dayUs)),
    ],
  );
  return { authorisationId, userId: consent.userId, appId: consent.appId, scopes: consent.scopes };
}

/** The newest live consent of a user for an app that covers these scopes. */
export async function findAuthorisation(
  store: Queryable,
  clock: Clock,
  wanted: { userId: string; appId: string; scopes: readonly Scope[] },
): Promise<Consent | undefined> {
  const [row] = await store.query<{ authorisation_id: string; scopes: Scope[] }>(
    `select a.authorisation_id, a.scopes
     from authorisation a
     left join authorisation_end e using (bucket, user_id, authorisation_id)
     where a.bucket = $1 and a.user_id = $2 and a.app_id = $3 and a.scopes @> $4::text[]
       and a.expires_at > $5 and e.authorisation_id is null
     order by a.granted_at desc limit 1`,
    [bucketOf(wanted.userId), wanted.userId, wanted.appId, wanted.scopes, instantToText(clock.now())],
  );
  return (
    row && { authorisationId: row.authorisation_id, userId: wanted.userId, appId: wanted.appId, scopes: row.scopes }
  );
}

/** An app that a user has authorised at some time, by the latest consent for it. */
export interface AuthorisedApp extends AppGrant {
  readonly scopes: readonly Scope[];
}

/** The apps that a user has ever authorised, those that still are first, then the latest. */
export async function listAuthorisations(store: Queryable, clock: Clock, userId: string): Promise<AuthorisedApp[]> {
  const rows = await store.query<{
    app_id: string;
    app_name: string;
    merchant_name: string;
    scopes: Scope[];
    granted_at: Instant;
    expires_at: Instant;
    withdrawn: boolean;
    expired: boolean;
  }>(
    `select * from (
       select distinct on (a.app_id) a.app_id, app.name as app_name, merchant.name as merchant_name, a.scopes, a.granted_at, a.expires_at,
              e.authorisation_id is not null as withdrawn, a.expires_at <= $3 as expired
       from authorisation a
         join app using (app_id) join merchant using (merchant_id)
         left join authorisation_end e using (bucket, user_id, authorisation_id)
       where a.bucket = $1 and a.user_id = $2
       order by a.app_id, e.authorisation_id is not null, a.expires_at <= $3, a.granted_at desc) latest
     order by withdrawn or expired, granted_at desc limit ${grantsListed}`,
    [bucketOf(userId), userId, instantToText(clock.now())],
  );
  return rows.map((row) => ({
    appId: row.app_id,
    appName: row.app_name,
    merchantName: row.merchant_name,
    scopes: row.scopes,
    grantedAt: row.granted_at,
    expiresAt: row.expires_at,
    ended: row.withdrawn ? "withdrawn" : row.expired ? "expired" : undefined,
  }));
}

/** Ends every live consent of a user for an app, at once: the next inquiry under one of them is refused. */
export async function revokeAuthorisations(
  store: Queryable,
  clock: Clock,
  consent: { userId: string; appId: string },
): Promise<number> {
  const ended = await store.query(
    `insert into authorisation_end (bucket, user_id, authorisation_id, reason, ended_at)
     select bucket, user_id, authorisation_id, 'revoked', $4
     from authorisation where bucket = $1 and user_id = $2 and app_id = $3
     on conflict (bucket, user_id, authorisation_id) do nothing
     returning authorisation_id`,
    [bucketOf(consent.userId), consent.userId, consent.appId, instantToText(clock.now())],
  );
  return ended.length;
}

import type { Instant } from "../clock.ts";
import type { SignType } from "../protocol/signing.ts";
import type { Queryable } from "../store/store.ts";
import type { AppCertificate, FeedbackPolicy, UserIdentity } from "./app.ts";
import { certificateOf } from "./app-row.ts";

/** An app as operators see it: all that is set about it, and of its secrets only whether there are any. */
export interface ListedApp {
  readonly appId: string;
  readonly merchantId: string;
  readonly name: string;
  readonly createdAt: Instant;
  readonly suspendedAt: Instant | null;
  readonly merchantSuspendedAt: Instant | null;
  /** Base64 of an SPKI; null for an app that has none yet. */
  readonly publicKey: string | null;
  /** Verifies beside the current one while keys are changed. */
  readonly nextPublicKey: string | null;
  readonly certificate: AppCertificate | undefined;
  readonly hasEncryptKey: boolean;
  readonly gatewayKeyId: string;
  readonly signTypes: readonly SignType[];
  /** Null permits every method. */
  readonly permittedMethods: readonly string[] | null;
  readonly actsForMerchants: boolean;
  readonly selfInvoke: boolean;
  readonly online: boolean;
  readonly punishedMethods: readonly string[];
  readonly userIdentity: UserIdentity;
  readonly redirectUris: readonly string[];
  readonly template: string;
  readonly feedbackPolicy: FeedbackPolicy;
}

export interface AppQuery {
  readonly merchantId?: string | undefined;
  /** The app itself, or its merchant. */
  readonly suspended?: boolean | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

export const appsListed = 200;

type Row = Omit<ListedApp, "certificate"> & { certificate: string | null; certificateRequired: boolean };

const listedSql = `
select app_id as "appId", app.merchant_id as "merchantId", app.name, app.created_at as "createdAt",
       app.suspended_at as "suspendedAt", merchant.suspended_at as "merchantSuspendedAt", public_key as "publicKey",
       next_public_key as "nextPublicKey", certificate, certificate_required as "certificateRequired",
       encrypt_key_sealed is not null as "hasEncryptKey", gateway_key_id as "gatewayKeyId", sign_types as "signTypes",
       permitted_methods as "permittedMethods", acts_for_merchants as "actsForMerchants", self_invoke as "selfInvoke",
       redirect_uris as "redirectUris", template, feedback_policy as "feedbackPolicy",
       online, punished_methods as "punishedMethods", user_identity as "userIdentity"
from app join merchant using (merchant_id)`;

function listedApp({ certificate, certificateRequired, ...row }: Row): ListedApp {
  return { ...row, certificate: certificate === null ? undefined : certificateOf(certificate, certificateRequired) };
}

/** In the order of their ids, from after `after` on. */
export async function listApps(
  store: Queryable,
  { merchantId, suspended, after = "", limit }: AppQuery,
): Promise<ListedApp[]> {
  const rows = await store.query<Row & Record<string, unknown>>(
    `${listedSql}
     where app_id > $1 and ($2::text is null or app.merchant_id = $2)
       and ($3::boolean is null or (app.suspended_at is not null or merchant.suspended_at is not null) = $3)
     order by app_id limit $4`,
    [after, merchantId ?? null, suspended ?? null, Math.min(limit, appsListed + 1)],
  );
  return rows.map(listedApp);
}

/** As it stands in the database, whatever a process remembers of it. */
export async function readListedApp(store: Queryable, appId: string): Promise<ListedApp | undefined> {
  const [row] = await store.query<Row & Record<string, unknown>>(`${listedSql} where app_id = $1`, [appId]);
  return row && listedApp(row);
}

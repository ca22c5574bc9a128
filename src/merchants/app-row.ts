import { type Instant, instantOfMs, lastInstant } from "../clock.ts";
import { parseCertificate } from "../keys/certificates.ts";
import { parsePublicKey } from "../keys/formats.ts";
import type { Vault } from "../keys/vault.ts";
import { signTypes } from "../protocol/signing.ts";
import type { Store } from "../store/store.ts";
import { type App, type AppCertificate, AppError, type FeedbackPolicy, type UserIdentity } from "./app.ts";

/** An app as it lies in the database, beside its merchant. */
export interface AppRow {
  app_id: string;
  merchant_id: string;
  name: string;
  public_key: string | null;
  next_public_key: string | null;
  gateway_key_id: string;
  encrypt_key_sealed: Uint8Array | null;
  certificate: string | null;
  certificate_required: boolean;
  sign_types: string[];
  default_sign_type: string | null;
  permitted_methods: string[] | null;
  acts_for_merchants: boolean;
  self_invoke: boolean;
  online: boolean;
  punished_methods: string[];
  user_identity: UserIdentity;
  suspended_at: Instant | null;
  merchant_suspended_at: Instant | null;
  redirect_uris: string[];
  template: string;
  feedback_policy: FeedbackPolicy;
}

const appSql = `
select app_id, app.merchant_id, app.name, public_key, next_public_key, gateway_key_id, encrypt_key_sealed, certificate,
       certificate_required, sign_types, default_sign_type, permitted_methods, acts_for_merchants, self_invoke,
       redirect_uris, template, feedback_policy, online, punished_methods, user_identity, app.suspended_at, merchant.suspended_at as merchant_suspended_at
from app join merchant using (merchant_id) where app_id = any($1)`;

export function readAppRows(store: Store, appIds: readonly string[]): Promise<AppRow[]> {
  return store.queryBriefly<AppRow & Record<string, unknown>>(appSql, [appIds]);
}

export function parseAppRow(row: AppRow, vault: Vault, revision: string): App {
  const keys = [row.public_key, row.next_public_key].filter((key) => key !== null);
  return {
    appId: row.app_id,
    revision,
    merchantId: row.merchant_id,
    name: row.name,
    publicKeys: keys.map((key) => parsePublicKey(key)),
    certificate: row.certificate === null ? undefined : certificateOf(row.certificate, row.certificate_required),
    encryptKey:
      row.encrypt_key_sealed === null ? undefined : vault.open(row.encrypt_key_sealed, encryptKeyContext(row.app_id)),
    signTypes: signTypes.filter((each) => row.sign_types.includes(each)),
    defaultSignType: signTypes.find((each) => each === row.default_sign_type),
    permittedMethods: row.permitted_methods ?? undefined,
    actsForMerchants: row.acts_for_merchants,
    selfInvoke: row.self_invoke,
    online: row.online,
    punishedMethods: row.punished_methods,
    userIdentity: row.user_identity,
    suspended: row.suspended_at !== null,
    merchantSuspended: row.merchant_suspended_at !== null,
    gatewayKeyId: row.gateway_key_id,
    redirectUris: row.redirect_uris,
    template: row.template,
    feedbackPolicy: row.feedback_policy,
  };
}

/** @throws AppError for what is no AES key in base64. */
export function sealEncryptKey(vault: Vault, appId: string, encryptKey: string): Uint8Array {
  const bytes = Buffer.from(encryptKey, "base64");
  if (![16, 24, 32].includes(bytes.length) || bytes.toString("base64") !== encryptKey) {
    throw new AppError("an encrypt key is base64 of 16, 24 or 32 bytes");
  }
  return vault.seal(bytes, encryptKeyContext(appId));
}

function encryptKeyContext(appId: string): string {
  return `app.encrypt_key ${appId}`;
}

export function certificateOf(text: string, required: boolean): AppCertificate {
  const { sn, notBeforeMs, notAfterMs } = parseCertificate(text);
  return {
    pem: text,
    sn,
    notBefore: instantOfMs(notBeforeMs) ?? lastInstant,
    // "For ever" is written as 9999-12-31.
    notAfter: instantOfMs(notAfterMs) ?? lastInstant,
    required,
  };
}

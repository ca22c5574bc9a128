import { type Instant, instantToText } from "../clock.ts";
import { parseCertificate } from "../keys/certificates.ts";
import { checkRsa, exportKey, leastKeyBits, parsePublicKey } from "../keys/formats.ts";
import type { Vault } from "../keys/vault.ts";
import type { SignType } from "../protocol/signing.ts";
import { failedWith, foreignKeyViolation, uniqueViolation } from "../store/sql-state.ts";
import type { Store } from "../store/store.ts";
import { AppError, appIdPattern, type FeedbackPolicy, type UserIdentity } from "./app.ts";
import { sealEncryptKey } from "./app-row.ts";
import { anyRedirect, isRedirect } from "./redirects.ts";

export interface NewApp {
  readonly appId: string;
  readonly merchantId: string;
  readonly name: string;
  /** PEM or base64. */
  readonly publicKey: string;
  /** PEM; its key is the app's. */
  readonly certificate?: string | undefined;
  /** Whether the app calls in certificate mode alone, once it has a certificate; true when left out. */
  readonly certificateRequired?: boolean | undefined;
  /** What it is told users by; open_id when left out, as real apps made since 2025. */
  readonly userIdentity?: UserIdentity | undefined;
  readonly actsForMerchants?: boolean | undefined;
  /** Base64 of 16, 24 or 32 bytes. */
  readonly encryptKey?: string | undefined;
  /** RSA2 alone when left out: RSA is SHA-1. */
  readonly signTypes?: readonly SignType[] | undefined;
  readonly gatewayKeyId: string;
  readonly redirectUris: readonly string[];
}

export interface AppChange {
  readonly name?: string | undefined;
  /** PEM or base64: from now on requests signed with it verify too. Becomes the current one if there is none. */
  readonly nextPublicKey?: string | undefined;
  /** The next key becomes the current one, which verifies nothing from then on. */
  readonly promote?: boolean | undefined;
  /** PEM, for the current or the next key. */
  readonly certificate?: string | undefined;
  /** As of NewApp; what is undefined stays, so an app that moves from its key to a certificate may use either meanwhile. */
  readonly certificateRequired?: boolean | undefined;
  /** Takes its keys and its certificate away: the app is as one that has set none. */
  readonly withoutKey?: boolean | undefined;
  readonly online?: boolean | undefined;
  readonly punishedMethods?: readonly string[] | undefined;
  readonly userIdentity?: UserIdentity | undefined;
  /** As of NewApp; null takes it away. */
  readonly encryptKey?: string | null | undefined;
  readonly actsForMerchants?: boolean | undefined;
  readonly selfInvoke?: boolean | undefined;
  readonly feedbackPolicy?: FeedbackPolicy | undefined;
  readonly signTypes?: readonly SignType[] | undefined;
  readonly redirectUris?: readonly string[] | undefined;
  /** Whether nothing of it counts for now. */
  readonly suspended?: boolean | undefined;
  /** "all", or the methods that it may call. */
  readonly permittedMethods?: readonly string[] | "all" | undefined;
  /** The platform key that signs the app's replies from now on. */
  readonly gatewayKeyId?: string | undefined;
}

export interface WriteParts {
  readonly store: Store;
  readonly vault: Vault;
  /** Of the keys and certificates that are registered from now on; those there are stay good. */
  readonly leastKeyBits: number;
}

/** Of an app that is added without a word about it. */
const usualSignTypes: readonly SignType[] = ["RSA2"];

/** @throws AppError when the id is taken or malformed, or a key is none. KeyFormatError says what is wrong with a key. */
export async function insertApp(parts: WriteParts, app: NewApp, now: Instant): Promise<void> {
  if (!appIdPattern.test(app.appId)) throw new AppError("an app id has 1 to 32 letters, digits, _ or -");
  const publicKey = exportKey(parsePublicKey(app.publicKey, parts.leastKeyBits), "spki");
  if (app.certificate !== undefined) checkCertificate(app.certificate, [publicKey], parts.leastKeyBits);
  checkRedirects(app.redirectUris);
  const encryptKey = app.encryptKey === undefined ? null : sealEncryptKey(parts.vault, app.appId, app.encryptKey);
  try {
    await parts.store.query(
      `insert into app (app_id, merchant_id, name, public_key, gateway_key_id, encrypt_key_sealed, certificate,
                        redirect_uris, template, feedback_policy, created_at, certificate_required, acts_for_merchants, sign_types,
                        user_identity)
       values ($1, $2, $3, $4, $5, $6, $7, $8, 'loan', 'whole_file', $9, $10, $11, $12, $13)`,
      [
        app.appId,
        app.merchantId,
        app.name,
        publicKey,
        app.gatewayKeyId,
        encryptKey,
        app.certificate ?? null,
        app.redirectUris,
        instantToText(now),
        app.certificate !== undefined && app.certificateRequired !== false,
        app.actsForMerchants === true,
        app.signTypes ?? usualSignTypes,
        app.userIdentity ?? "open_id",
      ],
    );
  } catch (error) {
    if (failedWith(error, uniqueViolation)) throw new AppError(`the app ${app.appId} exists already`, "conflict");
    if (failedWith(error, foreignKeyViolation)) throw new AppError(`no merchant ${app.merchantId}`);
    throw error;
  }
}

/** Changes what an app signs with, by which key it is answered and what it may do; what is undefined stays. @throws as insertApp. */
export async function updateApp(
  { store, vault, leastKeyBits: leastBits }: WriteParts,
  appId: string,
  change: AppChange,
  now: Instant,
): Promise<void> {
  if (change.redirectUris !== undefined) checkRedirects(change.redirectUris);
  const encryptKey = typeof change.encryptKey === "string" ? sealEncryptKey(vault, appId, change.encryptKey) : null;
  await store.transaction(async (transaction) => {
    const [row] = await transaction.query<{
      public_key: string | null;
      next_public_key: string | null;
      certificate: string | null;
    }>("select public_key, next_public_key, certificate from app where app_id = $1 for update", [appId]);
    if (row === undefined) throw new AppError(`no app ${appId}`);
    let { public_key: publicKey, next_public_key: nextPublicKey } = row;
    if (change.nextPublicKey !== undefined) {
      nextPublicKey = exportKey(parsePublicKey(change.nextPublicKey, leastBits), "spki");
      if (publicKey === null) [publicKey, nextPublicKey] = [nextPublicKey, null];
    }
    if (change.promote === true) {
      if (nextPublicKey === null) throw new AppError(`the app ${appId} has no next public key; set one first`);
      [publicKey, nextPublicKey] = [nextPublicKey, null];
    }
    if (change.withoutKey === true) [publicKey, nextPublicKey] = [null, null];
    const certificate = change.certificate ?? (change.withoutKey === true ? null : row.certificate);
    const certificateRequired = certificate === null ? false : change.certificateRequired;
    const keys = [publicKey, nextPublicKey].filter((key) => key !== null);
    if (certificate !== null)
      checkCertificate(certificate, keys, change.certificate === undefined ? leastKeyBits : leastBits);
    await transaction.query(updateSql, [
      appId,
      publicKey,
      nextPublicKey,
      certificate,
      change.gatewayKeyId ?? null,
      certificateRequired ?? null,
      change.actsForMerchants ?? null,
      change.feedbackPolicy ?? null,
      change.permittedMethods !== undefined,
      change.permittedMethods === "all" ? null : (change.permittedMethods ?? null),
      change.signTypes ?? null,
      change.suspended ?? null,
      instantToText(now),
      change.name ?? null,
      change.redirectUris ?? null,
      change.selfInvoke ?? null,
      change.encryptKey !== undefined,
      encryptKey,
      change.online ?? null,
      change.punishedMethods ?? null,
      change.userIdentity ?? null,
    ]);
  });
}

const updateSql = `
update app set public_key = $2, next_public_key = $3, certificate = $4,
               gateway_key_id = coalesce($5, gateway_key_id),
               certificate_required = coalesce($6, certificate_required),
               acts_for_merchants = coalesce($7, acts_for_merchants),
               feedback_policy = coalesce($8, feedback_policy),
               permitted_methods = case when $9 then $10::text[] else permitted_methods end,
               sign_types = coalesce($11::text[], sign_types),
               suspended_at = case when $12 then coalesce(suspended_at, $13) when $12 is null then suspended_at end,
               name = coalesce($14, name),
               redirect_uris = coalesce($15::text[], redirect_uris),
               self_invoke = coalesce($16, self_invoke),
               encrypt_key_sealed = case when $17 then $18::bytea else encrypt_key_sealed end,
               online = coalesce($19, online),
               punished_methods = coalesce($20::text[], punished_methods),
               user_identity = coalesce($21, user_identity)
where app_id = $1`;

/** A certificate proves an app's key only when it is for that key. */
function checkCertificate(text: string, publicKeys: readonly string[], leastBits: number): void {
  const key = exportKey(checkRsa(parseCertificate(text).publicKey, leastBits), "spki");
  if (!publicKeys.includes(key)) throw new AppError("the certificate is for another key than the app's public key");
}

function checkRedirects(addresses: readonly string[]): void {
  if (!addresses.every((each) => each === anyRedirect || isRedirect(each)))
    throw new AppError(
      "a redirect_uri is an http:// or https:// address without login and fragment, and with no encoded dots in its path",
    );
}

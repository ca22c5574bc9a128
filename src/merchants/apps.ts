import { hash } from "node:crypto";
import { type Clock, type Instant, instantOfMs, instantToText, lastInstant, later, secondUs } from "../clock.ts";
import { withinDeadline } from "../deadline.ts";
import { parseCertificate } from "../keys/certificates.ts";
import { checkRsa, exportKey, leastKeyBits, parsePublicKey } from "../keys/formats.ts";
import type { Vault } from "../keys/vault.ts";
import { ownCopy } from "../protocol/byte-text.ts";
import { type SignType, signTypes } from "../protocol/signing.ts";
import { BatchRead } from "../store/batch-read.ts";
import { type Store, StoreError } from "../store/store.ts";
import { failedWith, foreignKeyViolation, uniqueViolation, waitedTooLong } from "../store/sql-state.ts";
import type { App, AppCertificate, FeedbackPolicy } from "./app.ts";
import { anyRedirect, isRedirect } from "./redirects.ts";

export interface NewApp {
  readonly appId: string;
  readonly merchantId: string;
  readonly name: string;
  /** PEM or base64. */
  readonly publicKey: string;
  /** PEM; its key is the app's. */
  readonly certificate?: string | undefined;
  /** Whether the app may still call without its certificate: for the sandbox's own app. */
  readonly certificateOptional?: boolean;
  readonly actsForMerchants?: boolean;
  /** Base64 of 16, 24 or 32 bytes. */
  readonly encryptKey?: string | undefined;
  /** RSA2 alone when left out: RSA is SHA-1. */
  readonly signTypes?: readonly SignType[] | undefined;
  readonly gatewayKeyId: string;
  readonly redirectUris: readonly string[];
}

export interface AppChange {
  /** PEM or base64: from now on requests signed with it verify too. Becomes the current one if there is none. */
  readonly nextPublicKey?: string | undefined;
  /** The next key becomes the current one, which verifies nothing from then on. */
  readonly promote?: boolean | undefined;
  /** PEM, for the current or the next key. */
  readonly certificate?: string | undefined;
  /** As of NewApp. */
  readonly certificateOptional?: boolean;
  readonly actsForMerchants?: boolean | undefined;
  readonly feedbackPolicy?: FeedbackPolicy | undefined;
  readonly signTypes?: readonly SignType[] | undefined;
  /** Whether nothing of it counts for now. */
  readonly suspended?: boolean | undefined;
  /** "all", or the methods that it may call. */
  readonly permittedMethods?: readonly string[] | "all" | undefined;
  /** The platform key that signs the app's replies from now on. */
  readonly gatewayKeyId?: string | undefined;
}

/** Why an app cannot be added; the text is for the operator. */
export class AppError extends Error {
  override readonly name = "AppError";
}

const appSql = `
select app_id, app.merchant_id, app.name, public_key, next_public_key, gateway_key_id, encrypt_key_sealed, certificate,
       certificate_required, sign_types, default_sign_type, permitted_methods, acts_for_merchants, self_invoke,
       redirect_uris, template, feedback_policy, app.suspended_at, merchant.suspended_at as merchant_suspended_at
from app join merchant using (merchant_id) where app_id = any($1)`;
/** Of an app that is added without a word about it. */
const usualSignTypes: readonly SignType[] = ["RSA2"];
const appIdPattern = /^[A-Za-z0-9_-]{1,32}$/;
/** A change made by another process takes effect within this time. */
const cacheUs = 2 * secondUs;
const cacheLimit = 10_000;
const defaultReadLimitMs = 2_000;

export class AppDirectory {
  readonly #store: Store;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #leastKeyBits: number;
  readonly #readLimitMs: number;
  readonly #cache = new Map<string, { app: App | Promise<App | undefined>; until: Instant }>();
  /** What was read last: as long as nothing has changed, the object stays the same. */
  readonly #known = new Map<string, App>();
  /** Reads under way of ids that are not known. */
  readonly #met = new Map<string, Promise<App | undefined>>();
  readonly #strangers: BatchRead<AppRow>;

  /**
   * `leastKeyBits`: of the keys and certificates that are registered from now on; those there are stay good. `readLimitMs`:
   * how long a caller of `find` waits for the database, which has deadlines of its own to keep.
   */
  constructor(
    store: Store,
    vault: Vault,
    clock: Clock,
    options: { leastKeyBits?: number | undefined; readLimitMs?: number } = {},
  ) {
    this.#store = store;
    this.#vault = vault;
    this.#clock = clock;
    this.#strangers = new BatchRead(
      (appIds) => readRows(store, appIds),
      (row) => row.app_id,
    );
    this.#leastKeyBits = options.leastKeyBits ?? leastKeyBits;
    this.#readLimitMs = options.readLimitMs ?? defaultReadLimitMs;
  }

  /**
   * The app, or undefined; at once where it is known. Concurrent callers share one read. A stranger's guesses are not kept,
   * and are read many at a time: they take two connections to the database at the most, and no known app waits for them.
   */
  find(appId: string): App | undefined | Promise<App | undefined> {
    if (!appIdPattern.test(appId)) return undefined;
    const now = this.#clock.now();
    const cached = this.#cache.get(appId);
    if (cached !== undefined && now < cached.until && now >= later(cached.until, -cacheUs)) return cached.app;
    const read = this.#known.has(appId) ? this.#readAndKeep(ownCopy(appId), now) : this.#meet(ownCopy(appId), now);
    return withinDeadline(
      read,
      this.#readLimitMs,
      () => new StoreError(`no answer within ${this.#readLimitMs} ms`, waitedTooLong),
    );
  }

  async #readAndKeep(appId: string, now: Instant): Promise<App | undefined> {
    const read = this.#readKnown(appId);
    const entry: { app: App | Promise<App | undefined>; until: Instant } = { app: read, until: later(now, cacheUs) };
    this.#cache.set(appId, entry);
    try {
      const app = await read;
      if (app === undefined) this.#cache.delete(appId);
      else entry.app = app;
      return app;
    } catch (error) {
      this.#cache.delete(appId);
      throw error;
    }
  }

  /** An id that may be anybody's guess: it is kept only once there is such an app. */
  #meet(appId: string, now: Instant): Promise<App | undefined> {
    const reading = this.#met.get(appId);
    if (reading !== undefined) return reading;
    const read = this.#strangers.read(appId).then((row) => row && this.#keep(row));
    this.#met.set(appId, read);
    const settled = (): boolean => this.#met.get(appId) === read && this.#met.delete(appId);
    return read.then(
      (app) => {
        if (settled() && app !== undefined)
          setBounded(this.#cache, appId, { app, until: later(now, cacheUs) }, cacheLimit);
        return app;
      },
      (error: unknown) => {
        settled();
        throw error as Error;
      },
    );
  }

  /** @throws AppError when the id is taken or malformed, or a key is none. KeyFormatError says what is wrong with a key. */
  async add(app: NewApp): Promise<App> {
    if (!appIdPattern.test(app.appId)) {
      throw new AppError("an app id has 1 to 32 letters, digits, _ or -");
    }
    const publicKey = exportKey(parsePublicKey(app.publicKey, this.#leastKeyBits), "spki");
    if (app.certificate !== undefined) checkCertificate(app.certificate, [publicKey], this.#leastKeyBits);
    if (!app.redirectUris.every((each) => each === anyRedirect || isRedirect(each))) {
      throw new AppError(
        "a redirect_uri is an http:// or https:// address without login and fragment, and with no encoded dots in its path",
      );
    }
    const encryptKey = app.encryptKey === undefined ? null : this.#sealEncryptKey(app.appId, app.encryptKey);
    try {
      await this.#store.query(
        `insert into app (app_id, merchant_id, name, public_key, gateway_key_id, encrypt_key_sealed, certificate,
                          redirect_uris, template, feedback_policy, created_at, certificate_required, acts_for_merchants, sign_types)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'loan', 'whole_file', $9, $10, $11, $12)`,
        [
          app.appId,
          app.merchantId,
          app.name,
          publicKey,
          app.gatewayKeyId,
          encryptKey,
          app.certificate ?? null,
          app.redirectUris,
          instantToText(this.#clock.now()),
          app.certificate !== undefined && app.certificateOptional !== true,
          app.actsForMerchants === true,
          app.signTypes ?? usualSignTypes,
        ],
      );
    } catch (error) {
      if (failedWith(error, uniqueViolation)) throw new AppError(`the app ${app.appId} exists already`);
      if (failedWith(error, foreignKeyViolation)) throw new AppError(`no merchant ${app.merchantId}`);
      throw error;
    }
    return this.#again(app.appId);
  }

  /** Changes what an app signs with, by which key it is answered and what it may do; what is undefined stays. @throws as add. */
  async change(appId: string, change: AppChange): Promise<App> {
    await this.#store.transaction(async (transaction) => {
      const [row] = await transaction.query<{
        public_key: string | null;
        next_public_key: string | null;
        certificate: string | null;
      }>("select public_key, next_public_key, certificate from app where app_id = $1 for update", [appId]);
      if (row === undefined) throw new AppError(`no app ${appId}`);
      let { public_key: publicKey, next_public_key: nextPublicKey } = row;
      if (change.nextPublicKey !== undefined) {
        nextPublicKey = exportKey(parsePublicKey(change.nextPublicKey, this.#leastKeyBits), "spki");
        if (publicKey === null) [publicKey, nextPublicKey] = [nextPublicKey, null];
      }
      if (change.promote === true) {
        if (nextPublicKey === null) throw new AppError(`the app ${appId} has no next public key; set one first`);
        [publicKey, nextPublicKey] = [nextPublicKey, null];
      }
      const certificate = change.certificate ?? row.certificate;
      const keys = [publicKey, nextPublicKey].filter((key) => key !== null);
      if (certificate !== null)
        checkCertificate(certificate, keys, change.certificate === undefined ? leastKeyBits : this.#leastKeyBits);
      await transaction.query(
        `update app set public_key = $2, next_public_key = $3, certificate = $4,
                        certificate_required = case when $6 then $7 else certificate_required end,
                        acts_for_merchants = coalesce($8, acts_for_merchants),
                        gateway_key_id = coalesce($5, gateway_key_id),
                        feedback_policy = coalesce($9, feedback_policy),
                        permitted_methods = case when $10 then $11::text[] else permitted_methods end,
                        sign_types = coalesce($12::text[], sign_types),
                        suspended_at = case when $13 then coalesce(suspended_at, $14) when $13 is null then suspended_at end
         where app_id = $1`,
        [
          appId,
          publicKey,
          nextPublicKey,
          certificate,
          change.gatewayKeyId ?? null,
          change.certificate !== undefined,
          change.certificateOptional !== true,
          change.actsForMerchants ?? null,
          change.feedbackPolicy ?? null,
          change.permittedMethods !== undefined,
          change.permittedMethods === "all" ? null : (change.permittedMethods ?? null),
          change.signTypes ?? null,
          change.suspended ?? null,
          instantToText(this.#clock.now()),
        ],
      );
    });
    return this.#again(appId);
  }

  /** The newest other apps' current keys (SPKI, in base64): to see whether a request was signed with one of them. */
  async otherKeys(appId: string, limit: number): Promise<{ appId: string; publicKey: string }[]> {
    const rows = await this.#store.query<{ app_id: string; public_key: string }>(
      "select app_id, public_key from app where app_id <> $1 and public_key is not null order by created_at desc limit $2",
      [appId, limit],
    );
    return rows.map((row) => ({ appId: row.app_id, publicKey: row.public_key }));
  }

  async #again(appId: string): Promise<App> {
    this.#cache.delete(appId);
    this.#met.delete(appId);
    const app = await this.find(appId);
    if (app === undefined) throw new Error(`the app ${appId} was written and is not there`);
    return app;
  }

  async #readKnown(appId: string): Promise<App | undefined> {
    const [row] = await readRows(this.#store, [appId]);
    return row && this.#keep(row);
  }

  #keep(row: AppRow): App {
    const revision = hash("sha256", JSON.stringify(row), "base64");
    const known = this.#known.get(row.app_id);
    if (known?.revision === revision) return known;
    const app = this.#parse(row, revision);
    setBounded(this.#known, row.app_id, app, cacheLimit);
    return app;
  }

  #parse(row: AppRow, revision: string): App {
    const keys = [row.public_key, row.next_public_key].filter((key) => key !== null);
    return {
      appId: row.app_id,
      revision,
      merchantId: row.merchant_id,
      name: row.name,
      publicKeys: keys.map((key) => parsePublicKey(key)),
      certificate: row.certificate === null ? undefined : certificateOf(row.certificate, row.certificate_required),
      encryptKey:
        row.encrypt_key_sealed === null
          ? undefined
          : this.#vault.open(row.encrypt_key_sealed, encryptKeyContext(row.app_id)),
      signTypes: signTypes.filter((each) => row.sign_types.includes(each)),
      defaultSignType: signTypes.find((each) => each === row.default_sign_type),
      permittedMethods: row.permitted_methods ?? undefined,
      actsForMerchants: row.acts_for_merchants,
      selfInvoke: row.self_invoke,
      suspended: row.suspended_at !== null,
      merchantSuspended: row.merchant_suspended_at !== null,
      gatewayKeyId: row.gateway_key_id,
      redirectUris: row.redirect_uris,
      template: row.template,
      feedbackPolicy: row.feedback_policy,
    };
  }

  #sealEncryptKey(appId: string, encryptKey: string): Uint8Array {
    const bytes = Buffer.from(encryptKey, "base64");
    if (![16, 24, 32].includes(bytes.length) || bytes.toString("base64") !== encryptKey) {
      throw new AppError("an encrypt key is base64 of 16, 24 or 32 bytes");
    }
    return this.#vault.seal(bytes, encryptKeyContext(appId));
  }
}

function readRows(store: Store, appIds: readonly string[]): Promise<AppRow[]> {
  return store.queryBriefly<AppRow>(appSql, [appIds]);
}

/** Once the table is full the oldest entry makes room. */
function setBounded<Value>(table: Map<string, Value>, key: string, value: Value, limit: number): void {
  const [oldest] = table.size >= limit && !table.has(key) ? table.keys() : [];
  if (oldest !== undefined) table.delete(oldest);
  table.set(key, value);
}

function encryptKeyContext(appId: string): string {
  return `app.encrypt_key ${appId}`;
}

function certificateOf(text: string, required: boolean): AppCertificate {
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

/** A certificate proves an app's key only when it is for that key. */
function checkCertificate(text: string, publicKeys: readonly string[], leastBits: number): void {
  const key = exportKey(checkRsa(parseCertificate(text).publicKey, leastBits), "spki");
  if (!publicKeys.includes(key)) throw new AppError("the certificate is for another key than the app's public key");
}

interface AppRow {
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
  suspended_at: Instant | null;
  merchant_suspended_at: Instant | null;
  redirect_uris: string[];
  template: string;
  feedback_policy: FeedbackPolicy;
}

import type { KeyObject } from "node:crypto";
import { type Clock, type Instant, instantToText, later, secondUs } from "../clock.ts";
import { exportKey, parsePublicKey } from "../keys/formats.ts";
import type { Vault } from "../keys/vault.ts";
import { type Store, StoreError } from "../store/store.ts";

/** An app (应用): what a merchant's developers call with. */
export interface App {
  readonly appId: string;
  readonly merchantId: string;
  readonly name: string;
  /** Verifies the app's requests. Parsed once, not per call. */
  readonly publicKey: KeyObject;
  /** The platform key that the app was given, which signs its replies. */
  readonly gatewayKeyId: string;
  /** Where users may be sent back to; see redirectAllowed. */
  readonly redirectUris: readonly string[];
  readonly template: string;
  /** What becomes of a feedback file with bad records: nothing of it is stored, or the good ones are. */
  readonly feedbackPolicy: "whole_file" | "accept_valid";
}

export interface NewApp {
  readonly appId: string;
  readonly merchantId: string;
  readonly name: string;
  /** PEM or base64. */
  readonly publicKey: string;
  readonly certificate?: string | undefined;
  /** Base64 of 16, 24 or 32 bytes. */
  readonly encryptKey?: string | undefined;
  readonly gatewayKeyId: string;
  readonly redirectUris: readonly string[];
}

/** Why an app cannot be added; the text is for the operator. */
export class AppError extends Error {
  override readonly name = "AppError";
}

const columns = "app_id, merchant_id, name, public_key, gateway_key_id, redirect_uris, template, feedback_policy";
const appIdPattern = /^[A-Za-z0-9_-]{1,32}$/;
/** A change made by another process takes effect within this time. */
const cacheUs = 2 * secondUs;
const cacheLimit = 10_000;

export class AppDirectory {
  readonly #store: Store;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #cache = new Map<string, { app: Promise<App | undefined>; until: Instant }>();

  constructor(store: Store, vault: Vault, clock: Clock) {
    this.#store = store;
    this.#vault = vault;
    this.#clock = clock;
  }

  /** The app, or undefined. Concurrent callers share one read; a stranger's guesses are not kept. */
  async find(appId: string): Promise<App | undefined> {
    if (!appIdPattern.test(appId)) return undefined;
    const now = this.#clock.now();
    const cached = this.#cache.get(appId);
    if (cached !== undefined && now < cached.until && now >= later(cached.until, -cacheUs)) return cached.app;
    const read = this.#read(appId);
    if (this.#cache.size >= cacheLimit) this.#cache.clear();
    this.#cache.set(appId, { app: read, until: later(now, cacheUs) });
    try {
      const app = await read;
      if (app === undefined) this.#cache.delete(appId);
      return app;
    } catch (error) {
      this.#cache.delete(appId);
      throw error;
    }
  }

  /** @throws AppError when the id is taken or malformed, or a key is none. KeyFormatError says what is wrong with a key. */
  async add(app: NewApp): Promise<App> {
    if (!appIdPattern.test(app.appId)) {
      throw new AppError("an app id has 1 to 32 letters, digits, _ or -");
    }
    const publicKey = exportKey(parsePublicKey(app.publicKey), "spki");
    const encryptKey = app.encryptKey === undefined ? null : this.#sealEncryptKey(app.appId, app.encryptKey);
    try {
      await this.#store.query(
        `insert into app (app_id, merchant_id, name, public_key, gateway_key_id, encrypt_key_sealed, certificate,
                          redirect_uris, template, feedback_policy, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'loan', 'whole_file', $9)`,
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
        ],
      );
    } catch (error) {
      if (error instanceof StoreError && error.sqlState === "23505") throw new AppError(`the app ${app.appId} exists already`);
      if (error instanceof StoreError && error.sqlState === "23503") throw new AppError(`no merchant ${app.merchantId}`);
      throw error;
    }
    this.#cache.delete(app.appId);
    const added = await this.find(app.appId);
    if (added === undefined) throw new Error(`the app ${app.appId} was added and is not there`);
    return added;
  }

  async #read(appId: string): Promise<App | undefined> {
    const [row] = await this.#store.query<AppRow>(`select ${columns} from app where app_id = $1`, [appId]);
    if (row === undefined) return undefined;
    return {
      appId: row.app_id,
      merchantId: row.merchant_id,
      name: row.name,
      publicKey: parsePublicKey(row.public_key),
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
    return this.#vault.seal(bytes, `app.encrypt_key ${appId}`);
  }
}

interface AppRow {
  app_id: string;
  merchant_id: string;
  name: string;
  public_key: string;
  gateway_key_id: string;
  redirect_uris: string[];
  template: string;
  feedback_policy: "whole_file" | "accept_valid";
}

/** Any address may be sent back to: for the sandbox's own app only. */
export const anyRedirect = "*";

/**
 * Whether a user may be sent back to this address: scheme, host and port as registered (any port on the loopback
 * interface, as RFC 8252 7.3 has it) and a path at or below the registered one.
 */
export function redirectAllowed(registered: readonly string[], redirectUri: string): boolean {
  const target = parseRedirect(redirectUri);
  if (target === undefined) return false;
  return registered.some((each) => {
    if (each === anyRedirect) return true;
    const allowed = parseRedirect(each);
    if (allowed === undefined) return false;
    const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(target.hostname);
    const below = allowed.pathname.endsWith("/") ? allowed.pathname : `${allowed.pathname}/`;
    return (
      allowed.protocol === target.protocol &&
      allowed.hostname === target.hostname &&
      (loopback || allowed.port === target.port) &&
      (target.pathname === allowed.pathname || target.pathname.startsWith(below))
    );
  });
}

function parseRedirect(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url !== undefined && ["http:", "https:"].includes(url.protocol) && url.username === "" && url.password === "" && !text.includes("#");
  return plain ? url : undefined;
}

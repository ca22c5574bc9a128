import { hash } from "node:crypto";
import { type Clock, type Instant, later, secondUs } from "../clock.ts";
import { withinDeadline } from "../deadline.ts";
import { leastKeyBits } from "../keys/formats.ts";
import type { Vault } from "../keys/vault.ts";
import { ownCopy } from "../protocol/byte-text.ts";
import { BatchRead } from "../store/batch-read.ts";
import { waitedTooLong } from "../store/sql-state.ts";
import { type Store, StoreError } from "../store/store.ts";
import { type App, appIdPattern } from "./app.ts";
import { type AppRow, parseAppRow, readAppRows } from "./app-row.ts";
import { type AppChange, insertApp, type NewApp, updateApp, type WriteParts } from "./write-app.ts";

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
      (appIds) => readAppRows(store, appIds),
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

  /** @throws AppError and KeyFormatError, as insertApp. */
  async add(app: NewApp): Promise<App> {
    await insertApp(this.#writeParts, app, this.#clock.now());
    return this.#again(app.appId);
  }

  /** What is undefined stays. @throws AppError and KeyFormatError, as updateApp. */
  async change(appId: string, change: AppChange): Promise<App> {
    await updateApp(this.#writeParts, appId, change, this.#clock.now());
    return this.#again(appId);
  }

  /** So that one which was removed is not found any more. */
  forget(appId: string): void {
    this.#cache.delete(appId);
    this.#known.delete(appId);
    this.#met.delete(appId);
  }

  get #writeParts(): WriteParts {
    return { store: this.#store, vault: this.#vault, leastKeyBits: this.#leastKeyBits };
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
    const [row] = await readAppRows(this.#store, [appId]);
    return row && this.#keep(row);
  }

  #keep(row: AppRow): App {
    const revision = hash("sha256", JSON.stringify(row), "base64");
    const known = this.#known.get(row.app_id);
    if (known?.revision === revision) return known;
    const app = parseAppRow(row, this.#vault, revision);
    setBounded(this.#known, row.app_id, app, cacheLimit);
    return app;
  }
}

/** Once the table is full the oldest entry makes room. */
function setBounded<Value>(table: Map<string, Value>, key: string, value: Value, limit: number): void {
  const [oldest] = table.size >= limit && !table.has(key) ? table.keys() : [];
  if (oldest !== undefined) table.delete(oldest);
  table.set(key, value);
}

import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, dayUs, type Instant, instantOf, later } from "#kaimen/clock.ts";
import { consentPurpose, grantAuthorisation, revokeAuthorisations } from "#kaimen/consent/authorisations.ts";
import { type InquiryDesk, openInquiryDesk } from "#kaimen/inquiry/inquire.ts";
import type { ConsentGrant } from "#kaimen/inquiry/inquiry.ts";
import { createLog } from "#kaimen/log.ts";
import { ledgerTotals } from "#kaimen/ledger/ledger.ts";
import { setArrangement } from "#kaimen/merchants/arrangements.ts";
import { addMerchant } from "#kaimen/merchants/merchants.ts";
import type { Store } from "#kaimen/store/store.ts";

export const merchants = ["2088000000000001", "2088000000000002"] as const;
export const products = ["w1", "w2"] as const;
export const users = ["u0", "u1", "u2"] as const;
export const ids = ["a", "b", "c", "d", "e"] as const;
export const windowUs = dayUs;
const consentDays = 3_650;
const priceFen = { w1: 40, w2: 7 } as const;

export interface Asked {
  readonly merchant: (typeof merchants)[number];
  readonly product: (typeof products)[number];
  readonly user: (typeof users)[number];
  readonly id: (typeof ids)[number];
}

export type Step =
  | { readonly kind: "ask"; readonly together: readonly Asked[] }
  | { readonly kind: "revoke"; readonly user: (typeof users)[number] }
  | { readonly kind: "authorise"; readonly user: (typeof users)[number] }
  | {
      readonly kind: "quota";
      readonly merchant: (typeof merchants)[number];
      readonly product: (typeof products)[number];
      readonly left: number | null;
    }
  | { readonly kind: "clock"; readonly forwardUs: number }
  /** A process is killed so long after it began with these, and another one takes over. */
  | { readonly kind: "kill"; readonly together: readonly Asked[]; readonly afterMs: number };

/** What should happen, with nothing but maps. */
class Model {
  readonly lines = new Map<string, { asked: Asked; at: number; bizNo: string; isClosed: boolean }>();
  readonly left = new Map<string, number | null>();
  readonly authorised = new Set<string>();

  /** What an inquiry has to be answered with, before it changes anything. */
  judge(request: Asked, now: number): string {
    if (!this.authorised.has(request.user)) return "unauthorised";
    const earlier = this.lines.get(lineKey(request));
    if (earlier !== undefined) {
      if (earlier.isClosed) return "transaction_closed";
      if (now - earlier.at > windowUs) return "transaction_expired";
      const same = earlier.asked.user === request.user && earlier.asked.product === request.product;
      return same ? "replayed" : "transaction_repeated";
    }
    return this.left.get(quotaKey(request)) === 0 ? "over_limit" : "accepted";
  }

  accept(request: Asked, at: number, bizNo: string): void {
    this.lines.set(lineKey(request), { asked: request, at, bizNo, isClosed: false });
    const left = this.left.get(quotaKey(request)) ?? null;
    if (left !== null) this.left.set(quotaKey(request), left - 1);
  }

  close(request: Asked, at: number, bizNo: string): void {
    this.lines.set(lineKey(request), { asked: request, at, bizNo, isClosed: true });
  }

  amountFen(merchant: string): number {
    return [...this.lines.values()]
      .filter((line) => line.asked.merchant === merchant && !line.isClosed)
      .reduce((sum, line) => sum + priceFen[line.asked.product], 0);
  }
}

const lineKey = ({ merchant, id }: Asked): string => `${merchant} ${id}`;
const quotaKey = ({ merchant, product }: { merchant: string; product: string }): string => `${merchant} ${product}`;

const child = new URL("./inquiry-child.mjs", import.meta.url);
const names = new WeakMap<ChildProcess, string>();
const victimName = (victim: ChildProcess): string => names.get(victim) ?? "";

/** Processes to be killed, each started while the one before it is still of use. */
export class Victims {
  readonly #url: string;
  #started = 0;
  #ready: Promise<ChildProcess>;

  constructor(url: string) {
    this.#url = url;
    this.#ready = this.#start();
  }

  async next(): Promise<ChildProcess> {
    const victim = await this.#ready;
    this.#ready = this.#start();
    return victim;
  }

  async end(): Promise<void> {
    (await this.#ready).kill("SIGKILL");
  }

  async #start(): Promise<ChildProcess> {
    this.#started += 1;
    const name = `victim-${this.#started}`;
    const url = new URL(this.#url);
    url.searchParams.set("application_name", name);
    const victim = fork(child, [url.toString()], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    names.set(victim, name);
    const exited = once(victim, "exit").then(() => assert.fail("the process to be killed has ended by itself"));
    await Promise.race([once(victim, "message"), exited]);
    exited.catch(() => undefined);
    return victim;
  }
}

let worlds = 0;

/**
 * A platform whose time, consents and contracts are set step by step, held against the model. Its merchants, app and users
 * are its own, so that a world that failed and was left as it stood is nothing to the next one on the same database.
 */
export class World {
  readonly #store: Store;
  readonly #victims: Victims;
  readonly #prefix: string;
  readonly #model = new Model();
  readonly #grants = new Map<string, ConsentGrant>();
  #nowUs = Date.UTC(2026, 10, 22) * 1_000;
  readonly #clock: Clock = { now: (): Instant => instantOf(this.#nowUs) };

  constructor(store: Store, victims: Victims) {
    this.#store = store;
    this.#victims = victims;
    worlds += 1;
    this.#prefix = `${worlds}-`;
  }

  async run(steps: readonly Step[]): Promise<void> {
    const store = this.#store;
    await store.query(
      "insert into gateway_key (gateway_key_id, private_key_sealed, public_key, created_at) values ('1', '', '', now()) on conflict do nothing",
    );
    for (const merchantId of merchants.map((each) => this.#own(each))) {
      await addMerchant(store, { merchantId, name: merchantId }, this.#clock.now());
      for (const productCode of products) {
        const validTo = instantOf(this.#nowUs + 3_650 * dayUs);
        await setArrangement(store, {
          merchantId,
          productCode,
          validFrom: this.#clock.now(),
          validTo,
          priceFen: priceFen[productCode],
          billsNa: true,
        });
      }
    }
    await store.query(
      `insert into app (app_id, merchant_id, name, public_key, gateway_key_id, redirect_uris, template, feedback_policy, created_at)
       values ($1, $2, '', '', '1', '{}', 'loan', 'whole_file', now())`,
      [this.#own("app"), this.#own(merchants[0])],
    );
    for (const user of users) await this.#authorise(user);
    let desk = this.#openDesk(store);
    for (const each of steps) {
      if (each.kind === "kill") await this.#kill(each.together, each.afterMs);
      else await this.#take(each, desk);
      if (each.kind === "kill") desk = this.#openDesk(store);
    }
    await desk.idle();
    await this.#compare();
  }

  /** The name that something has in this world and in no other. */
  #own(name: string): string {
    return this.#prefix + name;
  }

  #plain(own: string): string {
    return own.slice(this.#prefix.length);
  }

  #openDesk(store: Store): InquiryDesk {
    return openInquiryDesk(store, this.#clock, { log: createLog("silent"), deadlineMs: 20_000 });
  }

  async #take(each: Exclude<Step, { kind: "kill" }>, desk: InquiryDesk): Promise<void> {
    if (each.kind === "clock") this.#nowUs += each.forwardUs;
    else if (each.kind === "authorise") await this.#authorise(each.user);
    else if (each.kind === "revoke") {
      await revokeAuthorisations(this.#store, this.#clock, { userId: this.#own(each.user), appId: this.#own("app") });
      this.#model.authorised.delete(each.user);
    } else if (each.kind === "quota") {
      await this.#store.query(
        "update arrangement set quota = quota_used + $1::bigint where merchant_id = $2 and product_code = $3",
        [each.left, this.#own(each.merchant), each.product],
      );
      this.#model.left.set(quotaKey(each), each.left);
    } else await this.#askTogether(each.together, desk);
  }

  /** Those that come together are judged in the order in which they came. */
  async #askTogether(together: readonly Asked[], desk: InquiryDesk): Promise<void> {
    const outcomes = await Promise.all(together.map((request) => desk.inquire(this.#request(request))));
    // The first of equal ids in a group is recorded first, the others are judged once more after it.
    const firsts = together.map(
      (request, index) => together.findIndex((other) => lineKey(other) === lineKey(request)) === index,
    );
    for (const first of [true, false]) {
      for (const [index, request] of together.entries()) {
        if (firsts[index] !== first) continue;
        const outcome = outcomes[index];
        const expected = this.#model.judge(request, this.#nowUs);
        assert.equal(outcome?.outcome, expected, JSON.stringify(request));
        if (outcome === undefined || !("bizNo" in outcome)) continue;
        if (outcome.outcome === "accepted") this.#model.accept(request, this.#nowUs, outcome.bizNo);
        else assert.equal(outcome.bizNo, this.#model.lines.get(lineKey(request))?.bizNo);
      }
    }
  }

  /** Nobody hears what became of these; the model asks the database, and holds it to that from then on. */
  async #kill(together: readonly Asked[], afterMs: number): Promise<void> {
    const doomed = await this.#victims.next();
    const begun = once(doomed, "message");
    doomed.send({ nowUs: this.#nowUs, requests: together.map((request) => this.#request(request)) });
    await begun;
    await sleep(afterMs);
    const gone = once(doomed, "exit");
    doomed.kill("SIGKILL");
    await gone;
    // PostgreSQL may be at its statement still, and finish it for nobody.
    const mine = "select from pg_stat_activity where application_name = $1";
    while ((await this.#store.query(mine, [victimName(doomed)])).length > 0) await sleep(5);
    const rows = await this.#store.query<{
      merchant_id: string;
      transaction_id: string;
      product_code: string;
      user_id: string;
      biz_no: string;
      state: string;
    }>(
      "select merchant_id, transaction_id, product_code, user_id, biz_no, state from inquiry where merchant_id = any($1)",
      [merchants.map((each) => this.#own(each))],
    );
    for (const row of rows) {
      const request = {
        merchant: this.#plain(row.merchant_id),
        id: row.transaction_id,
        product: row.product_code,
        user: this.#plain(row.user_id),
      } as Asked; // Only such were asked for.
      if (this.#model.lines.has(lineKey(request))) continue;
      if (row.state === "closed") this.#model.close(request, this.#nowUs, row.biz_no);
      else {
        assert.equal(this.#model.judge(request, this.#nowUs), "accepted");
        this.#model.accept(request, this.#nowUs, row.biz_no);
      }
    }
  }

  async #authorise(user: (typeof users)[number]): Promise<void> {
    const consent = await grantAuthorisation(this.#store, this.#clock, {
      userId: this.#own(user),
      appId: this.#own("app"),
      scopes: ["auth_zhima"],
      days: consentDays,
      channel: "test",
    });
    const number = users.indexOf(user);
    this.#grants.set(user, {
      userId: this.#own(user),
      person: { bucket: number, personId: `00000000-0000-0000-0000-00000000000${number}` },
      authorisationId: consent.authorisationId,
      purpose: consentPurpose,
      consentExpiresAt: later(this.#clock.now(), consentDays * dayUs),
    });
    this.#model.authorised.add(user);
  }

  #request({ merchant, product, user, id }: Asked) {
    const grant = this.#grants.get(user);
    if (grant === undefined) throw new Error("nobody without a consent is asked for");
    return { merchantId: this.#own(merchant), appId: this.#own("app"), productCode: product, transactionId: id, grant };
  }

  async #compare(): Promise<void> {
    const own = merchants.map((each) => this.#own(each));
    for (const merchant of merchants) {
      const totals = await ledgerTotals(this.#store, this.#own(merchant), instantOf(this.#nowUs + 1));
      assert.equal(totals.amountFen, this.#model.amountFen(merchant));
    }
    const rows = await this.#store.query<{ merchant_id: string; product_code: string; left: number | null }>(
      "select merchant_id, product_code, quota - quota_used as left from arrangement where merchant_id = any($1)",
      [own],
    );
    for (const row of rows)
      assert.equal(row.left, this.#model.left.get(`${this.#plain(row.merchant_id)} ${row.product_code}`) ?? null);
    const lines = await this.#store.query<{ merchant_id: string; transaction_id: string; biz_no: string }>(
      "select merchant_id, transaction_id, biz_no from inquiry where merchant_id = any($1)",
      [own],
    );
    assert.deepEqual(
      new Map(lines.map((line) => [`${this.#plain(line.merchant_id)} ${line.transaction_id}`, line.biz_no])),
      new Map([...this.#model.lines].map(([key, { bizNo }]) => [key, bizNo])),
    );
  }
}

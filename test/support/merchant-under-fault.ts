import { setTimeout as delay } from "node:timers/promises";
import type { AlipaySdk } from "alipay-sdk";
import { askScore, productCode, type SdkReply } from "./integrator.ts";
import { officialSdk, type RunningKaimen, userByLogin } from "./kaimen.ts";

const workers = 12;

/** What a merchant knows of an id that it has sent. */
interface Known {
  bizNo?: string;
  /** ARRANGEMENT_OVER_LIMIT, TRANSACTIONID_CLOSE. */
  refusedWith?: string;
  /** An attempt is under way: the next one waits for its word, so that the book is in order. */
  isAsked?: boolean;
}

/** A merchant that goes on asking while what it asks dies and comes back, and that keeps a book of what it was told. */
export class MerchantUnderFault {
  readonly book = new Map<string, Known>();
  /** Answers that contradict what the merchant was told before. */
  readonly contradictions: string[] = [];
  answers = 0;
  #sdk: AlipaySdk | undefined;
  #token = "";
  #running = true;
  #workers: Promise<void>[] = [];
  #count = 0;

  /** Points it at a server, which may have another address after its restart. */
  pointAt(kaimen: RunningKaimen): void {
    this.#sdk = officialSdk(kaimen.sandbox, { timeout: 4_000 });
    this.#token = userByLogin(kaimen.sandbox, "average").access_token;
  }

  start(): void {
    this.#workers = Array.from({ length: workers }, () => this.#work());
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#workers);
  }

  /** Asks again for everything that it has no word of yet, until it has one. */
  async settle(): Promise<void> {
    const deadline = Date.now() + 60_000;
    for (let open = this.#open(); open.length > 0; open = this.#open()) {
      if (Date.now() > deadline) throw new Error(`${open.length} ids are still without a word`);
      for (const id of open) await this.#ask(id);
    }
  }

  #open(): string[] {
    return [...this.book]
      .filter(([, known]) => known.bizNo === undefined && known.refusedWith === undefined)
      .map(([id]) => id);
  }

  async #work(): Promise<void> {
    while (this.#running) {
      this.#count += 1;
      const kept = [...this.book.keys()];
      // One in four asks for something that it has asked for before, answered or not.
      const old = this.#count % 4 === 0 ? kept[Math.floor(Math.random() * kept.length)] : undefined;
      if (!(await this.#ask(old ?? `fault_${process.pid}_${this.#count}`))) await delay(100);
    }
  }

  async #ask(id: string): Promise<boolean> {
    const known = this.book.get(id) ?? {};
    if (known.isAsked === true) return true;
    this.book.set(id, known);
    known.isAsked = true;
    // The limit may have been raised meanwhile: what was said of it is no word on this attempt.
    if (known.refusedWith === "ARRANGEMENT_OVER_LIMIT") delete known.refusedWith;
    return this.#hear(id, known).finally(() => (known.isAsked = false));
  }

  async #hear(id: string, known: Known): Promise<boolean> {
    let reply: SdkReply;
    try {
      if (this.#sdk === undefined) return false;
      reply = await askScore(this.#sdk, this.#token, { transaction_id: id, product_code: productCode });
    } catch {
      return false;
    }
    if (reply.code === "20000") return false;
    this.answers += 1;
    if (reply.code === "10000") {
      const bizNo = String(reply["bizNo"]);
      if (known.bizNo !== undefined && known.bizNo !== bizNo)
        this.contradictions.push(`${id}: ${known.bizNo}, then ${bizNo}`);
      if (known.refusedWith === "TRANSACTIONID_CLOSE") this.contradictions.push(`${id}: closed, then ${bizNo}`);
      known.bizNo = bizNo;
      delete known.refusedWith;
    } else {
      if (known.bizNo !== undefined) this.contradictions.push(`${id}: ${known.bizNo}, then ${reply.subCode}`);
      known.refusedWith = String(reply.subCode);
    }
    return true;
  }
}

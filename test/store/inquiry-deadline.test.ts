import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "#kaimen/clock.ts";
import { type Grant, TokenDirectory } from "#kaimen/consent/token-directory.ts";
import { GroupQueueFull } from "#kaimen/inquiry/group-commit.ts";
import { type InquiryDesk, InquiryTimeout, openInquiryDesk } from "#kaimen/inquiry/inquire.ts";
import { createLog } from "#kaimen/log.ts";
import { openStore } from "#kaimen/store/open.ts";
import type { Store } from "#kaimen/store/store.ts";
import { productCode } from "../support/integrator.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const cluster = await startPostgres();
const deadlineMs = 400;

describe.skipIf(cluster === undefined)("an inquiry with a deadline", () => {
  let kaimen: RunningKaimen;
  let store: Store;
  let desk: InquiryDesk;
  let grant: Grant;
  let operator: Client;

  beforeAll(async () => {
    kaimen = await startKaimen({ database: "postgresql" });
    const url = kaimen.environment["DATABASE_URL"] ?? "";
    await kaimen.end("SIGTERM");
    store = await openStore({ databaseUrl: url, dataDirectory: kaimen.dataDirectory });
    desk = openInquiryDesk(store, systemClock, { log: createLog("silent"), deadlineMs });
    operator = new Client({ connectionString: url });
    await operator.connect();
    const found = await new TokenDirectory(store, systemClock, 20_000).find(
      kaimen.sandbox.users[0]?.access_token ?? "",
      kaimen.sandbox.app_id,
    );
    if (typeof found === "string") throw new Error(`the token is ${found}`);
    grant = found;
  });
  afterAll(async () => {
    await operator.end();
    await store.close();
    await kaimen.stop();
    await cluster?.stop();
  });

  const ask = (transactionId: string, at = desk) => {
    const { merchant_id: merchantId, app_id: appId } = kaimen.sandbox;
    return at.inquire({ merchantId, appId, productCode, transactionId, grant });
  };

  it("that misses it is refused at once, closed for good and never billed, however late the database comes back", async () => {
    await operator.query("begin");
    await operator.query("lock table inquiry in access exclusive mode");
    const startedAt = performance.now();
    const refused = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => ask(`late_${index}`)));
    expect(performance.now() - startedAt).toBeLessThan(deadlineMs * 3);
    for (const each of refused) expect(each).toMatchObject({ status: "rejected", reason: expect.any(InquiryTimeout) });
    await operator.query("commit");
    await desk.idle();
    const { rows } = await operator.query(
      "select state, sum(billed_fen)::int as billed, count(*)::int from inquiry where transaction_id like 'late%' group by 1",
    );
    // Which of the two statements comes first is the lock's to say; each id has one line, and its repeat agrees with it.
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(20);
    for (const { state, billed } of rows) if (state === "closed") expect(billed).toBe(0);
    for (let index = 0; index < 20; index += 1) {
      const {
        rows: [line],
      } = await operator.query("select state from inquiry where transaction_id = $1", [`late_${index}`]);
      expect((await ask(`late_${index}`)).outcome).toBe(line.state === "closed" ? "transaction_closed" : "replayed");
    }
  });

  it("held up before it was recorded is closed, and the late statement records nothing and takes no quota", async () => {
    await operator.query("update arrangement set quota = 5, quota_used = 0");
    await operator.query("begin");
    await operator.query("select from arrangement for update");
    await expect(ask("held")).rejects.toThrow(InquiryTimeout);
    const closed = async () =>
      (await operator.query("select state, billed_fen, unbilled_because from inquiry where transaction_id = 'held'"))
        .rows[0];
    while ((await closed()) === undefined) await delay(10);
    await operator.query("commit");
    await desk.idle();
    expect(await closed()).toEqual({ state: "closed", billed_fen: 0, unbilled_because: "closed" });
    expect(await ask("held")).toEqual({ outcome: "transaction_closed" });
    const { rows } = await operator.query(
      "select sum(quota_used)::int as quota_used from arrangement where product_code = $1",
      [productCode],
    );
    expect(rows).toEqual([{ quota_used: 0 }]);
    await operator.query("update arrangement set quota = null");
  });

  it("in doubt because its connection was lost is looked up: answered, once, with the row that is there", async () => {
    const patient = openInquiryDesk(store, systemClock, { log: createLog("silent"), deadlineMs: 20_000 });
    let asking = true;
    const cutting = (async () => {
      for (let cut = 0; asking; cut += 1) {
        await operator.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'kaimen' and state = 'active'",
        );
        // Now and then soon after another, and now and then late enough for a slow machine's statement to end.
        await delay(7 * (1 + (cut % 12)));
      }
    })();
    const bizNos = new Map<string, string>();
    try {
      for (let round = 0; round < 40; round += 1) {
        const ids = Array.from({ length: 8 }, (_, index) => `cut_${round}_${index}`);
        for (const [index, outcome] of (await Promise.all(ids.map((id) => ask(id, patient)))).entries()) {
          expect(outcome.outcome).toBe("accepted");
          bizNos.set(ids[index] ?? "", "bizNo" in outcome ? outcome.bizNo : "");
        }
      }
    } finally {
      asking = false;
      await cutting;
    }
    await patient.idle();
    const { rows } = await operator.query(
      "select transaction_id, biz_no from inquiry where transaction_id like 'cut%'",
    );
    expect(new Map(rows.map((row) => [row.transaction_id, row.biz_no]))).toEqual(bizNos);
  });

  it("on a connection that hangs is closed, and ten seconds later others are answered on another one", async () => {
    await ask("before_it_hung");
    const {
      rows: [last],
    } = await operator.query(
      "select pid from pg_stat_activity where application_name = 'kaimen' order by state_change desc limit 1",
    );
    process.kill(last.pid, "SIGSTOP");
    try {
      await expect(ask("hung")).rejects.toThrow(InquiryTimeout);
      let tries = 0;
      const answered = async (): Promise<boolean> =>
        ask(`tried_${(tries += 1)}`).then(
          ({ outcome }) => outcome === "accepted",
          () => false,
        );
      const began = performance.now();
      while (!(await answered())) expect(performance.now() - began).toBeLessThan(15_000);
    } finally {
      process.kill(last.pid, "SIGCONT");
    }
    // The stopped process goes on with what it had been sent, and finds the id taken.
    while ((await operator.query("select from pg_stat_activity where pid = $1", [last.pid])).rows.length > 0)
      await delay(20);
    await desk.idle();
    const { rows } = await operator.query("select state, billed_fen from inquiry where transaction_id = 'hung'");
    expect(rows).toEqual([{ state: "closed", billed_fen: 0 }]);
    expect(await ask("hung")).toEqual({ outcome: "transaction_closed" });
  }, 30_000);

  it("is refused at once when too many wait", async () => {
    await operator.query("begin");
    await operator.query("lock table inquiry in access exclusive mode");
    const crowd = Array.from({ length: 10_300 }, (_, index) => ask(`crowd_${index}`).catch((error: Error) => error));
    const first = await Promise.race(crowd);
    expect(first).toBeInstanceOf(GroupQueueFull);
    await operator.query("commit");
    await Promise.all(crowd);
    await desk.idle();
  });
});

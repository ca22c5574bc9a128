import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "#kaimen/clock.ts";
import { type Grant, TokenDirectory } from "#kaimen/consent/token-directory.ts";
import { type InquiryDesk, openInquiryDesk } from "#kaimen/inquiry/inquire.ts";
import { createLog } from "#kaimen/log.ts";
import { openStore } from "#kaimen/store/open.ts";
import type { Store } from "#kaimen/store/store.ts";
import { productCode } from "../support/integrator.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const cluster = await startPostgres();
const processes = 3;
const rounds = 30;

describe.skipIf(cluster === undefined)(`${processes} desks on one database, as of so many processes`, () => {
  let kaimen: RunningKaimen;
  let stores: Store[];
  let store: Store;
  let desks: InquiryDesk[];
  let grant: Grant;

  beforeAll(async () => {
    kaimen = await startKaimen({ database: "postgresql" });
    const url = kaimen.environment["DATABASE_URL"] ?? "";
    await kaimen.end("SIGTERM");
    stores = await Promise.all(
      Array.from({ length: processes }, () => openStore({ databaseUrl: url, dataDirectory: kaimen.dataDirectory })),
    );
    store = stores[0] as Store; // There are `processes` of them.
    desks = stores.map((each) => openInquiryDesk(each, systemClock, { log: createLog("silent"), deadlineMs: 20_000 }));
    const found = await new TokenDirectory(store, systemClock, 20_000).find(
      kaimen.sandbox.users[0]?.access_token ?? "",
      kaimen.sandbox.app_id,
    );
    if (typeof found === "string") throw new Error(`the token is ${found}`);
    grant = found;
  });
  afterAll(async () => {
    for (const each of stores) await each.close();
    await kaimen.stop();
    await cluster?.stop();
  });

  const ask = async (transactionId: string, desk: number) => {
    await delay(Math.random() * 10);
    const { merchant_id: merchantId, app_id: appId } = kaimen.sandbox;
    return desks[desk % processes]?.inquire({ merchantId, appId, productCode, transactionId, grant });
  };

  it("share a quota to the last inquiry and never exceed it, each id asked for three times", async () => {
    for (let round = 0; round < rounds; round += 1) {
      await store.query("update arrangement set quota = 10, quota_used = 0");
      await store.query("delete from inquiry");
      const ids = Array.from({ length: 48 }, (_, index) => `quota_${round}_${index}`);
      const outcomes = await Promise.all([...ids, ...ids, ...ids].map(ask));
      expect(new Set(outcomes.map((each) => each?.outcome))).toEqual(new Set(["accepted", "replayed", "over_limit"]));
      expect(outcomes.filter((each) => each?.outcome === "accepted")).toHaveLength(10);
      const [counted] = await store.query(
        "select sum(quota_used)::int as quota_used, (select count(*) from inquiry) as recorded from arrangement where product_code = $1",
        [productCode],
      );
      expect(counted).toEqual({ quota_used: 10, recorded: 10 });
    }
  });

  it("settle one id asked for many times at once where no inquiry is left", async () => {
    await store.query("update arrangement set quota = 0, quota_used = 0");
    const { merchant_id: merchantId, app_id: appId } = kaimen.sandbox;
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () =>
        desks[0]?.inquire({ merchantId, appId, productCode, transactionId: "none_left", grant }),
      ),
    );
    expect(outcomes.map((each) => each?.outcome)).toEqual(outcomes.map(() => "over_limit"));
  });

  it("give one answer to one transaction_id, whoever is asked first", async () => {
    await store.query("update arrangement set quota = null, quota_used = 0");
    for (let round = 0; round < rounds; round += 1) {
      const outcomes = await Promise.all(Array.from({ length: 24 }, (_, desk) => ask(`same_${round}`, desk)));
      expect(outcomes.filter((each) => each?.outcome === "accepted")).toHaveLength(1);
      expect(new Set(outcomes.map((each) => each !== undefined && "bizNo" in each && each.bizNo)).size).toBe(1);
    }
  });
});

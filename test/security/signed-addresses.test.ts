import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportKey, parsePrivateKey } from "#kaimen/keys/formats.ts";
import { fileOf, recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { askScore, feedBack, newTransactionId, productCode, type SdkReply } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, userByLogin } from "../support/kaimen.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { askAsOperator } from "../support/operator.ts";
import { startPostgres } from "../support/postgres-cluster.ts";
import { type Pairs, signPairs } from "../support/request-forms.ts";

/** Addresses that carry their own proof: what a merchant signs with its app's key, and what the platform signs for it. */
const cluster = await startPostgres();
const othersApp = "2021000000000902";

describe.skipIf(cluster === undefined)("an address that is signed", () => {
  let started: KaimenOnPostgres;
  let kaimen: RunningKaimen;
  let database: Client;
  let origin = "";
  let ownKey: KeyObject;
  let batchId = "";
  const othersKey = generateKeyPairSync("rsa", { modulusLength: 2_048 });

  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster);
    ({ kaimen, database } = started);
    const { sandbox } = kaimen;
    origin = new URL(sandbox.gateway_url).origin;
    ownKey = parsePrivateKey(sandbox.app_private_key_pkcs8);
    await database.query(
      `insert into app (app_id, merchant_id, name, public_key, gateway_key_id, redirect_uris, template, feedback_policy, created_at)
       select $1, $2, name, $3, gateway_key_id, redirect_uris, template, feedback_policy, created_at from app where app_id = $4`,
      [othersApp, sandbox.merchants[0]?.merchant_id, exportKey(othersKey.publicKey, "spki"), sandbox.app_id],
    );
    const bad = recordOf(testPerson(40), recentMonths(1)[0] ?? "", { order_no: "OWN", create_amt: "-1" });
    await feedBack(officialSdk(sandbox), { content: Buffer.from(fileOf([bad])), fields: { records: "1" } });
    batchId = (
      await database.query(
        "select batch_id from feedback_batch where merchant_id = $1 order by received_at desc limit 1",
        [sandbox.merchant_id],
      )
    ).rows[0].batch_id;
  });
  afterAll(() => started?.stop());

  const advance = async (seconds: number): Promise<string> =>
    String((await askAsOperator(kaimen.sandbox, "/api/sandbox/clock", { advanceS: seconds })).answer["now"]);
  const nowS = async (): Promise<number> =>
    Math.floor(Date.parse(`${(await advance(0)).replace(" ", "T")}+08:00`) / 1_000);

  describe("by a merchant's app", () => {
    interface Signed {
      readonly path: string;
      readonly pairs?: Readonly<Record<string, string>>;
      readonly key?: KeyObject;
      readonly digest?: "RSA-SHA256" | "RSA-SHA1";
    }
    const own = (): Record<string, string> => ({ app_id: kaimen.sandbox.app_id, sign_type: "RSA2" });

    /** The address's query, signed as the official CLI signs it. */
    async function query({ path, pairs = {}, key = ownKey, digest = "RSA-SHA256" }: Signed): Promise<URLSearchParams> {
      const given: Pairs = Object.entries({ ...own(), path, timestamp: String(await nowS()), ...pairs });
      return new URLSearchParams([
        ...given.map(([name, value]): [string, string] => [name, value]),
        ["sign", signPairs(given, key, digest)],
      ]);
    }
    const status = async (path: string, search: URLSearchParams | string, method = "GET"): Promise<number> =>
      (await fetch(`${origin}${path}?${search.toString()}`, { method })).status;
    const paths = (): string[] => [
      "/api/feedback/batches",
      `/api/feedback/batches/${batchId}`,
      `/api/feedback/batches/${batchId}/errors`,
    ];

    it("opens what is its merchant's", async () => {
      for (const path of paths()) expect(await status(path, await query({ path })), path).toBe(200);
      const path = "/api/feedback/batches";
      const reply = await fetch(`${origin}${path}?${(await query({ path, pairs: { limit: "1" } })).toString()}`);
      expect(((await reply.json()) as { batches: { batchId: string }[] }).batches.map((each) => each.batchId)).toEqual([
        batchId,
      ]);
    });

    const spoilings: readonly [what: string, spoil: (path: string) => Promise<URLSearchParams>][] = [
      ["no signature", async (path) => deleted(await query({ path }), "sign")],
      ["an empty signature", async (path) => changed(await query({ path }), "sign", "")],
      [
        "any signature",
        async (path) => changed(await query({ path }), "sign", Buffer.alloc(256, 7).toString("base64")),
      ],
      ["a signature by another merchant's key", (path) => query({ path, key: othersKey.privateKey })],
      ["a signature by SHA-1", (path) => query({ path, digest: "RSA-SHA1", pairs: { sign_type: "RSA2" } })],
      ["a sign_type of SHA-1", (path) => query({ path, digest: "RSA-SHA1", pairs: { sign_type: "RSA" } })],
      ["no sign_type", async (path) => deleted(await query({ path }), "sign_type")],
      ["no app", async (path) => deleted(await query({ path }), "app_id")],
      ["an app nobody has", (path) => query({ path, pairs: { app_id: "2099000000000000" } })],
      ["another merchant's app", (path) => query({ path, pairs: { app_id: othersApp } })],
      [
        "the path of another address",
        (path) => query({ path: path === "/api/feedback/batches" ? `${path}/${batchId}` : "/api/feedback/batches" }),
      ],
      ["no path", async (path) => deleted(await query({ path }), "path")],
      [
        "a path put in beside the signed one",
        async (path) => appended(await query({ path: "/api/templates" }), "path", path),
      ],
      ["a parameter that was not signed", async (path) => appended(await query({ path }), "limit", "2")],
      [
        "a signed parameter changed",
        async (path) => changed(await query({ path, pairs: { limit: "1" } }), "limit", "2"),
      ],
      [
        "a signed parameter twice",
        async (path) => appended(await query({ path, pairs: { limit: "1" } }), "limit", "1"),
      ],
      ["no timestamp", async (path) => deleted(await query({ path }), "timestamp")],
      ["a timestamp that is no number", (path) => query({ path, pairs: { timestamp: "now" } })],
      [
        "a timestamp put in for the signed one",
        async (path) => changed(await query({ path }), "timestamp", String((await nowS()) + 1)),
      ],
      [
        "a timestamp 305 seconds old",
        async (path) => query({ path, pairs: { timestamp: String((await nowS()) - 305) } }),
      ],
      [
        "a timestamp 305 seconds to come",
        async (path) => query({ path, pairs: { timestamp: String((await nowS()) + 305) } }),
      ],
    ];

    it.each(spoilings)("with %s opens nothing", async (_, spoil) => {
      for (const path of paths()) expect(await status(path, await spoil(path)), path).toBe(401);
    });

    it("serves for 300 seconds, and not when they are over", async () => {
      const path = "/api/feedback/batches";
      const search = await query({ path });
      await advance(280);
      expect(await status(path, search)).toBe(200);
      await advance(30);
      expect(await status(path, search)).toBe(401);
    });

    it("opens nothing of another merchant's, and does not tell that it is there", async () => {
      for (const path of paths().slice(1)) {
        expect(
          await status(path, await query({ path, pairs: { app_id: othersApp }, key: othersKey.privateKey })),
          path,
        ).toBe(404);
      }
      const path = "/api/feedback/batches";
      const search = await query({ path, key: othersKey.privateKey, pairs: { app_id: othersApp } });
      const reply = await fetch(`${origin}${path}?${search.toString()}`);
      expect([reply.status, await reply.json()]).toEqual([200, { batches: [] }]);
      const pairs = { app_id: othersApp, merchantId: kaimen.sandbox.merchant_id };
      expect(await status(path, await query({ path, key: othersKey.privateKey, pairs }))).toBe(404);
    });

    it("opens nothing that is an operator's, and changes nothing", async () => {
      for (const path of ["/api/templates", "/api/cards", "/api/scores/holds"])
        expect(await status(path, await query({ path })), path).toBe(401);
      for (const path of paths())
        expect(await status(path, await query({ path }), "POST"), path).toBeGreaterThanOrEqual(400);
    });

    it("tells refused rows for as long as they are kept, and not a moment longer", async () => {
      const path = `/api/feedback/batches/${batchId}/errors`;
      const kept = async (): Promise<unknown> =>
        (
          (await (await fetch(`${origin}${path}?${(await query({ path })).toString()}`)).json()) as {
            rowsKept: boolean;
          }
        ).rowsKept;
      expect(await kept()).toBe(true);
      await database.query("update feedback_refused set expires_at = $1::timestamptz where batch_id = $2", [
        new Date((await nowS()) * 1_000).toISOString(),
        batchId,
      ]);
      expect(await kept()).toBe(false);
    });
  });

  describe("by the platform, for a statement,", () => {
    let url = "";
    let day = "";

    beforeAll(async () => {
      day = (await advance(0)).slice(0, 10);
      const sdk = officialSdk(kaimen.sandbox);
      await askScore(sdk, userByLogin(kaimen.sandbox, "average").access_token, {
        transaction_id: newTransactionId(),
        product_code: productCode,
      });
      await advance(2 * 86_400);
      // Both merchants have a statement of that day: what an address of one opens of the other would be seen.
      for (const merchantId of [kaimen.sandbox.merchant_id, kaimen.sandbox.merchants[0]?.merchant_id ?? ""]) {
        for (const each of [day, (await advance(0)).slice(0, 10).replace(/\d\d$/, "01")]) await issue(merchantId, each);
      }
    });

    async function issue(merchantId: string, each: string): Promise<void> {
      await askAsOperator(kaimen.sandbox, "/api/statements", { merchantId, day: each });
    }
    async function fresh(): Promise<URL> {
      const reply = (await officialSdk(kaimen.sandbox).exec(
        "alipay.data.dataservice.bill.downloadurl.query",
        { bizContent: { bill_type: "trade", bill_date: day } },
        { validateSign: true },
      )) as unknown as SdkReply;
      url = String(reply["billDownloadUrl"]);
      return new URL(url);
    }
    const edited = (address: URL, edit: (copy: URL) => void): URL => {
      const copy = new URL(address);
      edit(copy);
      return copy;
    };

    it("opens that statement", async () => {
      const reply = await fetch(await fresh());
      expect([reply.status, (await reply.text()).split("\n").filter((line) => line.startsWith("ZM")).length]).toEqual([
        200, 1,
      ]);
    });

    it.each<[string, (address: URL) => URL]>([
      [
        "another merchant's",
        (address) =>
          edited(
            address,
            (copy) =>
              (copy.pathname = copy.pathname.replace(
                kaimen.sandbox.merchant_id,
                kaimen.sandbox.merchants[0]?.merchant_id ?? "",
              )),
          ),
      ],
      [
        "another day's",
        (address) =>
          edited(
            address,
            (copy) =>
              (copy.pathname = copy.pathname.replace(
                day,
                `${day.slice(0, 8)}01` === day ? `${day.slice(0, 8)}02` : `${day.slice(0, 8)}01`,
              )),
          ),
      ],
      [
        "one with a later end",
        (address) =>
          edited(address, (copy) =>
            copy.searchParams.set("expires", String(Number(copy.searchParams.get("expires")) + 1)),
          ),
      ],
      [
        "one with an end of no form",
        (address) => edited(address, (copy) => copy.searchParams.set("expires", "Infinity")),
      ],
      ["one without an end", (address) => edited(address, (copy) => copy.searchParams.delete("expires"))],
      ["one without a signature", (address) => edited(address, (copy) => copy.searchParams.delete("sign"))],
      ["one with an empty signature", (address) => edited(address, (copy) => copy.searchParams.set("sign", ""))],
      [
        "one with a signature changed in its last character",
        (address) =>
          edited(address, (copy) =>
            copy.searchParams.set(
              "sign",
              (copy.searchParams.get("sign") ?? "").replace(/.$/, (last) => (last === "0" ? "1" : "0")),
            ),
          ),
      ],
      [
        "one with two signatures",
        (address) => edited(address, (copy) => copy.searchParams.append("sign", copy.searchParams.get("sign") ?? "")),
      ],
    ])("opens no other: %s", async (_, edit) => {
      expect((await fetch(edit(await fresh()))).status).toBe(403);
    });

    it("opens it for 30 seconds, and not when they are over", async () => {
      const address = await fresh();
      await advance(20);
      expect((await fetch(address)).status).toBe(200);
      await advance(11);
      expect((await fetch(address)).status).toBe(403);
    });
  });
});

function changed(search: URLSearchParams, name: string, value: string): URLSearchParams {
  search.set(name, value);
  return search;
}

function deleted(search: URLSearchParams, name: string): URLSearchParams {
  search.delete(name);
  return search;
}

function appended(search: URLSearchParams, name: string, value: string): URLSearchParams {
  search.append(name, value);
  return search;
}

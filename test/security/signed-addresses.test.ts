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
import { unzipped } from "../support/unzipped.ts";
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
      for (const path of ["/api/cards", "/api/scores/holds", "/api/settings"])
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
    /** An app's address of a bill, and an operator's of the statement. */
    const fresh = {
      bill: async (): Promise<URL> => {
        const reply = (await officialSdk(kaimen.sandbox).exec(
          "alipay.data.dataservice.bill.downloadurl.query",
          { bizContent: { bill_type: "trade", bill_date: day } },
          { validateSign: true },
        )) as unknown as SdkReply;
        return new URL(String(reply["billDownloadUrl"]));
      },
      statement: async (): Promise<URL> => {
        const merchantId = kaimen.sandbox.merchant_id;
        const { answer } = await askAsOperator(kaimen.sandbox, "/api/statements", { merchantId, day });
        return new URL(String(answer["url"]));
      },
    };
    const other = (): string => kaimen.sandbox.merchants[0]?.merchant_id ?? "";
    const otherDay = (): string => `${day.slice(0, 8)}${day.endsWith("01") ? "02" : "01"}`;
    const inPath = (copy: URL, from: string, to: string) => (copy.pathname = copy.pathname.replace(from, to));
    const inQuery = (copy: URL, name: string, edit: (value: string) => string) =>
      copy.searchParams.set(name, edit(copy.searchParams.get(name) ?? ""));
    /** In every parameter, as whoever knows how the address is made would. */
    const everywhere = (copy: URL, from: string, to: string) => {
      for (const name of copy.searchParams.keys()) inQuery(copy, name, (value) => value.replaceAll(from, to));
    };
    const flipped = (value: string): string => value.replace(/.$/, (last) => (last === "0" ? "1" : "0"));

    it("opens that statement", async () => {
      const text = await (await fetch(await fresh.statement())).text();
      expect(text.split("\n").filter((line) => line.startsWith("ZM"))).toHaveLength(1);
      const bill = await (await fetch(await fresh.bill())).arrayBuffer();
      const [[name, content] = ["", Buffer.alloc(0)]] = unzipped(new Uint8Array(bill));
      expect(name).toContain("业务明细");
      expect(content.toString()).toBe(text);
    });

    it.each<[kind: keyof typeof fresh, what: string, edit: (copy: URL) => unknown]>([
      ["statement", "another merchant's", (copy) => inPath(copy, kaimen.sandbox.merchant_id, other())],
      ["statement", "another day's", (copy) => inPath(copy, day, otherDay())],
      ["statement", "one with a later end", (copy) => inQuery(copy, "expires", (value) => String(Number(value) + 1))],
      ["statement", "one with an end of no form", (copy) => inQuery(copy, "expires", () => "Infinity")],
      ["statement", "one without an end", (copy) => copy.searchParams.delete("expires")],
      ["statement", "one without a signature", (copy) => copy.searchParams.delete("sign")],
      ["statement", "one with an empty signature", (copy) => inQuery(copy, "sign", () => "")],
      ["statement", "one with a signature changed in its last character", (copy) => inQuery(copy, "sign", flipped)],
      [
        "statement",
        "one with two signatures",
        (copy) => copy.searchParams.append("sign", copy.searchParams.get("sign") ?? ""),
      ],
      ["bill", "another merchant's", (copy) => everywhere(copy, kaimen.sandbox.merchant_id, other())],
      ["bill", "another day's", (copy) => everywhere(copy, day.replaceAll("-", ""), otherDay().replaceAll("-", ""))],
      ["bill", "a month's", (copy) => everywhere(copy, day.replaceAll("-", ""), day.replaceAll("-", "").slice(0, 6))],
      ["bill", "another kind's", (copy) => everywhere(copy, "trade", "signcustomer")],
      ["bill", "an unknown kind's", (copy) => everywhere(copy, "trade", "constructor")],
      ["bill", "another app's", (copy) => everywhere(copy, kaimen.sandbox.app_id, "2021000000000002")],
      ["bill", "one under another name", (copy) => inQuery(copy, "downloadFileName", () => "a.csv.zip")],
      ["bill", "one with a later time", (copy) => inQuery(copy, "timestamp", (value) => String(Number(value) + 1))],
      ["bill", "one with a time of no form", (copy) => inQuery(copy, "timestamp", () => "Infinity")],
      ["bill", "one without a time", (copy) => copy.searchParams.delete("timestamp")],
      ["bill", "one without a token", (copy) => copy.searchParams.delete("token")],
      ["bill", "one with an empty token", (copy) => inQuery(copy, "token", () => "")],
      ["bill", "one with a token changed in its last character", (copy) => inQuery(copy, "token", flipped)],
      [
        "bill",
        "one with two tokens",
        (copy) => copy.searchParams.append("token", copy.searchParams.get("token") ?? ""),
      ],
    ])("opens no other %s: %s", async (kind, _, edit) => {
      const address = await fresh[kind]();
      edit(address);
      expect((await fetch(address)).status).toBe(403);
    });

    it("opens it for 30 seconds, and not when they are over", async () => {
      const addresses = [await fresh.bill(), await fresh.statement()];
      const statuses = () => Promise.all(addresses.map(async (each) => (await fetch(each)).status));
      await advance(20);
      expect(await statuses()).toEqual([200, 200]);
      await advance(11);
      expect(await statuses()).toEqual([403, 403]);
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

import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instantFromText, instantToText } from "#kaimen/clock.ts";
import { BinaryRows, uuidBytes } from "#kaimen/store/copy-binary.ts";
import { copyRow } from "../support/copy-text.ts";
import { openStore } from "#kaimen/store/open.ts";
import { StoreError } from "#kaimen/store/store.ts";
import type { Row, SqlValue, Store } from "#kaimen/store/store.ts";
import { freshDataDirectory } from "../support/embedded-data.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const cluster = await startPostgres();
const cleanups: (() => Promise<void>)[] = [];

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  await cluster?.stop();
});

async function openEmpty(engine: string): Promise<Store> {
  if (engine === "postgresql") return openStore({ databaseUrl: await cluster?.createDatabase(), dataDirectory: "" });
  const directory = await freshDataDirectory();
  cleanups.push(() => directory.remove());
  return openStore({ dataDirectory: directory.path });
}

const instant = instantFromText("2026-11-22T03:59:00.123456Z");
const allBytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const awkward = `芝麻开门 𠮷 👩‍👩‍👧 "quoted" \\ back {brace},comma NULL \t\r\n '`;

/** Each type's value as it is passed in, and as it comes out. */
const values: readonly [type: string, passed: SqlValue, read: unknown][] = [
  ["int2", -32_768, -32_768],
  ["int4", 2_147_483_647, 2_147_483_647],
  ["int8", Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ["int8", -Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER],
  ["numeric", "12345678901234567890.0123456789", "12345678901234567890.0123456789"],
  ["timestamptz", instantToText(instant), instant],
  ["timestamptz", "1969-12-31T23:59:59.999999Z", -1],
  ["timestamptz", "2026-11-22T11:59:00.123456+08:00", instant],
  ["date", "2024-02-29", "2024-02-29"],
  ["bytea", allBytes, allBytes],
  ["bytea", new Uint8Array(0), new Uint8Array(0)],
  ["json", JSON.stringify({ b: [1, null, awkward] }), { b: [1, null, awkward] }],
  ["jsonb", JSON.stringify("a bare string"), "a bare string"],
  ["bool", true, true],
  ["bool", false, false],
  ["text", awkward, awkward],
  ["text", "", ""],
  ["varchar(64)", "某商户", "某商户"],
  ["uuid", "0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-70867728950e"],
  ["float8", 0.1, 0.1],
];

const engines = [
  { engine: "embedded", missing: false },
  { engine: "postgresql", missing: cluster === undefined },
] as const;

for (const { engine, missing } of engines) {
  describe.skipIf(missing)(`the ${engine} store`, () => {
    let store: Store;

    beforeAll(async () => {
      store = await openEmpty(engine);
    });

    afterAll(async () => {
      await store.close();
    });

    /** A table of the test's own. */
    async function createTable(name: string, columns: string): Promise<void> {
      await store.execute(`DROP TABLE IF EXISTS ${name}; CREATE TABLE ${name} (${columns})`);
    }

    async function count(table: string): Promise<unknown> {
      return (await store.query(`SELECT count(*) AS rows FROM ${table}`))[0]?.["rows"];
    }

    test("says which engine it is", () => {
      expect(store.engine).toBe(engine);
    });

    test.each(values)("returns %s as it was passed, alone and in arrays, next to nulls", async (type, passed, read) => {
      // A table of its own for each: a prepared statement outlives its table and remembers the parameters' types.
      const table = `value_${values.findIndex((value) => value[1] === passed)}`;
      await createTable(table, `v ${type}, many ${type}[], nothing ${type}, none ${type}[]`);
      const many = [passed, null, passed] as (string | number | boolean | null | Uint8Array)[]; // No value is an array.
      const sql = `INSERT INTO ${table} VALUES ($1, $2, $3, $4) RETURNING *, many[1] AS first`;
      const rows = await store.query(sql, [passed, many, null, []]);
      expect(rows).toEqual([{ v: read, many: [read, null, read], nothing: null, none: [], first: read }]);
      expect(await store.query(`SELECT v FROM ${table} WHERE many[3]::text = v::text`)).toEqual([{ v: read }]);
    });

    test("reads arrays of arrays", async () => {
      const sql = `SELECT '{{1,2},{NULL,4}}'::int8[] AS numbers, '{{"a,b",NULL},{"NULL",""}}'::text[] AS texts`;
      const rows = await store.query(sql);
      expect(rows).toEqual([
        {
          numbers: [
            [1, 2],
            [null, 4],
          ],
          texts: [
            ["a,b", null],
            ["NULL", ""],
          ],
        },
      ]);
    });

    const tooLong = ["9007199254740992", "-9007199254740992", "9223372036854775807"];
    test.each(tooLong)("refuses to read the int8 %s, which would lose digits", async (digits) => {
      const refusal = { name: "StoreError", sqlState: "22003" };
      await expect(store.query("SELECT $1::int8 AS v", [digits])).rejects.toMatchObject(refusal);
      await expect(store.query("SELECT ARRAY[$1::int8] AS v", [digits])).rejects.toMatchObject(refusal);
      expect(await store.query("SELECT 1 AS alive")).toEqual([{ alive: 1 }]);
    });

    test("refuses to read a timestamptz that no Instant can say", async () => {
      for (const text of ["infinity", "0044-03-15 12:00:00+00 BC"]) {
        const reading = store.query("SELECT $1::timestamptz AS v", [text]);
        await expect(reading).rejects.toMatchObject({ name: "StoreError", sqlState: "22008" });
      }
    });

    test("takes one statement a query and several in execute", async () => {
      await expect(store.query("SELECT 1; SELECT 2")).rejects.toMatchObject({ sqlState: "42601" });
      await createTable("several", "v int");
      await store.execute("INSERT INTO several VALUES (1); INSERT INTO several VALUES (2)");
      expect(await count("several")).toBe(2);
    });

    test("answers the same when a statement recurs and is prepared, and after it has failed", async () => {
      for (let round = 0; round < 8; round += 1) {
        expect(await store.query("SELECT $1::int4 + 1 AS next", [round])).toEqual([{ next: round + 1 }]);
        const absent = store.query("SELECT $1::int4 AS v FROM no_such_table", [round]);
        await expect(absent).rejects.toMatchObject({ sqlState: "42P01" });
        const impossible = store.query("SELECT 1 / ($1::int4 - $1::int4) AS v", [round]);
        await expect(impossible).rejects.toMatchObject({ sqlState: "22012" });
      }
    });

    test("prepares a bounded number of statements and still answers more", async () => {
      for (let text = 0; text < 250; text += 1) {
        for (let use = 0; use < 3; use += 1) expect(await store.query(`SELECT ${text} AS v`)).toEqual([{ v: text }]);
      }
      const [prepared] = await store.query<{ n: number }>("SELECT count(*) AS n FROM pg_prepared_statements");
      expect(prepared?.n).toBeLessThanOrEqual(200);
    });

    test("commits what a transaction did and returns what it returned", async () => {
      await createTable("ledger", "v int");
      const answer = await store.transaction(async (transaction) => {
        await transaction.query("INSERT INTO ledger VALUES ($1)", [7]);
        return transaction.query("SELECT v FROM ledger");
      });
      expect(answer).toEqual([{ v: 7 }]);
      expect(await count("ledger")).toBe(1);
    });

    test("rolls back when the work rejects, with the work's own error, and goes on", async () => {
      await createTable("ledger", "v int");
      const own = new Error("changed my mind");
      const work = store.transaction(async (transaction) => {
        await transaction.query("INSERT INTO ledger VALUES (1)");
        throw own;
      });
      await expect(work).rejects.toBe(own);
      expect(await count("ledger")).toBe(0);
    });

    test("never reports a transaction as committed when one of its statements failed", async () => {
      await createTable("ledger", "v int");
      const work = store.transaction(async (transaction) => {
        await transaction.query("INSERT INTO ledger VALUES (1)");
        await transaction.query("SELECT 1/0").catch(() => {});
        await expect(transaction.query("SELECT 1")).rejects.toMatchObject({ sqlState: "25P02" });
      });
      await expect(work).rejects.toMatchObject({ name: "StoreError", sqlState: "25P02" });
      expect(await count("ledger")).toBe(0);
    });

    test("refuses a transaction's statements after its end", async () => {
      const ended = await store.transaction(async (transaction) => transaction);
      await expect(ended.query("SELECT 1")).rejects.toMatchObject({ name: "StoreError", sqlState: "25P01" });
    });

    test("answers 100 queries at once, each with its own answer", async () => {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, n) => store.query("SELECT $1::int4 AS n", [n])),
      );
      expect(answers).toEqual(Array.from({ length: 100 }, (_, n) => [{ n }]));
    });

    test("runs statements called at once in one transaction in the order they were called", async () => {
      await createTable("ordered", "v int");
      const seen = await store.transaction((transaction) =>
        Promise.all(
          [1, 2, 3, 4, 5].map(async (v) => {
            void transaction.query("INSERT INTO ordered VALUES ($1)", [v]);
            return (await transaction.query<{ n: number }>("SELECT count(*) AS n FROM ordered"))[0]?.n;
          }),
        ),
      );
      expect(seen).toEqual([1, 2, 3, 4, 5]);
    });

    test("keeps interleaved transactions apart", async () => {
      await createTable("apart", "owner int, step int");
      await Promise.allSettled(
        Array.from({ length: 10 }, (_, owner) =>
          store.transaction(async (transaction) => {
            for (let step = 0; step < 5; step += 1) {
              await transaction.query("INSERT INTO apart VALUES ($1, $2)", [owner, step]);
              await sleep(1);
              const own = await transaction.query("SELECT count(*) AS n FROM apart WHERE owner = $1", [owner]);
              expect(own).toEqual([{ n: step + 1 }]);
            }
            if (owner % 2 === 1) throw new Error("odd ones roll back");
          }),
        ),
      );
      const rows = await store.query("SELECT owner, count(*) AS n FROM apart GROUP BY owner ORDER BY owner");
      expect(rows).toEqual([0, 2, 4, 6, 8].map((owner) => ({ owner, n: 5 })));
    });

    test("copies rows in with every escape, null and byte", async () => {
      await createTable("copied", "id int, v text, b bytea, t bool");
      const rows: Row[] = [
        { id: 1, v: awkward, b: allBytes, t: true },
        { id: 2, v: null, b: null, t: null },
        { id: 3, v: "\\N", b: new Uint8Array(0), t: false },
        { id: 4, v: "\\.", b: allBytes.subarray(92, 93), t: true },
        { id: 5, v: "", b: allBytes.subarray(9, 14), t: false },
      ];
      const lines = rows.map(({ id, v, b, t }) => copyRow([id, v, b, t] as (string | null)[])); // Each is a CopyValue.
      expect(await store.transaction((transaction) => transaction.copyIn("copied (id, v, b, t)", lines))).toBe(5);
      expect(await store.query("SELECT * FROM copied ORDER BY id")).toEqual(rows);
    });

    test("copies binary rows in, each type's nulls and limits with them", async () => {
      await createTable(
        "binary_rows",
        "i2 int2, i4 int4, i8 int8, t text, j jsonb, d date, at timestamptz, u uuid, b bytea, yes bool",
      );
      const uuid = "00112233-4455-6677-8899-aabbccddeeff";
      const rows = new BinaryRows();
      for (const [i8, day, text] of [
        [-Number.MAX_SAFE_INTEGER, "0001-01-01", awkward],
        [Number.MAX_SAFE_INTEGER, "9999-12-31", ""],
        [-1, "2024-02-29", "a".repeat(100_000)],
      ] as const) {
        rows.begin(10);
        rows.int16(-32_768);
        rows.int32(2_147_483_647);
        rows.int64(i8);
        rows.text(text);
        rows.jsonb(JSON.stringify({ text }));
        rows.date(day);
        rows.instant(instant);
        rows.bytes(uuidBytes(uuid));
        rows.bytes(allBytes);
        rows.boolean(true);
      }
      rows.begin(10);
      for (let column = 0; column < 10; column += 1) rows.null();
      expect(await store.transaction((transaction) => transaction.copyBinaryIn("binary_rows", rows.take()))).toBe(4);
      const found = await store.query("SELECT * FROM binary_rows ORDER BY i8 NULLS LAST");
      const alike = { i2: -32_768, i4: 2_147_483_647, at: instant, u: uuid, b: allBytes, yes: true };
      expect(found).toEqual([
        { ...alike, i8: -Number.MAX_SAFE_INTEGER, t: awkward, j: { text: awkward }, d: "0001-01-01" },
        { ...alike, i8: -1, t: "a".repeat(100_000), j: { text: "a".repeat(100_000) }, d: "2024-02-29" },
        { ...alike, i8: Number.MAX_SAFE_INTEGER, t: "", j: { text: "" }, d: "9999-12-31" },
        { i2: null, i4: null, i8: null, t: null, j: null, d: null, at: null, u: null, b: null, yes: null },
      ]);
    });

    test("copies 10,000 rows in from an asynchronous source cut anywhere", async () => {
      await createTable("many", "id int, v text");
      const all = Buffer.from(Array.from({ length: 10_000 }, (_, id) => copyRow([id, `第${id}行`])).join(""));
      async function* cut() {
        for (let at = 0; at < all.length; at += 7_777) {
          await sleep(0);
          yield all.subarray(at, at + 7_777);
        }
      }
      expect(await store.transaction((transaction) => transaction.copyIn("many (id, v)", cut()))).toBe(10_000);
      const sql = "SELECT count(*) AS n, sum(id) AS sum, max(v) FILTER (WHERE id = 9999) AS last FROM many";
      expect(await store.query(sql)).toEqual([{ n: 10_000, sum: 49_995_000, last: "第9999行" }]);
    });

    test("stores nothing of a copy with a bad row, and does not quote the row", async () => {
      await createTable("spoiled", "id int");
      const lines = Array.from({ length: 5_000 }, (_, id) => (id === 2_500 ? "secret-张三\n" : `${id}\n`));
      const copy = store.transaction((transaction) => transaction.copyIn("spoiled (id)", lines));
      const error: unknown = await copy.catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: "StoreError", sqlState: "22P02" });
      expect(inspect(error, { depth: 9 })).not.toMatch(/secret|张三/);
      expect(await count("spoiled")).toBe(0);
    });

    test("stores nothing of a copy whose source fails, and passes the source's error on", async () => {
      await createTable("spoiled", "id int");
      const own = new Error("upload broke off");
      async function* breaksOff() {
        for (let id = 0; id < 50_000; id += 1) yield `${id}\n`;
        throw own;
      }
      const copy = store.transaction((transaction) => transaction.copyIn("spoiled (id)", breaksOff()));
      await expect(copy).rejects.toBe(own);
      const swallowed = store.transaction(async (transaction) => {
        await transaction.copyIn("spoiled (id)", breaksOff()).catch(() => {});
      });
      await expect(swallowed).rejects.toMatchObject({ sqlState: "25P02" });
      expect(await count("spoiled")).toBe(0);
    });

    test("reports a copy into a table that is not there", async () => {
      const work = store.transaction((transaction) => transaction.copyIn("nowhere (id)", ["1\n"]));
      await expect(work).rejects.toMatchObject({ name: "StoreError", sqlState: "42P01" });
    });

    test("reports a unique violation as 23505 with the constraint's name", async () => {
      await createTable("unique_key", "id text CONSTRAINT unique_key_id PRIMARY KEY");
      const insert = () => store.query("INSERT INTO unique_key VALUES ($1)", ["secret-张三"]);
      await insert();
      const error: unknown = await insert().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ sqlState: "23505" });
      expect(String(error)).toContain("unique_key_id");
    });

    const leaks: readonly [sql: string, parameter: SqlValue, sqlState: string][] = [
      ["SELECT $1::int4", "secret-张三", "22P02"],
      ["SELECT $1::date", "secret-张三", "22007"],
      ["SELECT $1::date", "2026-13-45", "22008"],
      ["SELECT $1::json", '{"name": secret-张三}', "22P02"],
      ["SELECT $1::int4[]", ["secret-张三"], "22P02"],
      ["SELECT $1::int2", 987_654, "22003"],
      ["SELECT $1::regclass", "secret_table", "42P01"],
      ["SELECT $1::text", "secret\0zero", "22021"],
      ["INSERT INTO leaking VALUES ($1)", "secret-张三", "23514"],
    ];
    test.each(leaks)("keeps the parameter of %s (%j) out of the error %s", async (sql, parameter, sqlState) => {
      await createTable("leaking", "v text CONSTRAINT never CHECK (v = '')");
      const error: unknown = await store.query(sql, [parameter]).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: "StoreError", sqlState });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/secret[-\0]|secret_t|张三|987654|13-45/);
    });

    test("refuses more parameters than the protocol can count", async () => {
      const parameters = Array.from({ length: 65_536 }, (_, n) => n);
      await expect(store.query("SELECT $1::int4", parameters)).rejects.toMatchObject({ sqlState: "54023" });
    });

    test("refuses more calls than it lets wait, at once, and serves the rest", async () => {
      const call = async () => {
        try {
          await store.query("SELECT 1 AS one");
          return "served";
        } catch (error) {
          return error instanceof StoreError ? error.sqlState : error;
        }
      };
      const outcomes = await Promise.all(Array.from({ length: 10_050 }, call));
      expect(outcomes.filter((outcome) => outcome === "served")).toHaveLength(10_000);
      expect(outcomes.filter((outcome) => outcome === "53300")).toHaveLength(50);
    });

    test("close waits for what is under way, then refuses", async () => {
      const closing = await openEmpty(engine);
      await closing.execute("CREATE TABLE last (v int)");
      const steps: string[] = [];
      const work = closing.transaction(async (transaction) => {
        await sleep(150);
        await transaction.query("INSERT INTO last VALUES (1)");
        steps.push("worked");
      });
      const waiting = closing.query("SELECT 1 AS one");
      const closed = closing.close().then(() => steps.push("closed"));
      const refusal = { name: "StoreError", sqlState: "08003", message: "the store is closed" };
      await expect(closing.query("SELECT 1")).rejects.toMatchObject(refusal);
      await Promise.all([work, closed, closing.close()]);
      expect(await waiting).toEqual([{ one: 1 }]);
      expect(steps).toEqual(["worked", "closed"]);
    });
  });
}

describe.skipIf(cluster === undefined)("a PostgreSQL server", () => {
  test("is read alike whatever its own settings", async () => {
    const url = (await cluster?.createDatabase()) ?? "";
    const [name] = /[^/]+$/.exec(url) ?? [];
    const first = await openStore({ databaseUrl: url, dataDirectory: "" });
    for (const setting of ["timezone = 'Asia/Shanghai'", "datestyle = 'German'", "bytea_output = 'escape'"]) {
      await first.execute(`ALTER DATABASE ${name} SET ${setting}`);
    }
    await first.close();
    const store = await openStore({ databaseUrl: `${url}?options=-c%20timezone%3DAsia/Shanghai`, dataDirectory: "" });
    const sql = "SELECT $1::timestamptz AS t, $2::date AS d, $3::bytea AS b";
    const rows = await store.query(sql, [instantToText(instant), "2024-02-29", allBytes]);
    expect(rows).toEqual([{ t: instant, d: "2024-02-29", b: allBytes }]);
    await store.close();
  });

  test("that ends connections fails what ran on them, and the next call gets a new one", async () => {
    const store = await openStore({ databaseUrl: await cluster?.createDatabase(), dataDirectory: "" });
    const work = store.transaction(async (transaction) => {
      await transaction.query("SELECT pg_terminate_backend(pg_backend_pid())");
    });
    await expect(work).rejects.toBeInstanceOf(StoreError);
    expect(await store.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await store.close();
  });

  test("that is not there is reported when opening", async () => {
    const nobody = openStore({ databaseUrl: "postgresql://127.0.0.1:1/none", dataDirectory: "" });
    await expect(nobody).rejects.toMatchObject({ name: "StoreError", sqlState: "08006" });
    const noUrl = openStore({ databaseUrl: "not a url:secret", dataDirectory: "" });
    await expect(noUrl).rejects.toThrow(/^DATABASE_URL is not a URL$/);
  });
});

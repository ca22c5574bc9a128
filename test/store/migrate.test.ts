import { mkdtemp, rename, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { migrate } from "#kaimen/store/migrate.ts";
import { openStore } from "#kaimen/store/open.ts";
import type { Store } from "#kaimen/store/store.ts";
import { freshDataDirectory } from "../support/embedded-data.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

const cluster = await startPostgres();
const embeddedDirectory = await freshDataDirectory();
const embedded = await openStore({ dataDirectory: embeddedDirectory.path });

afterAll(async () => {
  await embedded.close();
  await embeddedDirectory.remove();
  await cluster?.stop();
});

const engines = [
  { engine: "embedded", missing: false },
  { engine: "postgresql", missing: cluster === undefined },
] as const;

for (const { engine, missing } of engines) {
  describe.skipIf(missing)(`migrating the ${engine} store`, () => {
    let store: Store;
    let directory: string;

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), "kaimen-migrations-"));
      store = embedded;
      if (engine === "embedded") await store.execute("DROP TABLE IF EXISTS schema_migration, city, street");
      else store = await openStore({ databaseUrl: await cluster?.createDatabase(), dataDirectory: "" });
      await write("0001-city.sql", "CREATE TABLE city (name text);\nINSERT INTO city VALUES ('杭州');\n");
      await write("0002-street.sql", "CREATE TABLE street (name text); -- two\nCREATE INDEX ON street (name);\n");
      return async () => {
        if (store !== embedded) await store.close();
        await rm(directory, { recursive: true });
      };
    });

    const write = (name: string, sql: string) => writeFile(join(directory, name), sql);

    async function recorded(): Promise<string[]> {
      const rows = await store.query<{ name: string }>("SELECT name FROM schema_migration ORDER BY number");
      return rows.map(({ name }) => name);
    }

    test("applies each file once, in order, and later ones when they come", async () => {
      await write("README.md", "not a migration");
      expect(await migrate(store, { directory })).toEqual(["0001-city.sql", "0002-street.sql"]);
      expect(await migrate(store, { directory })).toEqual([]);
      await write("0003-district.sql", "ALTER TABLE city ADD district text");
      expect(await migrate(store, { directory })).toEqual(["0003-district.sql"]);
      expect(await store.query("SELECT name, district FROM city")).toEqual([{ name: "杭州", district: null }]);
      expect(await recorded()).toEqual(["0001-city.sql", "0002-street.sql", "0003-district.sql"]);
    });

    test("leaves nothing of a file that fails, keeps those before it, and goes on when it is mended", async () => {
      await write("0003-broken.sql", "CREATE TABLE half (v int); SELECT nonsense;");
      await expect(migrate(store, { directory })).rejects.toMatchObject({
        name: "StoreError",
        sqlState: "42703",
        message: 'migration 0003-broken.sql failed: column "nonsense" does not exist',
      });
      expect(await recorded()).toEqual(["0001-city.sql", "0002-street.sql"]);
      expect(await store.query("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
      await write("0003-broken.sql", "SELECT 1");
      expect(await migrate(store, { directory })).toEqual(["0003-broken.sql"]);
    });

    test("refuses a file that has changed since it was applied, but not for its line ends", async () => {
      await migrate(store, { directory });
      await write("0001-city.sql", "CREATE TABLE city (name text);\r\nINSERT INTO city VALUES ('杭州');\r\n");
      expect(await migrate(store, { directory })).toEqual([]);
      await write("0001-city.sql", "CREATE TABLE city (name text, mayor text)");
      const why = "0001-city.sql has changed since it was applied; write a new migration instead";
      await expect(migrate(store, { directory })).rejects.toMatchObject({ sqlState: "55000", message: why });
    });

    test("refuses a file that was renamed after it was applied", async () => {
      await migrate(store, { directory });
      await rename(join(directory, "0002-street.sql"), join(directory, "0002-road.sql"));
      const why = "the database has had 0002-street.sql, which is now called 0002-road.sql";
      await expect(migrate(store, { directory })).rejects.toMatchObject({ sqlState: "55000", message: why });
    });

    test("refuses a database that a newer version has migrated", async () => {
      await migrate(store, { directory });
      await unlink(join(directory, "0002-street.sql"));
      await expect(migrate(store, { directory })).rejects.toMatchObject({
        sqlState: "55000",
        message: "the database is newer than this Kaimen: it has had 0002-street.sql; run the newer version",
      });
    });

    const badNames: readonly [name: string, why: RegExp][] = [
      ["0004-gap.sql", /numbers must not have gaps/],
      ["0002-again.sql", /two migrations have the number of 0002-street.sql/],
      ["3-short.sql", /not named NNNN-name.sql/],
      ["0003_under.sql", /not named NNNN-name.sql/],
    ];
    test.each(badNames)("refuses the file name %s before it touches the database", async (name, why) => {
      await write(name, "SELECT 1");
      await expect(migrate(store, { directory })).rejects.toThrow(why);
      expect(await store.query("SELECT to_regclass('city') AS city")).toEqual([{ city: null }]);
    });

    test("lets several migrate at once and applies each file once", async () => {
      await write("0003-slow.sql", "SELECT pg_sleep(0.1)");
      const applied = await Promise.all([1, 2, 3].map(() => migrate(store, { directory })));
      expect(applied.flat().sort()).toEqual(["0001-city.sql", "0002-street.sql", "0003-slow.sql"]);
      expect(await store.query("SELECT count(*) AS n FROM city")).toEqual([{ n: 1 }]);
    });
  });
}

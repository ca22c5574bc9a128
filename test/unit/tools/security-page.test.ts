import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const checkout = fileURLToPath(new URL("../../../", import.meta.url));
const page = readFileSync(`${checkout}SECURITY.md`, "utf8");
/** The right column of the tables: what holds a promise. */
const holders = [...page.matchAll(/^\| (?!Promise|---).*\| ([^|]+) \|$/gm)].flatMap(([, cell = ""]) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
);

test.each([...new Set(holders)].filter((name) => !name.startsWith("npm ")))(
  "what SECURITY.md names as holding a promise is there: %s",
  (name) => {
    const places = name.startsWith("docs/")
      ? readdirSync(`${checkout}docs/decisions`).filter((file) => `docs/decisions/${file}`.startsWith(name))
      : [name, `test/security/${name}.test.ts`, `${name}.test.ts`].filter((path) => existsSync(`${checkout}${path}`));
    expect(places).not.toEqual([]);
  },
);

test("every test of security holds a promise that SECURITY.md makes", () => {
  const files = readdirSync(`${checkout}test/security`).map((file) => file.replace(".test.ts", ""));
  expect(files.filter((file) => !holders.includes(file))).toEqual([]);
});

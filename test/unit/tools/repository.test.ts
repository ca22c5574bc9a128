import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { prose } from "../../../tools/check/prose.mjs";
import { secrets } from "../../../tools/check/secrets.mjs";
import { sizes } from "../../../tools/check/sizes.mjs";
import { fixtureTree } from "./fixture-tree.ts";

test("a file of more than 400 lines is refused; one of more than 300 is only named", () => {
  const lines = (count: number): string => "x;\n".repeat(count);
  const found = sizes(
    fixtureTree({ "src/a.ts": lines(401), "src/b.ts": lines(400), "src/c.ts": lines(300), "test/d.ts": lines(900) }),
  );
  expect(found.problems).toEqual([expect.stringContaining("src/a.ts has 401 lines")]);
  expect(found.remarks).toEqual([expect.stringContaining("src/b.ts has 400 lines")]);
});

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
const pkcs8 = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const body = (type: "pkcs1" | "pkcs8"): string => privateKey.export({ type, format: "der" }).toString("base64");

test.each([
  ["a PEM file", pkcs8],
  ["a PEM in a string", JSON.stringify(pkcs8)],
  ["a PKCS#1 body on one line", `const key = "${body("pkcs1")}";`],
  ["a PKCS#8 body on one line", `key=${body("pkcs8")}`],
  ["a body over several lines", body("pkcs8").replaceAll(/(.{64})/g, "$1\n")],
])("a private key as %s is refused", (_name, text) => {
  expect(secrets(fixtureTree({ "docs/a.md": text })).problems).toEqual([expect.stringContaining("docs/a.md holds")]);
});

test("keys of tests and vectors, public keys, hashes and the PEM label alone pass", () => {
  const root = fixtureTree({
    "test/key.pem": pkcs8,
    "vectors/key.json": JSON.stringify(pkcs8),
    "docs/public.pem": publicKey.export({ type: "spki", format: "pem" }).toString(),
    "docs/body.txt": publicKey.export({ type: "pkcs1", format: "der" }).toString("base64"),
    "package-lock.json": `"sha512-${Buffer.alloc(64, 0x31).toString("base64")}"`,
    "src/pem.ts": "const pem = `-----BEGIN PRIVATE KEY-----\\n${body}\\n-----END PRIVATE KEY-----`;",
  });
  expect(secrets(root).problems).toEqual([]);
});

const readme = "# A\n\n[guide](docs/guide.md#start)\n\n```sh\nnpm start # [no](link.md)\n## no heading\n```\n";

test("two READMEs with the same headings and code blocks pass", () => {
  const root = fixtureTree({
    "README.md": readme,
    "README.zh-CN.md": readme.replace("# A", "# 甲"),
    "docs/guide.md": "[up](../README.md) `[code](a.md)`",
  });
  expect(prose(root)).toEqual({ problems: [] });
});

test("READMEs that differ in a heading or in a code block are refused", () => {
  const chinese = `${readme.replace("npm start", "npm run start")}\n## 乙\n`;
  const root = fixtureTree({ "README.md": readme, "README.zh-CN.md": chinese, "docs/guide.md": "" });
  expect(prose(root).problems).toEqual([expect.stringContaining("headings"), expect.stringContaining("code block 1")]);
});

test("a page that there is in both languages says the same in both, and a README has at most 120 lines", () => {
  const pair = { "docs/guide.md": "# A\n", "docs/guide.zh-CN.md": "# 甲\n\n## 乙\n", "docs/lost.zh-CN.md": "" };
  const long = `${readme}${"\n".repeat(120)}end\n`;
  const { problems } = prose(fixtureTree({ "README.md": long, "README.zh-CN.md": readme, ...pair }));
  expect(problems.toSorted()).toEqual([
    "README.md has more than 120 lines: details belong in docs/",
    "docs/guide.md has 1 headings, docs/guide.zh-CN.md 2",
    "docs/lost.zh-CN.md is the translation of no page",
  ]);
});

test.each([
  "[a](missing.md)",
  '![a](<missing.png> "title")',
  "[a]: missing.md",
  "[a](../missing.md#part)",
  '<img src="missing.svg">',
])("the broken link %s is refused, README or not", (link) => {
  const { problems, skipped } = prose(
    fixtureTree({ "docs/a.md": `See ${link.startsWith("[a]:") ? `\n${link}` : link}.` }),
  );
  expect(problems).toEqual([expect.stringContaining("missing")]);
  expect(skipped).toContain("README.md and README.zh-CN.md");
});

test("links to the web, to anchors and to existing files pass", () => {
  const text = "[a](https://example.com/x) [b](#part) [c](./a%20b.md) [d](/docs/a.md) [e](mailto:a@example.com)";
  expect(prose(fixtureTree({ "docs/a.md": text, "docs/a b.md": "" })).problems).toEqual([]);
});

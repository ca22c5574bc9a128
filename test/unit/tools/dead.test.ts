import { expect, test } from "vitest";
import { dead } from "../../../tools/check/dead.mjs";
import { fixtureTree } from "./fixture-tree.ts";

const alive = {
  "package.json": JSON.stringify({
    dependencies: { pg: "1.0.0" },
    devDependencies: { vitest: "1.0.0", "@types/pg": "1.0.0", "@types/node": "1.0.0" },
  }),
  "src/main.ts": `import "./store/store.ts"; import "node:fs";`,
  "src/store/store.ts": `import pg from "pg";`,
  "src/store/embedded/embedded-worker.ts": `import "../values.ts";`,
  "src/store/values.ts": "",
  "src/cli/main.ts": `import "./commands/status.ts";`,
  "src/cli/commands/status.ts": "",
  "src/sdk/index.ts": "",
  "src/protocol/platform.d.ts": "",
  "test/a.test.ts": `import { test } from "vitest";`,
};

test("what an entry, a command or a worker leads to is alive", () => {
  expect(dead(fixtureTree(alive)).problems).toEqual([]);
});

test("files that only import each other are dead", () => {
  const root = fixtureTree({ ...alive, "src/store/a.ts": `import "./b.ts";`, "src/store/b.ts": `import "./a.ts";` });
  expect(dead(root).problems).toEqual([
    expect.stringContaining("src/store/a.ts"),
    expect.stringContaining("src/store/b.ts"),
  ]);
});

test("a file that only tests import is dead", () => {
  const root = fixtureTree({
    ...alive,
    "src/store/a.ts": "",
    "test/a.test.ts": `import "vitest"; import "#kaimen/store/a.ts";`,
  });
  expect(dead(root).problems).toEqual([expect.stringContaining("src/store/a.ts")]);
});

test("a dependency that only tests import is reported, and a development dependency that nothing uses", () => {
  const manifest = {
    dependencies: { pg: "1.0.0", "fast-check": "1.0.0" },
    devDependencies: { vitest: "1.0.0", autocannon: "1.0.0" },
  };
  const root = fixtureTree({
    ...alive,
    "package.json": JSON.stringify(manifest),
    "test/b.test.ts": `import "fast-check";`,
  });
  expect(dead(root).problems).toEqual([expect.stringContaining("fast-check"), expect.stringContaining("autocannon")]);
});

test("a page that no other leads to is dead", () => {
  const pages = {
    "web/main.tsx": `const Page = lazy(() => import("./page.tsx"));`,
    "web/page.tsx": `import type { A } from "./a.ts";`,
    "web/a.ts": "",
  };
  expect(dead(fixtureTree({ ...alive, ...pages })).problems).toEqual([]);
  expect(dead(fixtureTree({ ...alive, ...pages, "web/lost.tsx": "" })).problems).toEqual([
    expect.stringContaining("web/lost.tsx"),
  ]);
});

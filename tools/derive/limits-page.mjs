import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { settings } from "#kaimen/config.ts";
import { code, nothing, page, prose, table } from "./markdown.mjs";

/** What a bound is called in this code: what it bounds first, its unit last. */
const boundName =
  /(?:limit|most|least|longest|highest|listed|kept|counted|waiting|together|atOnce|perMinute|perS|tried|share|length|size|ahead|chunk|bytes|bits|mb|days|years|every|idle|free|life|buckets|window|timeout|pause|linger|wait|ms|us|s)(?:Limit)?(?:Ms|S|Us|Bytes|Bits|Mb|Days|Years|Fen)?$/i;
/** A number, or a product of numbers and of the constants of time. */
const boundValue = /^[\d_.]+(?: [*/] (?:[\d_.]+|\w+))*$/;
const declaration =
  /^(?:\/\*\* (?<comment>[^\n]*) \*\/\n)?(?:export )?const (?<name>\w+)(?:: [\w<>]+)? = (?<value>[^;\n]+);/gm;

/** docs/limits.md. @param {string} root */
export function limitsPage(root) {
  const chapters = foldersOf(root).flatMap(([folder, files]) => {
    const rows = files.flatMap((file) => boundsOf(root, file));
    return rows.length === 0 ? [] : [`## ${folder}`, table(["bound", "value", "where", "why"], rows)];
  });
  const set = Object.entries(settings)
    .filter(([, setting]) => "most" in setting || "least" in setting)
    .map(([name, setting]) => [code(name), setting.default, rangeOf(setting), prose(setting.meaning)]);
  return page("the constants in `src/`", [
    "# Limits",
    "Every loop, queue, body, batch and wait has a bound. Those that an installation may want to move are settings:",
    table(["setting", "default", "from – to", "what it bounds"], set),
    "The others are constants in the code; the unit is the end of the name.",
    ...chapters,
  ]);
}

/** @param {string} root @returns {[string, string[]][]} */
function foldersOf(root) {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `src/${file.replaceAll("\\", "/")}`)
    .toSorted();
  /** @type {Map<string, string[]>} */
  const folders = new Map();
  for (const file of files) {
    const [, folder = ""] = file.split("/");
    const name = folder.endsWith(".ts") ? "src" : folder;
    folders.set(name, [...(folders.get(name) ?? []), file]);
  }
  return [...folders];
}

/** @param {string} root @param {string} file @returns {string[][]} */
function boundsOf(root, file) {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(declaration)].flatMap(({ groups }) => {
    const { comment, name = "", value = "" } = groups ?? {};
    if (!boundName.test(name) || !boundValue.test(value)) return [];
    return [[code(name), written(value), `[${file}](../${file})`, comment === undefined ? nothing : prose(comment)]];
  });
}

/** @param {string} value */
function written(value) {
  return value.replaceAll("_", ",").replaceAll("*", "×");
}

/** @param {{ readonly default: string, readonly least?: number, readonly most?: number }} setting */
function rangeOf({ least, most }) {
  return `${least ?? nothing} – ${most ?? nothing}`;
}

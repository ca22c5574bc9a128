/** @typedef {import("#kaimen/protocol/refusal.ts").Bilingual} Bilingual */

export const nothing = "—";

/** Prose that holds no markup of its own. @param {string} text */
export function prose(text) {
  return text
    .replaceAll(/[\\|*<`]/g, (character) => (character === "<" ? "&lt;" : `\\${character}`))
    .replaceAll(/\s*\n\s*/g, " ");
}

/** Both languages in one table cell. @param {Bilingual} text */
export function both({ en, zh }) {
  return `${prose(en)}<br>${prose(zh)}`;
}

/** Both languages as two paragraphs. @param {Bilingual} text */
export function paragraphs({ en, zh }) {
  return `${prose(en)}\n\n${prose(zh)}`;
}

/** A code span that may stand in a table cell. @param {string | number | boolean} value */
export function code(value) {
  const text = String(value);
  const fence = "`".repeat(longestRun(text) + 1);
  const padding = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${fence}${padding}${text.replaceAll("|", "\\|")}${padding}${fence}`;
}

/** @param {string} language @param {string} text */
export function block(language, text) {
  const fence = "`".repeat(Math.max(longestRun(text) + 1, 3));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** @param {string} text */
function longestRun(text) {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

/** @param {string[]} head @param {string[][]} rows */
export function table(head, rows) {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** A whole page: its parts with an empty line between, and a head that says where to edit instead. @param {string} source @param {string[]} parts */
export function page(source, parts) {
  const notice = `<!-- Derived from ${source} by \`npm run derive\`. Edit there, not here. -->`;
  return `${[notice, ...parts].join("\n\n")}\n`;
}

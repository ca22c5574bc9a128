/**
 * Tables that stay small: they are copied whole to every node of a distributed PostgreSQL, so others may refer to
 * them and they need no bucket. Everything else is taken for large.
 */
export const smallTables = new Set([
  "merchant",
  "app",
  "arrangement",
  "gateway_key",
  "data_key",
  "card",
  "template",
  "schema_migration",
  "setting",
  "operator",
  "certificate_authority",
  "merchant_login",
  "app_authorisation",
  "app_authorisation_secret",
  "admittance_score",
  "card_event",
  "drift_report",
  "retention_deletion",
  "api_token",
  "approval",
  // One chain: entries follow each other wherever they lie, and staff make few.
  "audit_entry",
  "audit_head",
  "job_lease",
  "gateway_call_head",
  "app_key_use",
]);

/** @param {string} statement In lower case, without comments. */
export function createTableProblems(statement) {
  const added = /^alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?([\w."]+)\s/.exec(statement);
  if (added !== null)
    return [...referenceProblems(statement), ...keyProblems(bareName(added[1]), statement.split(/,(?![^(]*\))/))];

  const match = /^create\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?([\w."$]+)\s*(.*)$/s.exec(statement);
  if (match === null) return []; // A temporary table among others: it lives and dies in one session.
  const name = bareName(match[1]);
  const rest = match[2] ?? "";
  if (rest.startsWith("partition of")) return [];
  const parts = partsOf(rest);
  const problems = [...referenceProblems(statement), ...keyProblems(name, parts)];
  if (smallTables.has(name)) return problems;
  if (parts.length === 0) return [...problems, `table ${name}: its columns cannot be seen here`];
  if (!parts.some((part) => /^"?bucket"?\s+(?:smallint|int2)\b.*\bnot\s+null\b/s.test(part))) {
    problems.push(
      `table ${name} lacks "bucket smallint not null"; if it stays small, name it in tools/check/sql-tables.mjs`,
    );
  }
  if (!parts.some((part) => /\bprimary\s+key\b/.test(part))) problems.push(`table ${name} has no primary key`);
  return problems;
}

/** @param {string} statement In lower case, without comments. */
export function uniqueIndexProblems(statement) {
  const match = /^create\s+unique\s+index\b.*?\son\s+(?:only\s+)?([\w."$]+)\s*(?:using\s+\w+\s*)?(\(.*)$/s.exec(
    statement,
  );
  if (match === null) return [];
  const name = bareName(match[1]);
  if (smallTables.has(name) || columnsIn(match[2] ?? "").includes("bucket")) return [];
  return [`a unique index on ${name} lacks the bucket: it cannot be kept across buckets`];
}

/** @param {string} table @param {string[]} parts Columns and constraints. */
function keyProblems(table, parts) {
  if (smallTables.has(table)) return [];
  return parts.flatMap((part) => {
    const primary = /\bprimary\s+key\b\s*(\(.*)?/s.exec(part);
    if (primary !== null && columnsIn(primary[1] ?? "")[0] !== "bucket")
      return [`the primary key of ${table} does not begin with bucket`];
    const unique = /\bunique\b(?:\s+nulls\s+(?:not\s+)?distinct)?\s*(\(.*)?/s.exec(part);
    if (unique !== null && !columnsIn(unique[1] ?? "").includes("bucket"))
      return [`a unique key of ${table} lacks the bucket`];
    return [];
  });
}

/** @param {string} statement */
function referenceProblems(statement) {
  return [...statement.matchAll(/\breferences\s+([\w."$]+)/g)]
    .map((match) => bareName(match[1]))
    .filter((name) => !smallTables.has(name))
    .map((name) => `a foreign key to ${name}, which is not a small table`);
}

/** Without schema and quotes. @param {string | undefined} name */
function bareName(name) {
  return (name ?? "").replaceAll('"', "").replace(/^.*\./, "");
}

/** The names in the first pair of brackets. @param {string} text */
function columnsIn(text) {
  return partsOf(text.trimStart()).map((column) => column.replaceAll('"', "").trim().split(/\s/)[0] ?? "");
}

/** What stands between the commas of the brackets that `text` begins with. @param {string} text */
function partsOf(text) {
  if (!text.startsWith("(")) return [];
  /** @type {string[]} */
  const parts = [];
  let depth = 0;
  let from = 1;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "(") depth++;
    if (character === ")") depth--;
    if ((character === "," && depth === 1) || depth === 0) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
    if (depth === 0) break;
  }
  return parts;
}

import { filesIn, textOf } from "./source-files.mjs";
import { createTableProblems, uniqueIndexProblems } from "./sql-tables.mjs";
import { statementsIn } from "./sql-statements.mjs";
import { placesIn, textAt } from "./syntax.mjs";

/** @typedef {import("./sql-statements.mjs").Statement} Statement */

/** Prose in a string seldom reads like this; and if it does, a rule below must still match. */
const looksLikeSql =
  /\b(?:select\s[^;]*\sfrom|insert\s+into|delete\s+from|update\s+[\w."$]+\s[^;]*set|on\s+conflict|for\s+(?:no\s+key\s+)?update|merge\s+into|copy\s+\w+\s|(?:create|alter|drop)\s+(?:or\s+replace\s+|unique\s+|temp\w*\s+|unlogged\s+|constraint\s+)*(?:table|index|trigger|sequence|view|function|procedure))\b/i;

/** What would not survive the move to a distributed PostgreSQL, or would not replay. @type {[RegExp, string][]} */
const forbidden = [
  [
    /\b(?:create|alter)\s+table\b[^;]*\b(?:small|big)?serial[248]?\b/,
    "a serial column: keys are made by us, with the bucket",
  ],
  [
    /\bgenerated\s+(?:always|by\s+default)\s+as\s+identity\b/,
    "an identity column: keys are made by us, with the bucket",
  ],
  [/\bcreate\s+(?:or\s+replace\s+)?(?:constraint\s+)?trigger\b/, "a trigger: what happens is written where it happens"],
  [/\bmerge\s+into\b[^;]*\busing\b/, "MERGE: use INSERT … ON CONFLICT"],
  [/\bskip\s+locked\b/, "SKIP LOCKED: across buckets it does not mean what it says"],
  [
    /\bdo\s+update\b[^;]*\b(?:now\s*\(|current_timestamp|(?:clock|statement|transaction)_timestamp\s*\(|localtimestamp|current_date)/,
    "the database's clock in DO UPDATE: pass the time",
  ],
];

/** DESIGN's rules for the store, on every statement that can be seen. @param {string} root @returns {import("../check.mjs").Findings} */
export function sql(root) {
  const problems = filesIn(root, "src", /\.(sql|ts)$/).flatMap((path) =>
    sqlTextsIn(path, textOf(root, path)).flatMap(({ text, line }) =>
      statementsIn(text, line).flatMap((statement) =>
        problemsOf(statement).map((problem) => `${path}:${statement.line} ${problem}`),
      ),
    ),
  );
  return { problems };
}

/** @param {string} path @param {string} text @returns {Statement[]} */
function sqlTextsIn(path, text) {
  if (path.endsWith(".sql")) return [{ text, line: 1 }];
  return placesIn(text, path).flatMap((place) => {
    const written = textAt(place);
    return written !== undefined && looksLikeSql.test(written) ? [{ text: written, line: place.line }] : [];
  });
}

/** @param {Statement} statement */
function problemsOf({ text }) {
  return [
    ...forbidden.flatMap(([pattern, problem]) => (pattern.test(text) ? [problem] : [])),
    ...(setsBucket(text) ? ["an UPDATE of bucket: a row never changes its bucket; delete and insert"] : []),
    ...createTableProblems(text),
    ...uniqueIndexProblems(text),
  ];
}

/** `set …, bucket = …` up to where the assignments end. @param {string} text */
function setsBucket(text) {
  return [...text.matchAll(/\bset\s+(.*?)(?=\bwhere\b|\bfrom\b|\breturning\b|\bset\b|$)/gs)].some((match) =>
    /(?:^|[,(])\s*"?bucket"?\s*(?:=|[^=(]*\)\s*=)/.test(match[1] ?? ""),
  );
}

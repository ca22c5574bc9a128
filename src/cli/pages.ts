import { CommandError } from "./command-error.ts";
import { wholeNumber } from "./option-values.ts";

const rowsListed = 1_000;
/** The most that a page has. */
const rowsOfPage = 200;

export const limitOption = ["--limit <number>", `list so many at the most; ${rowsListed} when left out`] as const;
export const jsonOption = ["--json", "print JSON"] as const;

interface Paging {
  readonly limit: number;
  readonly after?: string;
}

/** Page after page, up to as many rows as --limit says; of more it is said on standard error that there are. */
export async function rowsOf<Row>(
  limitText: string | undefined,
  readPage: (paging: Paging) => Promise<{ readonly rows: readonly Row[]; readonly next?: string }>,
): Promise<Row[]> {
  const limit = limitText === undefined ? rowsListed : wholeNumber("--limit", limitText);
  if (limit === 0) throw new CommandError("--limit is 0; write how many to list");
  const rows: Row[] = [];
  let after: string | undefined;
  do {
    const paging = { limit: Math.min(limit - rows.length, rowsOfPage) };
    const page = await readPage(after === undefined ? paging : { ...paging, after });
    rows.push(...page.rows);
    after = page.next;
  } while (after !== undefined && rows.length < limit);
  if (after !== undefined) process.stderr.write(`These are the first ${rows.length}; --limit lists more.\n`);
  return rows;
}

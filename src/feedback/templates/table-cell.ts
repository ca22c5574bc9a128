/**
 * What a spreadsheet computes rather than shows: a cell that begins with a sign of a formula, be it in full width or small
 * form, as a spreadsheet of China reads them, after blanks or quotes too, which some programs drop; or with a tab or a line's
 * end, which some split at. Apostrophes in front count as none, so that what is marked can be told from what came so.
 */
const computed = /^(?:'*[\t\r\n]|[\s'"]*[=+\-@＝＋－＠﹦﹢﹣﹫])/;
/** A plain number is shown as it is, whatever its sign. */
const plainNumber = /^-?\d+(?:\.\d+)?$/;

function isComputed(text: string): boolean {
  return computed.test(text) && !plainNumber.test(text);
}

/** A cell for a table that somebody opens in a spreadsheet: what would be computed is marked as text with an apostrophe. */
export function safeCell(text: string): string {
  return isComputed(text) ? `'${text}` : text;
}

/** The text that a cell stands for: of a marked one exactly what was marked, of any other without blanks around it. */
export function textOfCell(cell: string): string {
  const marked = cell.startsWith("'") ? cell.slice(1) : "";
  return isComputed(marked) ? marked : cell.trim();
}

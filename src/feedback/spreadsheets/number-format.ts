/** What a number format shows of a date. */
export interface ShownDate {
  readonly year: boolean;
  readonly month: boolean;
  readonly day: boolean;
}

/**
 * The formats that a workbook names by number alone (ISO/IEC 29500-1, 18.8.30); those from 27 on are the Chinese ones, in
 * which Excel's other languages show a date of the same parts. Numbers that are missing here show no date.
 */
const builtInFormats: Readonly<Record<number, string>> = {
  14: "m/d/yyyy",
  15: "d-mmm-yy",
  16: "d-mmm",
  17: "mmm-yy",
  18: "h:mm AM/PM",
  19: "h:mm:ss AM/PM",
  20: "h:mm",
  21: "h:mm:ss",
  22: "m/d/yyyy h:mm",
  27: 'yyyy"年"m"月"',
  28: 'm"月"d"日"',
  29: 'm"月"d"日"',
  30: "m/d/yy",
  31: 'yyyy"年"m"月"d"日"',
  32: 'h"时"mm"分"',
  33: 'h"时"mm"分"ss"秒"',
  34: 'h"时"mm"分"',
  35: 'h"时"mm"分"ss"秒"',
  36: 'yyyy"年"m"月"',
  45: "mm:ss",
  46: "[h]:mm:ss",
  47: "mm:ss.0",
  49: "@",
  50: 'yyyy"年"m"月"',
  51: 'm"月"d"日"',
  52: 'yyyy"年"m"月"',
  53: 'm"月"d"日"',
  54: 'm"月"d"日"',
  55: 'h"时"mm"分"',
  56: 'h"时"mm"分"ss"秒"',
  57: 'yyyy"年"m"月"',
  58: 'm"月"d"日"',
};

export function builtInFormat(id: number): string {
  return builtInFormats[id] ?? "General";
}

/** What the format shows of a date, or of a time, of which it shows neither year, month nor day; undefined for numbers and text. */
export function dateShownBy(format: string): ShownDate | undefined {
  const [positive = ""] = withoutLiterals(format).split(";");
  if (/general|@/.test(positive)) return undefined;
  const letters = positive.replaceAll(/e[+-]/g, "").match(/y+|e+|m+|d+|h+|s+/g) ?? [];
  if (letters.length === 0) return undefined;
  // An m beside hours or seconds is minutes.
  const isMonth = (at: number): boolean =>
    letters[at]?.startsWith("m") === true &&
    letters[at - 1]?.startsWith("h") !== true &&
    letters[at + 1]?.startsWith("s") !== true;
  return {
    year: letters.some((letter) => letter.startsWith("y") || letter.startsWith("e")),
    month: letters.some((_, at) => isMonth(at)),
    day: letters.some((letter) => letter.startsWith("d")),
  };
}

/** In lower case, without quoted text, escaped characters, colours, conditions and languages; [h] is hours all the same. */
function withoutLiterals(format: string): string {
  return format
    .replaceAll(/"[^"]*"|[\\_*][^]/gu, "")
    .toLowerCase()
    .replaceAll(/\[([^[\]]*)\]/g, (_, inside: string) => (/^(?:h+|m+|s+)$/.test(inside) ? inside : ""))
    .replaceAll(/am\/pm|a\/p/g, "h");
}

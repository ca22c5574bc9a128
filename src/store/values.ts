import { instantFromText } from "../clock.ts";
import { parseArray } from "./array-text.ts";
import { StoreError } from "./store.ts";

type Parser = (text: string) => unknown;

/**
 * How each PostgreSQL type is read, as store.ts promises. Handed to each `pg` client; pg's own table is global to
 * the process and stays as it is. A type that is not named here is read as text.
 */
export const valueTypes = {
  getTypeParser(typeId: number): Parser {
    return parsers.get(typeId) ?? asText;
  },
};

const asText: Parser = (text) => text;
const asNumber: Parser = (text) => Number(text);

function asSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new StoreError("an int8 is beyond ±2^53 and would lose digits", "22003");
  return value;
}

function asInstant(text: string): number {
  try {
    return instantFromText(text);
  } catch {
    throw new StoreError("a timestamptz is beyond what an Instant can say", "22008");
  }
}

function asBytes(text: string): Uint8Array {
  // A Buffer from the pool would pin 8 KB and compare unequal to a plain Uint8Array.
  return new Uint8Array(Buffer.from(text.slice(2), "hex"));
}

/** A type's object identifier, that of its array, and the parser. The numbers are pg_type's, fixed for good. */
const table: readonly (readonly [name: string, typeId: number, arrayTypeId: number, parser: Parser])[] = [
  ["bool", 16, 1000, (text) => text === "t"],
  ["bytea", 17, 1001, asBytes],
  ["name", 19, 1003, asText],
  ["int8", 20, 1016, asSafeInteger],
  ["int2", 21, 1005, asNumber],
  ["int4", 23, 1007, asNumber],
  ["text", 25, 1009, asText],
  ["oid", 26, 1028, asNumber],
  ["json", 114, 199, (text) => JSON.parse(text)],
  ["float4", 700, 1021, asNumber],
  ["float8", 701, 1022, asNumber],
  ["bpchar", 1042, 1014, asText],
  ["varchar", 1043, 1015, asText],
  ["date", 1082, 1182, asText],
  ["timestamp", 1114, 1115, asText],
  ["timestamptz", 1184, 1185, asInstant],
  ["numeric", 1700, 1231, asText],
  ["uuid", 2950, 2951, asText],
  ["jsonb", 3802, 3807, (text) => JSON.parse(text)],
];

const parsers = new Map<number, Parser>(
  table.flatMap(([, typeId, arrayTypeId, parser]) => [
    [typeId, parser],
    [arrayTypeId, (text: string) => parseArray(text, parser)],
  ]),
);

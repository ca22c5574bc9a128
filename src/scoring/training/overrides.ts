import { type FeatureName, isFeatureName } from "../card/features.ts";

/** What an analyst decided about a characteristic, against what the data suggest, and why. */
export interface Override {
  /** The left edges of its bins, instead of those that the data suggest. */
  readonly edges?: readonly number[];
  /** `exclude` keeps it out of the card, `include` in the running however little it tells. */
  readonly use?: "include" | "exclude";
  readonly reason: string;
}
export type Overrides = Readonly<Partial<Record<FeatureName, Override>>>;

/** What is wrong with a file of overrides, and where, in words for the analyst. */
export class OverrideError extends Error {
  override readonly name = "OverrideError";
}

/** A card may have this many bins a characteristic, one more than edges. */
export const edgesLimit = 50;
const edgeLimit = 1_000_000_000;
const reasonLimit = 500;
const shape =
  'it is an object of features, each a list of left edges, as {"worst_overdue_6": [1, 2, 4]}, or {"edges": […], "use": "include" or "exclude", "reason": "…"}';

/**
 * Checks what an analyst wrote: left edges, or an object of edges, use and reason, by the feature's name. `reason` is
 * that of those that give none of their own. An override without any reason is refused: whoever validates the card asks.
 *
 * @throws OverrideError
 */
export function parseOverrides(json: unknown, reason: string | undefined): Overrides {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new OverrideError(`the overrides are ${describeValue(json)}; ${shape}`);
  }
  const parsed: Partial<Record<FeatureName, Override>> = {};
  for (const [name, given] of Object.entries(json)) {
    if (!isFeatureName(name)) {
      throw new OverrideError(`there is no feature "${name.slice(0, 60)}"; docs/modelling.md says where they stand`);
    }
    parsed[name] = parseOverride(name, given, reason);
  }
  return parsed;
}

function parseOverride(name: string, given: unknown, reason: string | undefined): Override {
  if (Array.isArray(given)) return { edges: parseEdges(name, given), reason: parseReason(name, reason) };
  if (typeof given !== "object" || given === null)
    throw new OverrideError(`the override of ${name} is ${describeValue(given)}; ${shape}`);
  const { edges, use, reason: own, ...others } = given as Record<string, unknown>; // An object, as just seen.
  const [other] = Object.keys(others);
  if (other !== undefined) throw new OverrideError(`the override of ${name} has "${other.slice(0, 60)}"; ${shape}`);
  if (use !== undefined && use !== "include" && use !== "exclude") {
    throw new OverrideError(`the use of ${name} is ${describeValue(use)}; it is "include" or "exclude"`);
  }
  if (edges === undefined && use === undefined)
    throw new OverrideError(`the override of ${name} says nothing; ${shape}`);
  if (edges !== undefined && use === "exclude") {
    throw new OverrideError(`${name} is excluded and has edges; take one of the two out`);
  }
  return {
    ...(edges === undefined ? {} : { edges: parseEdges(name, edges) }),
    ...(use === undefined ? {} : { use }),
    reason: parseReason(name, own ?? reason),
  };
}

function parseEdges(name: string, given: unknown): number[] {
  if (!Array.isArray(given))
    throw new OverrideError(`the edges of ${name} are ${describeValue(given)}; they are a list of whole numbers`);
  const list = given as unknown[];
  if (list.length === 0) {
    throw new OverrideError(
      `${name} has no edges: one bin tells nobody apart; give at least one, or {"use": "exclude"}`,
    );
  }
  if (list.length > edgesLimit) throw new OverrideError(`${name} has ${list.length} edges; ${edgesLimit} at most`);
  const edges: number[] = [];
  for (const edge of list) {
    if (typeof edge !== "number" || !Number.isInteger(edge) || Math.abs(edge) > edgeLimit) {
      throw new OverrideError(
        `an edge of ${name} is ${describeValue(edge)}; edges are whole numbers to ${edgeLimit}, either sign`,
      );
    }
    const before = edges.at(-1);
    if (before !== undefined && edge <= before) {
      throw new OverrideError(`the edges of ${name} must ascend: ${edge} stands after ${before}`);
    }
    edges.push(edge);
  }
  return edges;
}

function parseReason(name: string, given: unknown): string {
  if (given === undefined) {
    throw new OverrideError(
      `the override of ${name} has no reason, which the card keeps; write "reason" beside its edges, or give --override-reason`,
    );
  }
  if (typeof given !== "string" || given.trim() === "" || given.length > reasonLimit) {
    throw new OverrideError(`the reason of ${name} must be a text of 1 to ${reasonLimit} characters`);
  }
  return given.trim();
}

/** A value in words, short: what it is, not all that it says. */
function describeValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "string") return `the text "${value.slice(0, 40)}"`;
  return typeof value === "object" ? "an object" : String(value);
}

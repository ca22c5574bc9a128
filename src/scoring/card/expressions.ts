import type { Summary, SummaryName } from "./summary.ts";

/**
 * An integer made from a person's summary, or null where nothing is known: as SQL over a row of the same names and as a
 * function, written together so that they cannot part.
 */
export interface Expression {
  readonly needs: readonly SummaryName[];
  readonly sql: string;
  readonly of: (summary: Summary) => number | null;
}

/** The value of a feature is at most this, so that an integer of four bytes holds it. */
export const featureLimit = 1_000_000_000;

/** A sum is exact up to here, and a thousand times as much still is an integer of eight bytes. */
const exactLimit = 9_000_000_000_000_000;

export function plain(name: SummaryName): Expression {
  return { needs: [name], sql: name, of: (summary) => summary[name] };
}

/** Zero where nothing was counted. */
export function orZero(name: SummaryName): Expression {
  return { needs: [name], sql: `coalesce(${name}, 0)`, of: (summary) => summary[name] ?? 0 };
}

/** How many of the last months, the as-of month included, have the bit; null where no month of them is in `known`. */
export function months(name: SummaryName, known: SummaryName, lastMonths: number): Expression {
  return countedMonths(name, known, maskOf(lastMonths));
}

/** The same for what only a complete month tells: without the as-of month. */
export function completeMonths(name: SummaryName, known: SummaryName, lastMonths: number): Expression {
  return countedMonths(name, known, maskOf(lastMonths) - 1);
}

function countedMonths(name: SummaryName, known: SummaryName, mask: number): Expression {
  return {
    needs: [name, known],
    sql: `case when ${known} & ${mask} <> 0 then bit_count((coalesce(${name}, 0) & ${mask})::bit(32)) end`,
    of: (summary) => (((summary[known] ?? 0) & mask) === 0 ? null : bitCount((summary[name] ?? 0) & mask)),
  };
}

/** The age of the newest month with the bit; `never` where it is known that there is none. */
export function since(name: SummaryName, known: SummaryName, never: number): Expression {
  return {
    needs: [name, known],
    sql: `case when ${known} is not null then case when coalesce(${name}, 0) = 0 then ${never} else ${lowestBitSql(name)} end end`,
    of: (summary) => (summary[known] === null ? null : lowestBit(summary[name] ?? 0, never)),
  };
}

/** Months in `known` that are newer than the newest with the bit. */
export function streak(name: SummaryName, known: SummaryName): Expression {
  const newer = `((coalesce(${name}, 0) & -coalesce(${name}, 0)) - 1)`;
  return {
    needs: [name, known],
    sql: `case when ${known} is not null then bit_count((${known} & case when coalesce(${name}, 0) = 0 then -1 else ${newer} end)::bit(32)) end`,
    of: (summary) => {
      const mask = summary[name] ?? 0;
      const within = summary[known];
      return within === null ? null : bitCount(within & (mask === 0 ? -1 : (mask & -mask) - 1));
    },
  };
}

/** `above` × `scale` / `below`, cut to an integer; null where either is unknown or nothing is below. */
export function ratio(above: SummaryName, below: SummaryName, scale: number, most: number): Expression {
  return {
    needs: [above, below],
    sql: `case when ${below} > 0 and ${above} is not null then least(least(${above}, ${exactLimit}) * ${scale} / ${below}, ${most}) end`,
    of: (summary) => {
      const [top, bottom] = [summary[above], summary[below]];
      if (top === null || bottom === null || bottom <= 0) return null;
      return Math.min(Number((BigInt(Math.min(top, exactLimit)) * BigInt(scale)) / BigInt(bottom)), most);
    },
  };
}

/** `name` / `divisor`, cut to an integer: fen to yuan. With `known`, zero where that is known and the amount is not. */
export function scaled(name: SummaryName, divisor: number, known?: SummaryName): Expression {
  const otherwise = known === undefined ? "" : ` else case when ${known} is not null then 0 end`;
  return {
    needs: known === undefined ? [name] : [name, known],
    sql: `case when ${name} is not null then least(${name} / ${divisor}, ${featureLimit})${otherwise} end`,
    of: (summary) => {
      const value = summary[name];
      if (value === null) return known === undefined || summary[known] === null ? null : 0;
      return Math.min(Math.trunc(value / divisor), featureLimit);
    },
  };
}

/** The mean of amounts in fen, in whole yuan. */
export function average(sum: SummaryName, count: SummaryName): Expression {
  return {
    needs: [sum, count],
    sql: `case when ${count} > 0 then least(${sum} / (${count} * 100), ${featureLimit}) end`,
    of: (summary) => {
      const [total, number] = [summary[sum], summary[count]];
      if (total === null || number === null || number <= 0) return null;
      return Math.min(Math.trunc(total / (number * 100)), featureLimit);
    },
  };
}

/** The least of them that is known; null where none is. */
export function least(expressions: readonly Expression[]): Expression {
  return {
    needs: expressions.flatMap(({ needs }) => needs),
    sql: `least(${expressions.map(({ sql }) => sql).join(", ")})`,
    of: (summary) => fold(expressions, summary, Math.min),
  };
}

/** The most of them that is known; null where none is. */
export function most(expressions: readonly Expression[]): Expression {
  return {
    needs: expressions.flatMap(({ needs }) => needs),
    sql: `greatest(${expressions.map(({ sql }) => sql).join(", ")})`,
    of: (summary) => fold(expressions, summary, Math.max),
  };
}

function fold(
  expressions: readonly Expression[],
  summary: Summary,
  pick: (left: number, right: number) => number,
): number | null {
  return expressions.reduce<number | null>((picked, { of }) => {
    const value = of(summary);
    return value === null ? picked : picked === null ? value : pick(picked, value);
  }, null);
}

/** How far neighbours lie apart, on average over the pairs of which both are known, cut to an integer; null without a pair. */
export function variation(expressions: readonly Expression[]): Expression {
  const apart = expressions.slice(1).map((each, index) => difference(each, expressions[index] ?? each));
  const sum = apart.map(({ sql }) => `coalesce(abs(${sql}), 0)`).join(" + ");
  return {
    needs: expressions.flatMap(({ needs }) => needs),
    sql: `(${sum}) / nullif(num_nonnulls(${apart.map(({ sql }) => sql).join(", ")}), 0)`,
    of: (summary) => {
      const known = apart.flatMap(({ of }) => of(summary) ?? []);
      if (known.length === 0) return null;
      return Math.trunc(known.reduce((total, each) => total + Math.abs(each), 0) / known.length);
    },
  };
}

/** Amounts in fen added and taken away, in whole yuan, cut towards zero; null where one of them is unknown. */
export function balance(added: readonly SummaryName[], taken: readonly SummaryName[]): Expression {
  const needs = [...added, ...taken];
  const sum = [...added.map((name) => `+ ${name}`), ...taken.map((name) => `- ${name}`)].join(" ").slice(2);
  return {
    needs,
    sql: `case when ${needs.map((name) => `${name} is not null`).join(" and ")} then greatest(-${featureLimit}, least(${featureLimit}, (${sum}) / 100)) end`,
    of: (summary) => {
      let total = 0;
      for (const name of needs) {
        const value = summary[name];
        if (value === null) return null;
        total += added.includes(name) ? value : -value;
      }
      // Adding nothing makes of -0 the 0 that SQL knows.
      return Math.min(Math.max(Math.trunc(total / 100), -featureLimit), featureLimit) + 0;
    },
  };
}

/** `first` − `second`; null where either is unknown. */
export function difference(first: Expression, second: Expression): Expression {
  return {
    needs: [...first.needs, ...second.needs],
    sql: `(${first.sql}) - (${second.sql})`,
    of: (summary) => {
      const [left, right] = [first.of(summary), second.of(summary)];
      return left === null || right === null ? null : left - right;
    },
  };
}

function maskOf(lastMonths: number): number {
  return 2 ** (lastMonths + 1) - 1;
}

function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask >>> 0; rest !== 0; rest >>>= 1) count += rest & 1;
  return count;
}

function lowestBit(mask: number, never: number): number {
  return mask === 0 ? never : 31 - Math.clz32(mask & -mask);
}

/** The place of the lowest bit: how many bits are below it. */
function lowestBitSql(name: string): string {
  return `bit_count(((${name} & -${name}) - 1)::bit(32))`;
}

/** Lines of a name and its value, aligned. */
export function formatTable(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join("\n");
}

/** At least `digits` significant digits, and no more decimals than that takes. */
export function round(value: number, digits = 3): number {
  const rounded = Number(value.toPrecision(digits));
  return Math.abs(value) >= 10 ** digits ? Math.round(value) : rounded;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The value that this part (0.5: half) of the sorted values does not exceed. */
export function percentile(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.max(Math.ceil(sorted.length * part) - 1, 0)] ?? Number.NaN;
}

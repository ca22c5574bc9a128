/**
 * Prints an answer of the API as JSON, in the snake_case of sandbox.json and the wire: what scripts have read from the
 * commands since the first of them.
 */
export function printJson(answer: unknown, indent?: number): void {
  process.stdout.write(`${JSON.stringify(inSnakeCase(answer), undefined, indent)}\n`);
}

export function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSnakeCase);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [snakeName(name), inSnakeCase(each)]));
}

export function snakeName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

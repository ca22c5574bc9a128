/** The `name=value` pairs of a form or a query that are taken apart at all. */
export const pairLimit = 1_000;

/** Whether there are more pairs, counted without taking any of them apart. */
export function hasTooManyPairs(form: string): boolean {
  return form.length > pairLimit && form.split("&", pairLimit + 1).length > pairLimit;
}

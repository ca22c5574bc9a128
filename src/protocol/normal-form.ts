/** Unicode's own limit for text that is normalised as it streams: UAX #15, section 13. No language needs as many. */
const longRunOfMarks = /\p{M}{31}/u;

/**
 * The text in Unicode's form NFKC, in which full-width digits are digits. One with more than thirty combining marks in a row
 * stays as it is: they would have to be put in order, at a cost that grows with the square of their number.
 */
export function normalForm(text: string): string {
  return longRunOfMarks.test(text) ? text : text.normalize("NFKC");
}

/** Fen as yuan with two decimals: 1,234.50. */
export function yuanText(fen: number): string {
  return (fen / 100).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

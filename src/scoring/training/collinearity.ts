/** How far columns tell each other. */

/** Less their mean, and of length one: the sum of the products of two is their correlation. */
export function standardised(values: Float64Array): Float64Array {
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  const length = Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0));
  return values.map((value) => (length === 0 ? 0 : (value - average) / length));
}

/** Of two columns that are standardised. */
export function correlation(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < left.length; row += 1) sum += (left[row] ?? 0) * (right[row] ?? 0);
  return sum;
}

/**
 * The variance inflation factor of each column: 1 / (1 - R²), where R² is how well all the others tell it. That is the
 * diagonal of the inverse of their correlations. A column that others tell entirely has a very large one.
 */
export function inflationFactors(columns: readonly Float64Array[]): number[] {
  const standard = columns.map(standardised);
  const correlations = standard.map((left, row) =>
    Float64Array.from(standard, (right, column) => (row === column ? 1 + 1e-9 : correlation(left, right))),
  );
  return diagonalOfInverse(correlations);
}

/** By Gauss and Jordan, with the identity beside the matrix; `matrix` is symmetric and positive definite. */
function diagonalOfInverse(matrix: readonly Float64Array[]): number[] {
  const size = matrix.length;
  const rows = matrix.map((row, index) => {
    const wide = new Float64Array(2 * size);
    wide.set(row);
    wide[size + index] = 1;
    return wide;
  });
  for (let pivot = 0; pivot < size; pivot += 1) {
    const own = rows[pivot] ?? new Float64Array(0);
    const scale = Math.max(own[pivot] ?? 0, 1e-12);
    for (let column = 0; column < own.length; column += 1) own[column] = (own[column] ?? 0) / scale;
    for (const [index, row] of rows.entries()) {
      const factor = index === pivot ? 0 : (row[pivot] ?? 0);
      if (factor === 0) continue;
      for (let column = 0; column < row.length; column += 1)
        row[column] = (row[column] ?? 0) - factor * (own[column] ?? 0);
    }
  }
  return rows.map((row, index) => row[size + index] ?? 1);
}

/**
 * Regularised logistic regression with coefficients that are not negative. Each Newton step minimises the quadratic
 * model of the loss over the coefficients ≥ 0 by cyclic coordinate descent, so that a feature whose evidence is already
 * told by others ends at exactly zero instead of turning its sign. Deterministic.
 */
export interface Regression {
  readonly intercept: number;
  readonly coefficients: Float64Array;
}

const stepsLimit = 30;
const roundsLimit = 200;
const settled = 1e-8;

/** `columns[j][i]` is the evidence of row i on feature j; `bad[i]` is 1 or 0. Models the log-odds of being good. */
export function fitLogistic(columns: readonly Float64Array[], bad: Uint8Array, penalty: number): Regression {
  const rows = bad.length;
  const width = columns.length + 1;
  const parameters = new Float64Array(width);
  const linear = new Float64Array(rows);
  const weights = new Float64Array(rows);
  const residuals = new Float64Array(rows);
  const ones = new Float64Array(rows).fill(1);
  const design = [ones, ...columns];
  for (let step = 0; step < stepsLimit; step += 1) {
    for (let row = 0; row < rows; row += 1) {
      const probability = 1 / (1 + Math.exp(-(linear[row] ?? 0)));
      weights[row] = Math.max(probability * (1 - probability), 1e-9);
      residuals[row] = 1 - (bad[row] ?? 0) - probability;
    }
    const gradient = design.map((column, j) => dot(column, residuals) - (j === 0 ? 0 : penalty * (parameters[j] ?? 0)));
    const hessian = weightedProducts(design, weights, penalty);
    const moved = descend(hessian, gradient, parameters);
    for (let j = 0; j < width; j += 1) parameters[j] = (parameters[j] ?? 0) + (moved[j] ?? 0);
    linear.fill(0);
    design.forEach((column, j) => addScaled(linear, column, parameters[j] ?? 0));
    if (Math.max(...moved.map(Math.abs)) < settled) break;
  }
  return { intercept: parameters[0] ?? 0, coefficients: parameters.slice(1) };
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < left.length; row += 1) sum += (left[row] ?? 0) * (right[row] ?? 0);
  return sum;
}

function addScaled(into: Float64Array, column: Float64Array, factor: number): void {
  if (factor === 0) return;
  for (let row = 0; row < into.length; row += 1) into[row] = (into[row] ?? 0) + factor * (column[row] ?? 0);
}

function weightedProducts(design: readonly Float64Array[], weights: Float64Array, penalty: number): Float64Array[] {
  const products = design.map(() => new Float64Array(design.length));
  const weighted = new Float64Array(weights.length);
  design.forEach((left, i) => {
    for (let row = 0; row < weighted.length; row += 1) weighted[row] = (left[row] ?? 0) * (weights[row] ?? 0);
    for (let j = 0; j <= i; j += 1) {
      const product = dot(weighted, design[j] ?? left) + (i === j && i > 0 ? penalty : 0);
      (products[i] ?? left)[j] = product;
      (products[j] ?? left)[i] = product;
    }
  });
  return products;
}

/** The step that minimises the quadratic model while every coefficient but the first stays at or above zero. */
function descend(
  hessian: readonly Float64Array[],
  gradient: readonly number[],
  parameters: Float64Array,
): Float64Array {
  const step = new Float64Array(parameters.length);
  const slope = Float64Array.from(gradient);
  for (let round = 0; round < roundsLimit; round += 1) {
    let largest = 0;
    for (let j = 0; j < step.length; j += 1) {
      const row = hessian[j] ?? slope;
      const wanted = (step[j] ?? 0) + (slope[j] ?? 0) / (row[j] ?? 1);
      const allowed = j === 0 ? wanted : Math.max(wanted, -(parameters[j] ?? 0));
      const change = allowed - (step[j] ?? 0);
      if (change === 0) continue;
      step[j] = allowed;
      for (let k = 0; k < step.length; k += 1) slope[k] = (slope[k] ?? 0) - change * (row[k] ?? 0);
      largest = Math.max(largest, Math.abs(change));
    }
    if (largest < settled / 10) break;
  }
  return step;
}

/**
 * Regularised logistic regression over bin edges: each characteristic has a weight at each of its edges, which everybody
 * at or above the edge gets, so that the weights up to a bin add up to what the bin is worth. All weights of a
 * characteristic have one sign: the bins go one way by construction. What is missing has a weight of its own, of either sign.
 *
 * Each Newton step minimises the quadratic model of the loss over the weights of the allowed sign by cyclic coordinate
 * descent. Its matrix is summed up from the counts that two characteristics' bins have in common, not edge by edge.
 * Deterministic.
 */
export interface EdgeColumn {
  /** Of each row the bin, counted from 0; `bins` where the value is missing. */
  readonly places: Uint8Array;
  readonly bins: number;
  /** 1 where more is better, -1 where more is worse. */
  readonly sign: 1 | -1;
  /** Whether enough rows are missing to give that a weight; otherwise it stays at zero. */
  readonly missingCounts: boolean;
}

export interface EdgeFit {
  readonly intercept: number;
  /** For each characteristic what each bin is worth in log-odds of being good, and last what is missing. The first bin is 0. */
  readonly worth: readonly Float64Array[];
}

const roundsLimit = 200;
/** A weight that moves by less changes no point. */
const convergedRound = 1e-4;
const convergedStep = 5e-3;

interface Layout {
  readonly columns: readonly EdgeColumn[];
  /** Where each characteristic's weights begin; the weight of the intercept is the first. */
  readonly from: readonly number[];
  readonly signs: Int8Array;
  readonly fixed: Uint8Array;
}

/** `bad[i]` is 1 or 0. Models the log-odds of being good. A fit of the same columns to `start` from saves steps. */
export function fitEdges(
  columns: readonly EdgeColumn[],
  bad: Uint8Array,
  penalty: number,
  stepsLimit: number,
  start?: EdgeFit,
): EdgeFit {
  const layout = layoutOf(columns);
  const width = layout.signs.length;
  const weights = start === undefined ? new Float64Array(width) : weightsOf(layout, start);
  const [linear, curvature, residuals] = [0, 1, 2].map(() => new Float64Array(bad.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]; // Three, as just made.
  for (let step = 0; step < stepsLimit; step += 1) {
    fillLinearPredictor(linear, layout, weights);
    for (let row = 0; row < bad.length; row += 1) {
      const probability = 1 / (1 + Math.exp(-(linear[row] ?? 0)));
      curvature[row] = Math.max(probability * (1 - probability), 1e-6);
      residuals[row] = 1 - (bad[row] ?? 0) - probability;
    }
    const { gradient, hessian } = quadraticModel(layout, curvature, residuals);
    for (let place = 1; place < width; place += 1) {
      const row = hessian[place];
      if (row !== undefined) row[place] = (row[place] ?? 0) + penalty;
      gradient[place] = (gradient[place] ?? 0) - penalty * (weights[place] ?? 0);
    }
    const moved = descend(hessian, gradient, weights, layout);
    let largest = 0;
    for (let place = 0; place < width; place += 1) {
      weights[place] = (weights[place] ?? 0) + (moved[place] ?? 0);
      largest = Math.max(largest, Math.abs(moved[place] ?? 0));
    }
    if (largest < convergedStep) break;
  }
  return { intercept: weights[0] ?? 0, worth: worthOf(layout, weights) };
}

function layoutOf(columns: readonly EdgeColumn[]): Layout {
  const from: number[] = [];
  let width = 1;
  for (const { bins } of columns) {
    from.push(width);
    width += bins;
  }
  const [signs, fixed] = [new Int8Array(width), new Uint8Array(width)];
  columns.forEach(({ bins, sign, missingCounts }, index) => {
    const start = from[index] ?? 0;
    signs.fill(sign, start, start + bins - 1);
    fixed[start + bins - 1] = missingCounts ? 0 : 1;
  });
  return { columns, from, signs, fixed };
}

/** The weights up to each bin, added up; the last is the missing one. */
function worthOf({ columns, from }: Layout, weights: Float64Array): Float64Array[] {
  return columns.map(({ bins }, index) => {
    const start = from[index] ?? 0;
    const worth = new Float64Array(bins + 1);
    for (let bin = 1; bin < bins; bin += 1) worth[bin] = (worth[bin - 1] ?? 0) + (weights[start + bin - 1] ?? 0);
    worth[bins] = weights[start + bins - 1] ?? 0;
    return worth;
  });
}

/** What `worthOf` adds up, taken apart again. */
function weightsOf({ columns, from, signs }: Layout, { intercept, worth }: EdgeFit): Float64Array {
  const weights = new Float64Array(signs.length);
  weights[0] = intercept;
  columns.forEach(({ bins }, index) => {
    const [start, own] = [from[index] ?? 0, worth[index] ?? new Float64Array(bins + 1)];
    for (let bin = 1; bin < bins; bin += 1) weights[start + bin - 1] = (own[bin] ?? 0) - (own[bin - 1] ?? 0);
    weights[start + bins - 1] = own[bins] ?? 0;
  });
  return weights;
}

function fillLinearPredictor(linear: Float64Array, layout: Layout, weights: Float64Array): void {
  linear.fill(weights[0] ?? 0);
  worthOf(layout, weights).forEach((worth, index) => {
    const places = layout.columns[index]?.places ?? new Uint8Array(0);
    for (let row = 0; row < linear.length; row += 1) {
      linear[row] = (linear[row] ?? 0) + (worth[places[row] ?? 0] ?? 0);
    }
  });
}

function quadraticModel(
  { columns, from, signs }: Layout,
  curvature: Float64Array,
  residuals: Float64Array,
): { gradient: Float64Array; hessian: Float64Array[] } {
  const gradient = new Float64Array(signs.length);
  const hessian = Array.from({ length: signs.length }, () => new Float64Array(signs.length));
  const set = (row: number, column: number, value: number): void => {
    const [upper, lower] = [hessian[row], hessian[column]];
    if (upper !== undefined) upper[column] = value;
    if (lower !== undefined) lower[row] = value;
  };
  gradient[0] = residuals.reduce((sum, each) => sum + each, 0);
  set(
    0,
    0,
    curvature.reduce((sum, each) => sum + each, 0),
  );
  columns.forEach(({ places, bins }, index) => {
    const start = from[index] ?? 0;
    const [slopes, masses] = [new Float64Array(bins + 1), new Float64Array(bins + 1)];
    for (let row = 0; row < residuals.length; row += 1) {
      const place = places[row] ?? 0;
      slopes[place] = (slopes[place] ?? 0) + (residuals[row] ?? 0);
      masses[place] = (masses[place] ?? 0) + (curvature[row] ?? 0);
    }
    let [slope, mass] = [0, 0];
    for (let bin = bins - 1; bin >= 1; bin -= 1) {
      slope += slopes[bin] ?? 0;
      mass += masses[bin] ?? 0;
      gradient[start + bin - 1] = slope;
      set(0, start + bin - 1, mass);
    }
    gradient[start + bins - 1] = slopes[bins] ?? 0;
    set(0, start + bins - 1, masses[bins] ?? 0);
    for (let other = 0; other <= index; other += 1) {
      const beside = columns[other];
      if (beside === undefined) continue;
      const common = commonMass({ places, bins }, beside, curvature);
      const stride = beside.bins + 1;
      for (let bin = 1; bin <= bins; bin += 1) {
        for (let second = 1; second <= beside.bins; second += 1) {
          set(start + bin - 1, (from[other] ?? 0) + second - 1, common[bin * stride + second] ?? 0);
        }
      }
    }
  });
  return { gradient, hessian };
}

/** For each pair of edges the mass of the rows at or above both; the last line and column are what is missing. */
function commonMass(
  left: Pick<EdgeColumn, "places" | "bins">,
  right: Pick<EdgeColumn, "places" | "bins">,
  curvature: Float64Array,
): Float64Array {
  const stride = right.bins + 1;
  const mass = new Float64Array((left.bins + 1) * stride);
  const [leftPlaces, rightPlaces] = [left.places, right.places];
  for (let row = 0; row < curvature.length; row += 1) {
    const cell = (leftPlaces[row] ?? 0) * stride + (rightPlaces[row] ?? 0);
    mass[cell] = (mass[cell] ?? 0) + (curvature[row] ?? 0);
  }
  for (let bin = left.bins - 2; bin >= 1; bin -= 1) {
    for (let second = 0; second <= right.bins; second += 1) {
      const cell = bin * stride + second;
      mass[cell] = (mass[cell] ?? 0) + (mass[cell + stride] ?? 0);
    }
  }
  for (let bin = 1; bin <= left.bins; bin += 1) {
    for (let second = right.bins - 2; second >= 1; second -= 1) {
      const cell = bin * stride + second;
      mass[cell] = (mass[cell] ?? 0) + (mass[cell + 1] ?? 0);
    }
  }
  return mass;
}

/** The step that minimises the quadratic model while every weight keeps its sign or is zero. */
function descend(
  hessian: readonly Float64Array[],
  gradient: Float64Array,
  weights: Float64Array,
  { signs, fixed }: Layout,
): Float64Array {
  const step = new Float64Array(weights.length);
  const slope = Float64Array.from(gradient);
  for (let round = 0; round < roundsLimit; round += 1) {
    let largest = 0;
    for (let place = 0; place < step.length; place += 1) {
      const row = hessian[place];
      if (row === undefined || fixed[place] === 1) continue;
      const own = weights[place] ?? 0;
      const sign = signs[place] ?? 0;
      let wanted = (step[place] ?? 0) + (slope[place] ?? 0) / Math.max(row[place] ?? 0, 1e-9);
      if (sign !== 0 && sign * (own + wanted) < 0) wanted = -own;
      const change = wanted - (step[place] ?? 0);
      if (change === 0) continue;
      step[place] = wanted;
      for (let other = 0; other < slope.length; other += 1)
        slope[other] = (slope[other] ?? 0) - change * (row[other] ?? 0);
      largest = Math.max(largest, Math.abs(change));
    }
    if (largest < convergedRound) break;
  }
  return step;
}

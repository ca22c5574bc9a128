import type { Direction } from "../card/feature.ts";

/** Goods and bads that share a bin. `from` is its left edge, which belongs to it; the first bin has none. */
export interface BinCounts {
  readonly from: number | undefined;
  readonly goods: number;
  readonly bads: number;
}

export interface Binning {
  readonly bins: readonly BinCounts[];
  readonly missing: { readonly goods: number; readonly bads: number };
  readonly special: readonly { readonly value: number; readonly goods: number; readonly bads: number }[];
}

export interface BinningOptions {
  readonly direction: Direction;
  /** Values set apart before binning. */
  readonly special?: readonly number[];
  /** The analyst's own left edges, instead of those that the data suggest. */
  readonly edges?: readonly number[] | undefined;
}

const prebins = 25;
const binsLimit = 8;
/** A bin holds at least this share of the rows. */
const smallestShare = 0.02;
/** With fewer rows a missing or special value has no evidence of its own and stays neutral. */
export const ownEvidenceRows = 30;

interface Draft {
  goods: number;
  bads: number;
  least: number;
  most: number;
}

export interface Totals {
  readonly goods: number;
  readonly bads: number;
}

/** ln(share of the goods ÷ share of the bads), each count half a person more, so that no bin is without end. The one place. */
export function weightOfEvidence({ goods, bads }: Totals, all: Totals): number {
  return Math.log((goods + 0.5) / all.goods) - Math.log((bads + 0.5) / all.bads);
}

/** The same for a missing or special value: neutral when seen too seldom. */
export function ownWeightOfEvidence(counts: Totals, all: Totals): number {
  return counts.goods + counts.bads < ownEvidenceRows ? 0 : weightOfEvidence(counts, all);
}

/** How many goods and bads have each value, in ascending order; what is unknown apart. */
export interface ValueCounts {
  readonly counts: readonly { readonly value: number; readonly goods: number; readonly bads: number }[];
  readonly missing: Totals;
  readonly rows: number;
}

/** `values` has NaN where nothing is known; `bad` is 1 or 0. */
export function countValues(values: Float64Array, bad: Uint8Array): ValueCounts {
  const bads = bad.reduce((sum, each) => sum + each, 0);
  const [ofGoods, ofBads] = [new Float64Array(values.length - bads), new Float64Array(bads)];
  let [goodsFilled, badsFilled] = [0, 0];
  const missing = { goods: 0, bads: 0 };
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row] ?? Number.NaN;
    if (Number.isNaN(value)) missing[bad[row] === 1 ? "bads" : "goods"] += 1;
    else if (bad[row] === 1) ofBads[badsFilled++] = value;
    else ofGoods[goodsFilled++] = value;
  }
  const [good, worse] = [ofGoods.subarray(0, goodsFilled).sort(), ofBads.subarray(0, badsFilled).sort()];
  const counts: { value: number; goods: number; bads: number }[] = [];
  for (let [left, right] = [0, 0]; left < good.length || right < worse.length;) {
    const value = Math.min(good[left] ?? Number.POSITIVE_INFINITY, worse[right] ?? Number.POSITIVE_INFINITY);
    const [fromLeft, fromRight] = [left, right];
    while (good[left] === value) left += 1;
    while (worse[right] === value) right += 1;
    counts.push({ value, goods: left - fromLeft, bads: right - fromRight });
  }
  return { counts, missing, rows: values.length };
}

/** Supervised monotone bins of one feature. Deterministic. */
export function binFeature(counted: ValueCounts, all: Totals, options: BinningOptions): Binning {
  const { counts, missing, rows } = counted;
  const apart = options.special ?? [];
  const special = apart.map((value) => {
    const { goods = 0, bads = 0 } = counts.find((each) => each.value === value) ?? {};
    return { value, goods, bads };
  });
  const ordered = apart.length === 0 ? counts : counts.filter(({ value }) => !apart.includes(value));
  if (options.edges !== undefined) return { bins: countBetween(options.edges, ordered), missing, special };
  const drafts = mergeSmall(prebin(ordered), smallestShare * rows);
  return { bins: withEdges(mergeTowards(options.direction, drafts, all)), missing, special };
}

/** The information value: how far goods and bads lie apart. */
export function informationValue({ bins, missing, special }: Binning, all: Totals): number {
  const evident = [...bins, ...[missing, ...special].filter(({ goods, bads }) => goods + bads >= ownEvidenceRows)];
  return valueOf(evident, all);
}

function valueOf(counts: readonly Totals[], all: Totals): number {
  return counts.reduce(
    (sum, each) => sum + (each.goods / all.goods - each.bads / all.bads) * weightOfEvidence(each, all),
    0,
  );
}

/** Bins of equal size, or one for each value where there are few; equal values stay together. */
function prebin(counts: ValueCounts["counts"]): Draft[] {
  const byValue = counts.map(({ value, goods, bads }) => ({ goods, bads, least: value, most: value }));
  if (byValue.length <= prebins) return byValue;
  const size = byValue.reduce((sum, { goods, bads }) => sum + goods + bads, 0) / prebins;
  const drafts: Draft[] = [];
  let seen = 0;
  let boundary = 0;
  for (const draft of byValue) {
    const last = drafts.at(-1);
    if (last === undefined || seen >= boundary) {
      drafts.push(draft);
      boundary = (Math.floor(seen / size) + 1) * size;
    } else join(last, draft);
    seen += draft.goods + draft.bads;
  }
  return drafts;
}

function join(into: Draft, draft: Draft): void {
  into.goods += draft.goods;
  into.bads += draft.bads;
  into.most = draft.most;
}

/** A bin that is too small goes to the neighbour whose bad rate is closer. */
function mergeSmall(drafts: Draft[], least: number): Draft[] {
  while (drafts.length > 1) {
    const index = drafts.findIndex(({ goods, bads }) => goods + bads < least);
    if (index === -1) break;
    mergeAt(
      drafts,
      index === 0 || (index < drafts.length - 1 && isRateCloser(drafts, index, index + 1, index - 1))
        ? index
        : index - 1,
    );
  }
  return drafts;
}

function isRateCloser(drafts: readonly Draft[], index: number, first: number, second: number): boolean {
  const rate = (at: number): number => {
    const { goods = 0, bads = 0 } = drafts[at] ?? {};
    return bads / Math.max(goods + bads, 1);
  };
  return Math.abs(rate(first) - rate(index)) < Math.abs(rate(second) - rate(index));
}

function mergeAt(drafts: Draft[], index: number): void {
  const [into, draft] = [drafts[index], drafts[index + 1]];
  if (into === undefined || draft === undefined) throw new Error("nothing to merge");
  join(into, draft);
  drafts.splice(index + 1, 1);
}

function mergeTowards(direction: Direction, drafts: readonly Draft[], all: Totals): Draft[] {
  if (direction !== "either") return monotone(drafts, all, direction);
  const [rising, falling] = [monotone(drafts, all, "more_is_better"), monotone(drafts, all, "more_is_worse")];
  return valueOf(rising, all) >= valueOf(falling, all) ? rising : falling;
}

/** Pools adjacent violators until the evidence goes one way, then merges what matters least until few enough are left. */
function monotone(drafts: readonly Draft[], all: Totals, direction: "more_is_better" | "more_is_worse"): Draft[] {
  const sign = direction === "more_is_better" ? 1 : -1;
  const pooled = drafts.map((draft) => ({ ...draft }));
  pool(pooled, all, sign);
  while (pooled.length > binsLimit) {
    mergeAt(pooled, cheapestMerge(pooled, all));
    pool(pooled, all, sign);
  }
  return pooled;
}

function pool(drafts: Draft[], all: Totals, sign: number): void {
  for (let index = 0; index + 1 < drafts.length;) {
    const [left, right] = [drafts[index], drafts[index + 1]];
    if (left === undefined || right === undefined) break;
    if (sign * (weightOfEvidence(right, all) - weightOfEvidence(left, all)) > 0) index += 1;
    else {
      mergeAt(drafts, index);
      index = Math.max(index - 1, 0);
    }
  }
}

function cheapestMerge(drafts: readonly Draft[], all: Totals): number {
  let cheapest = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index + 1 < drafts.length; index += 1) {
    const [left, right] = [drafts[index], drafts[index + 1]];
    if (left === undefined || right === undefined) break;
    const loss =
      valueOf([left, right], all) - valueOf([{ goods: left.goods + right.goods, bads: left.bads + right.bads }], all);
    if (loss < least) [cheapest, least] = [index, loss];
  }
  return cheapest;
}

function withEdges(drafts: readonly Draft[]): BinCounts[] {
  return drafts.map(({ goods, bads, least }, index) => {
    const before = drafts[index - 1];
    return { from: before === undefined ? undefined : roundest(before.most, least), goods, bads };
  });
}

/** The roundest integer above `below` and not above `least`: 1,200 rather than 1,187. */
export function roundest(below: number, least: number): number {
  for (
    let unit = 10 ** Math.ceil(Math.log10(Math.max(Math.abs(least), Math.abs(below), 1)) + 1);
    unit >= 1;
    unit /= 10
  ) {
    for (const step of [unit, unit / 2]) {
      if (!Number.isInteger(step)) continue;
      const edge = Math.floor(least / step) * step;
      if (edge > below) return edge === 0 ? 0 : edge;
    }
  }
  return least;
}

function countBetween(edges: readonly number[], counts: ValueCounts["counts"]): BinCounts[] {
  const bins = [undefined, ...edges].map((from) => ({ from, goods: 0, bads: 0 }));
  let index = 0;
  for (const { value, goods, bads } of counts) {
    while (index + 1 < bins.length && value >= (edges[index] ?? Number.POSITIVE_INFINITY)) index += 1;
    const bin = bins[index];
    if (bin === undefined) continue;
    bin.goods += goods;
    bin.bads += bads;
  }
  return bins;
}

const fineBins = 16;
/** An edge needs evidence on both of its sides: this share of the rows, and no fewer rows than these. */
const smallestFineShare = 0.01;
const smallestFineRows = 30;

/**
 * The left edges between which a regression looks for steps: sixteen bins of about equal size, or every value where there
 * are few. Values set apart have an edge of their own even if few have them.
 */
export function fineEdges({ counts, missing, rows }: ValueCounts, apart: readonly number[] = []): number[] {
  const known = rows - missing.goods - missing.bads;
  const fewest = Math.max(smallestFineShare * rows, smallestFineRows);
  const least = Math.max(fewest, counts.length <= fineBins ? 0 : known / fineBins);
  const edges: number[] = [];
  let [last, index] = [0, 0];
  counts.forEach(({ value, goods, bads }, place) => {
    const before = counts[place - 1];
    const wanted = index - last >= least - 1e-9 && known - index >= fewest;
    if (before !== undefined && (wanted || apart.includes(value))) {
      edges.push(apart.includes(value) ? value : roundest(before.value, value));
      last = index;
    }
    index += goods + bads;
  });
  return edges;
}

/**
 * The evidence of each bin. One that nobody is in takes its neighbour's, the one before it if there is one: by itself it
 * would say ln(bads / goods), which is about the sample and not about the bin.
 */
export function evidenceOfBins(bins: readonly Totals[], all: Totals): number[] {
  const own = bins.map((bin) => (bin.goods + bin.bads === 0 ? undefined : weightOfEvidence(bin, all)));
  return own.map(
    (each, index) =>
      each ??
      own.slice(0, index).findLast((one) => one !== undefined) ??
      own.slice(index).find((one) => one !== undefined) ??
      0,
  );
}

/** Which way a feature without a direction of its own goes: where monotone bins tell more. */
export function signOf(counted: ValueCounts, all: Totals, direction: Direction): 1 | -1 {
  if (direction !== "either") return direction === "more_is_better" ? 1 : -1;
  const evidenceFor = (towardsOne: Direction): number =>
    informationValue(binFeature(counted, all, { direction: towardsOne }), all);
  return evidenceFor("more_is_better") >= evidenceFor("more_is_worse") ? 1 : -1;
}

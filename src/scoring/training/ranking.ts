/** How well a score ranks: all from counts of goods and bads at each score, where a low score means risk. */
export interface Ranking {
  readonly auc: number;
  readonly gini: number;
  readonly ks: number;
}

export function rankingOf(scores: ArrayLike<number>, bad: ArrayLike<number>): Ranking {
  const order = Array.from({ length: scores.length }, (_, row) => row).sort(
    (left, right) => (scores[left] ?? 0) - (scores[right] ?? 0),
  );
  let bads = 0;
  for (let row = 0; row < bad.length; row += 1) bads += bad[row] ?? 0;
  const goods = scores.length - bads;
  let seenBads = 0;
  let seenGoods = 0;
  let area = 0;
  let ks = 0;
  for (let at = 0; at < order.length;) {
    const score = scores[order[at] ?? 0];
    let [tiedBads, tiedGoods] = [0, 0];
    for (; at < order.length && scores[order[at] ?? 0] === score; at += 1) {
      if (bad[order[at] ?? 0] === 1) tiedBads += 1;
      else tiedGoods += 1;
    }
    area += tiedBads * (goods - seenGoods - tiedGoods / 2);
    seenBads += tiedBads;
    seenGoods += tiedGoods;
    ks = Math.max(ks, Math.abs(seenBads / bads - seenGoods / goods));
  }
  const auc = area / (bads * goods);
  return { auc, gini: 2 * auc - 1, ks };
}

/** The half-width of a 95% interval around an AUC (Hanley and McNeil, Radiology 143:29, 1982). */
export function aucHalfWidth(auc: number, bads: number, goods: number): number {
  const [first, second] = [auc / (2 - auc), (2 * auc * auc) / (1 + auc)];
  const variance =
    (auc * (1 - auc) + (bads - 1) * (first - auc * auc) + (goods - 1) * (second - auc * auc)) / (bads * goods);
  return 1.96 * Math.sqrt(variance);
}

/** The population stability index between two distributions over the same bins: below 0.1 calm, above 0.25 act. */
export function stabilityIndex(expected: readonly number[], actual: readonly number[]): number {
  const share = (counts: readonly number[]): number[] => {
    const total = counts.reduce((sum, each) => sum + each, 0);
    return counts.map((each) => Math.max(each / Math.max(total, 1), 0.0001));
  };
  const [before, now] = [share(expected), share(actual)];
  return before.reduce((sum, each, index) => sum + ((now[index] ?? 0) - each) * Math.log((now[index] ?? 0) / each), 0);
}

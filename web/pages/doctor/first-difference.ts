/** Where two texts first differ, at the beginning of a character; undefined where they are equal. */
export function firstDifference(left: string, right: string): number | undefined {
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    if (left[at] === right[at]) continue;
    const isInside = /[\uDC00-\uDFFF]/.test(left[at] ?? "") && /[\uD800-\uDBFF]/.test(left[at - 1] ?? "");
    return isInside ? at - 1 : at;
  }
  return undefined;
}

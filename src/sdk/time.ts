/** `yyyy-MM-dd HH:mm:ss` in Beijing, whose clocks have been eight hours ahead since 1991. @param ms since 1970 */
export function beijingTime(ms: number): string {
  return new Date(ms + 28_800_000).toISOString().slice(0, 19).replace("T", " ");
}

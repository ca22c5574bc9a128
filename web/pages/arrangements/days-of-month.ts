/** Every day of a month yyyy-MM, as yyyy-MM-dd. */
export function daysOfMonth(month: string): readonly string[] {
  const [year = 0, number = 1] = month.split("-").map(Number);
  const last = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return Array.from({ length: last }, (_, index) => `${month}-${String(index + 1).padStart(2, "0")}`);
}

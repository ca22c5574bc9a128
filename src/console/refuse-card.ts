import { type MonthIndex, parseMonth } from "../clock.ts";
import { CardFormatError } from "../scoring/card/card-json.ts";
import { CardError } from "../scoring/cards.ts";
import { LeakError } from "../scoring/training-rows.ts";
import { Problem } from "./problem.ts";

/** What scoring refuses, as the API's refusal. */
export function refuseCard(error: unknown): never {
  if (error instanceof CardError) throw new Problem(error.code, error.message);
  const isRefusal = error instanceof CardFormatError || error instanceof LeakError;
  throw isRefusal ? new Problem("refused", error.message) : error;
}

/** @throws Problem for a month of the right form that is none, such as 2026-13. */
export function monthOf(text: string): MonthIndex {
  const month = parseMonth(text);
  if (month === undefined) throw new Problem("refused", `${text} is no month; write yyyy-MM`);
  return month;
}

import { dayUs, type Instant, instantToText, later } from "../clock.ts";
import type { Store } from "../store/store.ts";
import { answeredColumns, expiredOf, inquiryParameters } from "./asked-columns.ts";
import type { AnsweredInquiry, InquiryOutcome, InquiryRefusal, NumberedInquiry } from "./inquiry.ts";
import { changedSinceSql, judgeAndRecordSql } from "./judge-sql.ts";

/** For so long the same transaction_id gives the first answer again; from the next microsecond on it is refused. */
const replayWindowUs = dayUs;

interface JudgedRow {
  position: number;
  outcome: "accepted" | "replayed" | InquiryRefusal;
  biz_no: string | null;
  score: number | null;
  inserted: boolean;
}

/** Judges a group and records what it accepts, in one statement. `raced`: somebody else has just recorded that id. */
export async function judgeAndRecord(
  store: Store,
  now: Instant,
  inquiries: readonly NumberedInquiry[],
): Promise<(InquiryOutcome | "raced")[]> {
  const rows = await store.queryBriefly<JudgedRow>(judgeAndRecordSql, [
    instantToText(now),
    instantToText(later(now, -replayWindowUs)),
    ...inquiryParameters(inquiries, now),
  ]);
  const outcomes: (InquiryOutcome | "raced" | undefined)[] = Array.from({ length: inquiries.length });
  for (const row of rows) outcomes[row.position] = outcomeOf(row, inquiries[row.position]?.bizNo);
  return outcomes.map((outcome) => {
    if (outcome === undefined) throw new Error("an inquiry was left unjudged");
    return outcome;
  });
}

function outcomeOf(row: JudgedRow, bizNo: string | undefined): InquiryOutcome | "raced" {
  if (row.outcome !== "accepted" && row.outcome !== "replayed") return { outcome: row.outcome };
  if (row.outcome === "accepted" && !row.inserted) return "raced";
  if (row.biz_no === null) throw new Error("an inquiry without a biz_no");
  // A row of its own number: an earlier attempt had been committed although the connection was lost.
  const outcome = row.biz_no === bizNo ? "accepted" : row.outcome;
  return { outcome, bizNo: row.biz_no, score: row.score };
}

/**
 * Of each inquiry that was answered under its number, whether the same is answered now: its token and consent live, and
 * its line stands within the window. What else an answer depends on never changes.
 */
export async function areAnsweredAgain(
  store: Store,
  now: Instant,
  inquiries: readonly AnsweredInquiry[],
): Promise<boolean[]> {
  const rows = await store.queryBriefly<{ position: number }>(changedSinceSql, [
    instantToText(later(now, -replayWindowUs)),
    ...answeredColumns.parameters(inquiries),
  ]);
  const changed = new Set(rows.map(({ position }) => position));
  return inquiries.map(({ grant }, index) => expiredOf(grant, now) === null && !changed.has(index));
}

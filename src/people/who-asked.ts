import { entriesListed, readAudit } from "../audit/read-audit.ts";
import { type Instant, instantToText } from "../clock.ts";
import type { PersonKey } from "../consent/people.ts";
import type { Queryable } from "../store/store.ts";

export const inquiriesListed = 1_000;
const entriesTold = entriesListed - 1;

/** Who asked for somebody's score, and who of the staff looked at their file or changed it; each the newest first. */
export interface WhoAsked {
  readonly inquiries: readonly AskedInquiry[];
  readonly staff: readonly StaffEntry[];
  /** Where there are more than are listed. */
  readonly moreInquiries: boolean;
  readonly moreStaff: boolean;
}

export interface AskedInquiry {
  readonly acceptedAt: string;
  readonly merchantId: string;
  readonly merchantName: string | null;
  readonly appId: string;
  readonly productCode: string;
  readonly purpose: string;
  readonly bizNo: string;
  readonly state: string;
  readonly billedFen: number;
  /** Null where it was billed. */
  readonly unbilledBecause: "na" | "free" | "closed" | null;
  /** Null where nobody had ever reported the person. */
  readonly cardVersion: string | null;
  /** A score or "N/A"; null for an inquiry that was closed without an answer. Undefined for those who may not read scores. */
  readonly score?: string | null;
}

export interface StaffEntry {
  readonly at: string;
  readonly account: string;
  readonly role: string;
  readonly action: string;
  readonly outcome: string;
  readonly purpose: string;
}

/** Nothing of it names the person: whoever asks has the number already. */
export async function whoAsked(
  store: Queryable,
  person: PersonKey,
  { withScores }: { withScores: boolean },
): Promise<WhoAsked> {
  const inquiries = await store.query<InquiryRow>(inquiriesSql, [person.bucket, person.personId, inquiriesListed + 1]);
  const entries = await readAudit(store, { personId: person.personId, limit: entriesListed });
  return {
    inquiries: inquiries.slice(0, inquiriesListed).map((row) => inquiryOf(row, withScores)),
    staff: entries.slice(0, entriesTold).map(({ at, account, role, action, outcome, purpose }) => ({
      at: instantToText(at),
      account,
      role,
      action,
      outcome,
      purpose,
    })),
    moreInquiries: inquiries.length > inquiriesListed,
    moreStaff: entries.length > entriesTold,
  };
}

interface InquiryRow extends Omit<AskedInquiry, "acceptedAt" | "score">, Record<string, unknown> {
  readonly acceptedAt: Instant;
  readonly score: number | null;
}

function inquiryOf({ acceptedAt, score, ...row }: InquiryRow, withScore: boolean): AskedInquiry {
  const told = { ...row, acceptedAt: instantToText(acceptedAt) };
  if (!withScore) return told;
  return { ...told, score: score === null ? (row.state === "answered" ? "N/A" : null) : String(score) };
}

/** Ledger lines lie by merchant: all of them are gone through, which takes seconds for some ten million. */
const inquiriesSql = `
select accepted_at as "acceptedAt", inquiry.merchant_id as "merchantId", merchant.name as "merchantName",
       app_id as "appId", product_code as "productCode", purpose, biz_no as "bizNo", state, billed_fen as "billedFen",
       unbilled_because as "unbilledBecause", card_version as "cardVersion", score
from inquiry left join merchant on merchant.merchant_id = inquiry.merchant_id
where person_bucket = $1 and person_id = $2 order by accepted_at desc, biz_no desc limit $3`;

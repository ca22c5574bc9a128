import { type Instant, instantToText, later, type MonthIndex, monthToText, secondUs } from "../clock.ts";
import type { PersonKey } from "../consent/people.ts";
import { parseBizNo } from "../inquiry/biz-no.ts";
import type { Queryable } from "../store/store.ts";
import { type NaReason, naReasons, scoreWithCard } from "./card/card.ts";
import { type Explanation, explainScore } from "./card/explain.ts";
import { CardError, findCard } from "./cards.ts";
import { type HoldEvent, holdEvents } from "./holds.ts";

/** What an inquiry was answered, and the same computed again from what is stored. */
export interface Replay {
  readonly bizNo: string;
  readonly acceptedAt: string;
  readonly cardVersion: string;
  readonly asOf: string;
  readonly sent: string;
  readonly recomputed: string;
  readonly equal: boolean;
  readonly naReason: NaReason | null;
  readonly explanation: Explanation | undefined;
}

interface InquiryRow {
  person_bucket: number;
  person_id: string;
  score: number | null;
  na_reason: NaReason | null;
  card_version: string | null;
  as_of_month: number | null;
  accepted_at: Instant;
}

interface ScoreRow {
  scored_at: Instant;
  card_version: string;
  as_of_month: number;
  score: number | null;
  na_reason: NaReason | null;
  features: (number | null)[];
}

/**
 * A biz_no tells the second in which it was given, and no inquiry lives an hour: with that the index by time leads to
 * a few pages, however many inquiries there are.
 */
const aroundUs = 3_600 * secondUs;

/**
 * Recomputes the answer with this biz_no: the features that were in force then, through the card of that version. Gives
 * whose it is, too. Throws a CardError when there is no such inquiry.
 */
export async function replayInquiry(store: Queryable, bizNo: string): Promise<{ personId: string; replay: Replay }> {
  const parsed = parseBizNo(bizNo);
  if (parsed === undefined) throw new CardError("a biz_no is ZM, the day and 22 digits");
  const [inquiry] = await store.query<InquiryRow>(
    `select person_bucket, person_id, score, na_reason, card_version, as_of_month, accepted_at from inquiry
     where biz_no = $1 and state = 'answered' and accepted_at between $2 and $3`,
    [bizNo, instantToText(later(parsed.at, -aroundUs)), instantToText(later(parsed.at, aroundUs))],
  );
  if (inquiry === undefined) throw new CardError(`no answered inquiry has the biz_no ${bizNo}`, "not-found");
  const sent = inquiry.score === null ? "N/A" : String(inquiry.score);
  const told = { bizNo, acceptedAt: instantToText(inquiry.accepted_at), sent };
  const personId = inquiry.person_id;
  if (inquiry.card_version === null || inquiry.as_of_month === null) {
    // Nobody had ever reported the person: there was nothing to compute from.
    const nothing = { cardVersion: "none", asOf: "none", recomputed: "N/A", equal: sent === "N/A" };
    return { personId, replay: { ...told, ...nothing, naReason: inquiry.na_reason, explanation: undefined } };
  }
  const [row] = await store.query<ScoreRow>(
    `select scored_at, card_version, as_of_month, score, na_reason, features from score
     where bucket = $1 and person_id = $2 and card_version = $3 and as_of_month = $4 and scored_at <= $5
       and (score, na_reason) is not distinct from ($6::smallint, $7::text)
     order by scored_at desc limit 1`,
    [
      inquiry.person_bucket,
      inquiry.person_id,
      inquiry.card_version,
      inquiry.as_of_month,
      instantToText(inquiry.accepted_at),
      inquiry.score,
      inquiry.na_reason,
    ],
  );
  const { card } = await findCard(store, inquiry.card_version);
  const recomputed =
    row === undefined ? "unknown" : row.na_reason !== null ? "N/A" : String(scoreWithCard(card, row.features).score);
  return {
    personId,
    replay: {
      ...told,
      cardVersion: inquiry.card_version,
      asOf: monthToText(inquiry.as_of_month as MonthIndex), // Stored from one.
      recomputed,
      equal: recomputed === sent,
      naReason: inquiry.na_reason,
      explanation: row === undefined || row.na_reason !== null ? undefined : explainScore(card, row.features),
    },
  };
}

/** A person's score with all that can be said of it, and how it came to be over time. */
export interface PersonScore {
  readonly score: number | null;
  readonly naReason: NaReason | null;
  readonly naText: { readonly en: string; readonly zh: string } | undefined;
  readonly cardVersion: string;
  readonly asOf: string;
  readonly explanation: Explanation | undefined;
  /** Who stopped or released the score, the newest first. */
  readonly holds: readonly HoldEvent[];
  /** The newest first. */
  readonly history: readonly {
    readonly at: string;
    readonly asOf: string;
    readonly cardVersion: string;
    readonly score: number | null;
    readonly naReason: NaReason | null;
  }[];
}

const historyLimit = 60;

/** A person's latest score with its reasons, and those before it; undefined where the person was never scored. */
export async function explainPerson(store: Queryable, person: PersonKey): Promise<PersonScore | undefined> {
  const rows = await store.query<ScoreRow>(
    `select scored_at, card_version, as_of_month, score, na_reason, features from score
     where bucket = $1 and person_id = $2 order by scored_at desc limit $3`,
    [person.bucket, person.personId, historyLimit],
  );
  const [latest] = rows;
  if (latest === undefined) return undefined;
  const asOf = (row: ScoreRow): string => monthToText(row.as_of_month as MonthIndex); // Stored from one.
  const { card } = await findCard(store, latest.card_version);
  return {
    score: latest.score,
    naReason: latest.na_reason,
    naText: latest.na_reason === null ? undefined : naReasons[latest.na_reason],
    cardVersion: latest.card_version,
    asOf: asOf(latest),
    explanation: latest.na_reason === null ? explainScore(card, latest.features) : undefined,
    holds: await holdEvents(store, person),
    history: rows.map((row) => ({
      at: instantToText(row.scored_at),
      asOf: asOf(row),
      cardVersion: row.card_version,
      score: row.score,
      naReason: row.na_reason,
    })),
  };
}

import type { Instant } from "../clock.ts";
import { ArrayColumns } from "../store/array-columns.ts";
import { bucketOf, bucketOfHash } from "../store/bucket.ts";
import type { AnsweredInquiry, ConsentGrant, NumberedInquiry } from "./inquiry.ts";

/** An inquiry with what has to be worked out before the database can judge it. */
interface InquiryRow extends NumberedInquiry {
  readonly places: Places;
  readonly expired: "token" | "consent" | null;
  /** Whether no inquiry before it in the group has the same merchant and transaction_id. */
  readonly isFirst: boolean;
}

/** What the statements that judge or close a group of inquiries are told of each. */
export const inquiryColumns = new ArrayColumns<InquiryRow>({
  position: { type: "int", of: (_, position) => position },
  bucket: { type: "smallint", of: ({ request }) => bucketOf(request.merchantId, request.transactionId) },
  merchant_id: { type: "text", of: ({ request }) => request.merchantId },
  transaction_id: { type: "text", of: ({ request }) => request.transactionId },
  product_code: { type: "text", of: ({ request }) => request.productCode },
  biz_no: { type: "text", of: ({ bizNo }) => bizNo },
  app_id: { type: "text", of: ({ request }) => request.appId },
  user_bucket: { type: "smallint", of: ({ places }) => places.userBucket },
  user_id: { type: "text", of: ({ request }) => request.grant.userId },
  person_bucket: { type: "smallint", of: ({ request }) => request.grant.person.bucket },
  person_id: { type: "uuid", of: ({ request }) => request.grant.person.personId },
  authorisation_id: { type: "uuid", of: ({ request }) => request.grant.authorisationId },
  purpose: { type: "text", of: ({ request }) => request.grant.purpose },
  expired: { type: "text", of: ({ expired }) => expired },
  token_bucket: { type: "smallint", of: ({ places }) => places.tokenBucket },
  token_hex: { type: "text", of: ({ places }) => places.tokenHex },
  admittance_score: { type: "smallint", of: ({ request }) => request.admittanceScore ?? null },
  is_first: { type: "boolean", of: ({ isFirst }) => isFirst },
});

/** The arrays of `inquiryColumns`, for a group that is judged or closed at `now`. */
export function inquiryParameters(
  inquiries: readonly NumberedInquiry[],
  now: Instant,
): ReturnType<typeof inquiryColumns.parameters> {
  const isFirst = firstOfTheirIds(inquiries);
  return inquiryColumns.parameters(
    inquiries.map(({ request, bizNo }, position) => ({
      request,
      bizNo,
      places: placesOf(request.grant),
      expired: expiredOf(request.grant, now),
      isFirst: isFirst[position] ?? false,
    })),
  );
}

/** What the statement that asks whether answers still stand is told of each inquiry that was answered. */
export const answeredColumns = new ArrayColumns<AnsweredInquiry>({
  position: { type: "int", of: (_, position) => position },
  bucket: { type: "smallint", of: ({ merchantId, transactionId }) => bucketOf(merchantId, transactionId) },
  merchant_id: { type: "text", of: ({ merchantId }) => merchantId },
  transaction_id: { type: "text", of: ({ transactionId }) => transactionId },
  biz_no: { type: "text", of: ({ bizNo }) => bizNo },
  user_bucket: { type: "smallint", of: ({ grant }) => placesOf(grant).userBucket },
  user_id: { type: "text", of: ({ grant }) => grant.userId },
  authorisation_id: { type: "uuid", of: ({ grant }) => grant.authorisationId },
  token_bucket: { type: "smallint", of: ({ grant }) => placesOf(grant).tokenBucket },
  token_hex: { type: "text", of: ({ grant }) => placesOf(grant).tokenHex },
});

function firstOfTheirIds(inquiries: readonly NumberedInquiry[]): boolean[] {
  const seen = new Set<string>();
  return inquiries.map(
    ({ request: { merchantId, transactionId } }) => seen.size < seen.add(`${merchantId} ${transactionId}`).size,
  );
}

/** What has expired of what a grant needs: the token is looked at before the consent. */
export function expiredOf(
  { tokenExpiresAt, consentExpiresAt }: ConsentGrant,
  now: Instant,
): "token" | "consent" | null {
  if (tokenExpiresAt !== undefined && tokenExpiresAt <= now) return "token";
  return consentExpiresAt <= now ? "consent" : null;
}

interface Places {
  readonly userBucket: number;
  readonly tokenBucket: number | null;
  readonly tokenHex: string | null;
}

/** The grant of a token is one object for as long as the token is remembered, so its hashes are computed once. */
const knownPlaces = new WeakMap<ConsentGrant, Places>();

function placesOf(grant: ConsentGrant): Places {
  const known = knownPlaces.get(grant);
  if (known !== undefined) return known;
  const { tokenHash, userId } = grant;
  const places = {
    userBucket: bucketOf(userId),
    tokenBucket: tokenHash === undefined ? null : bucketOfHash(tokenHash),
    tokenHex: tokenHash === undefined ? null : Buffer.from(tokenHash).toString("hex"),
  };
  knownPlaces.set(grant, places);
  return places;
}

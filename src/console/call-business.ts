import { Type } from "typebox";
import { instantToText } from "../clock.ts";
import { findBatch } from "../feedback/batches/batches.ts";
import { findLedgerLine } from "../ledger/find-line.ts";
import type { LoggedCall } from "../request-log/call.ts";
import { replayInquiry } from "../scoring/replay.ts";
import { CardError } from "../scoring/cards.ts";
import type { Queryable } from "../store/store.ts";
import * as field from "./fields.ts";

/** What a call came to in the books: the line of the ledger, the batch, how the score came about. */
export const callBusiness = field.object({
  ledgerLine: field.nullable(
    field.object({
      bizNo: Type.String(),
      transactionId: Type.String(),
      productCode: Type.String(),
      acceptedAt: field.instant,
      state: Type.Enum(["answered", "closed"]),
      billedFen: Type.Integer(),
      unbilledBecause: field.nullable(Type.Enum(["na", "free", "closed"])),
      cardVersion: field.nullable(Type.String()),
    }),
  ),
  batch: field.nullable(
    field.object({
      batchId: Type.String(),
      state: Type.String(),
      records: Type.Integer(),
      recordsNew: Type.Integer(),
      recordsChanged: Type.Integer(),
      recordsSame: Type.Integer(),
      recordsBad: Type.Integer(),
    }),
  ),
  score: field.nullable(
    Type.Unknown({ description: "in the sandbox: how the score came about, as POST /api/scores/replay tells it" }),
  ),
});

/** `withScore` only where whoever asks may know how a score came about. */
export async function readBusiness(store: Queryable, call: LoggedCall, withScore: boolean) {
  const { merchantId, transactionId, bizNo, batchId } = call;
  const line =
    merchantId === undefined || transactionId === undefined
      ? undefined
      : await findLedgerLine(store, merchantId, transactionId);
  const batch =
    merchantId === undefined || batchId === undefined ? undefined : await findBatch(store, merchantId, batchId);
  return {
    ledgerLine: line === undefined ? null : { ...line, acceptedAt: instantToText(line.acceptedAt) },
    batch: batch === undefined ? null : summaryOf(batch.summary),
    score: withScore && bizNo !== undefined && line !== undefined ? await scoreOf(store, bizNo) : null,
  };
}

function summaryOf(summary: NonNullable<Awaited<ReturnType<typeof findBatch>>>["summary"]) {
  const { batchId, state, records, recordsNew, recordsChanged, recordsSame, recordsBad } = summary;
  return { batchId, state, records, recordsNew, recordsChanged, recordsSame, recordsBad };
}

/** The person may have been erased since, or the features deleted: then there is nothing to tell. */
async function scoreOf(store: Queryable, bizNo: string): Promise<unknown> {
  try {
    return (await replayInquiry(store, bizNo)).replay;
  } catch (error) {
    if (error instanceof CardError) return null;
    throw error;
  }
}

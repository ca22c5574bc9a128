import { randomUUID } from "node:crypto";
import { type Clock, type Instant, instantToText } from "../clock.ts";
import type { Config } from "../config.ts";
import { sha256Of } from "../keys/aside-file.ts";
import type { Vault } from "../keys/vault.ts";
import type { App } from "../merchants/app.ts";
import type { Charset } from "../protocol/charset.ts";
import type { FileContent } from "../protocol/method-spec.ts";
import { deadlockDetected, failedWith, serializationFailure, uniqueViolation } from "../store/sql-state.ts";
import type { Store } from "../store/store.ts";
import { type Batch, type BatchReport, type MergeCounts, recordBatch } from "./batches/batches.ts";
import { refusalOf, refusalOfRecords } from "./file-refusals.ts";
import { fileKeyOf, isLastFile, noteLastFile } from "./storing/last-file.ts";
import { type FeedbackRefusal, type FeedbackUpload, layoutOf, type FileRefusal } from "./layout.ts";
import { dropStaged, findForbidden, mergeStaged } from "./storing/merge.ts";
import type { FeedbackReaders } from "./reading/readers.ts";
import type { FileLayout, RecordFault } from "./reading/record.ts";
import type { RunInTurn } from "./batches/turns.ts";
import { forgetExpired, keepRefused, type RefusedRow } from "./batches/refused-rows.ts";
import { keptFaults, type StagedFile, type StagingTask } from "./reading/staging.ts";
import { openStaging, takePortions } from "./storing/take-portions.ts";
import { findTemplate } from "./templates/template-store.ts";

export type { FeedbackUpload } from "./layout.ts";

/** What became of the file; `batchId` finds its report either way. */
export type FeedbackOutcome =
  | { readonly batchId: string; readonly counts: MergeCounts }
  | { readonly batchId: string; readonly refusal: FeedbackRefusal; readonly detail: string };

/** The parts that feedback works with. */
export interface FeedbackDesk {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly config: Pick<Config, "mode" | "refusedDays">;
  readonly feedbackReaders: FeedbackReaders;
  /** A merchant's file waits here until those that came before it are taken in. */
  readonly feedbackTurns: RunInTurn;
}

/** Whose records these are, and through which app they come. */
export interface FeedbackSender {
  readonly app: App;
  readonly merchantId: string;
}

const noCounts: MergeCounts = { newRecords: 0, changedRecords: 0, sameRecords: 0 };
/** Of a file that is refused whole so many records are kept at most, to be mended and sent again. */
const keptRows = 10_000;
/** Two batches that lock each other are ended by the database; one of them starts anew. */
const attemptsLimit = 3;
const lockedEachOther = [deadlockDetected, serializationFailure];

/**
 * Stores a feedback file, whole or not at all unless the app accepts the valid part. Returns after the commit. A dry
 * run says the same of the file and stores nothing but the report.
 */
export async function receiveFeedback(
  desk: FeedbackDesk,
  { app, merchantId }: FeedbackSender,
  upload: FeedbackUpload,
  options: { dryRun?: boolean } = {},
): Promise<FeedbackOutcome> {
  const now = desk.clock.now();
  const template = await findTemplate(desk.store, app.template);
  if (template === undefined)
    throw new Error(`the app ${app.appId} has the template ${app.template}, which does not exist`);
  const batch: Batch = { batchId: randomUUID(), merchantId, template: template.name };
  const report = {
    batch,
    appId: app.appId,
    fileName: upload.file.filename,
    fileBytes: upload.file.content.length,
    fileSha256: sha256Of(upload.file.content),
    fileDescription: upload.fileDescription,
    columns: upload.columns,
    receivedAt: instantToText(now),
  };
  const judged = layoutOf(upload, template, { now, testPeople: desk.config.mode === "sandbox" });
  if ("refusal" in judged) {
    await recordBatch(desk.store, desk.clock, { ...report, ...emptyReport(judged) });
    return { batchId: batch.batchId, ...judged };
  }
  const intake: Intake = {
    ...judged,
    batch,
    report,
    file: upload.file.content,
    receivedAt: now,
    records: Number(upload.records),
    wholeFile: app.feedbackPolicy === "whole_file",
    dryRun: options.dryRun ?? false,
  };
  return desk.feedbackTurns(merchantId, () => takeIn(desk, intake, { attempt: 1, mayCopy: intake.wholeFile }));
}

interface Intake {
  readonly layout: FileLayout;
  readonly charset: Charset;
  readonly batch: Batch;
  readonly report: Omit<BatchReport, "state" | "records" | "counts" | "badRecords" | "refusedWith" | "faults">;
  readonly file: FileContent;
  readonly receivedAt: Instant;
  readonly records: number;
  readonly wholeFile: boolean;
  readonly dryRun: boolean;
}

/** Ends a transaction that has come to a verdict and is not to be committed. */
class NotCommitted extends Error {
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    super("not committed");
    this.verdict = verdict;
  }
}

interface Verdict {
  readonly staged: StagedFile;
  readonly faults: readonly RecordFault[];
  readonly badRecords: number;
  readonly counts: MergeCounts;
  readonly refused: FileRefusal | undefined;
}

interface Attempt {
  readonly attempt: number;
  /**
   * Whether records of orders that are new may go to their table at once. They may not where an app accepts the valid part
   * of a file, as some of them may have to be left out.
   */
  readonly mayCopy: boolean;
}

async function takeIn(desk: FeedbackDesk, intake: Intake, { attempt, mayCopy }: Attempt): Promise<FeedbackOutcome> {
  const { batch, layout } = intake;
  let verdict: Verdict;
  try {
    verdict = await desk.store.transaction(async (transaction) => {
      await openStaging(transaction, batch.merchantId);
      const fileKey = fileKeyOf(intake.report.fileSha256, intake.charset, intake.records, layout);
      if (await isLastFile(transaction, batch.merchantId, fileKey, intake.receivedAt))
        return sameAgain(desk, transaction, intake);
      const mayCorrect = layout.columns.some(({ role }) => role === "rectify_flag");
      const reading = await desk.feedbackReaders.read(taskOf(intake));
      const taken = await takePortions(transaction, reading.portions, {
        merchantId: batch.merchantId,
        mayCopy,
        mayCorrect,
      }).finally(() => reading.giveUp());
      const staged = await reading.finished();
      const found: Verdict = {
        staged,
        faults: staged.faults,
        badRecords: staged.badRecords,
        counts: noCounts,
        refused: refusalOf(intake, staged),
      };
      if (found.refused !== undefined) throw new NotCommitted(found);

      const merge = {
        merchantId: batch.merchantId,
        batchId: batch.batchId,
        template: intake.layout.template,
        now: instantToText(intake.receivedAt),
      };
      const forbidden = await findForbidden(transaction, merge, taken, staged);
      const faults = [...staged.faults, ...forbidden].toSorted((left, right) => left.record - right.record);
      const badRecords = staged.badRecords + new Set(forbidden.map(({ record }) => record)).size;
      const nothingValid = badRecords === staged.count;
      if (forbidden.length > 0 && (intake.wholeFile || nothingValid)) {
        throw new NotCommitted({ ...found, faults, badRecords, refused: refusalOfRecords(faults, badRecords) });
      }
      const dropped =
        forbidden.length === 0 ? 0 : await dropStaged(transaction, [...new Set(forbidden.map(({ record }) => record))]);
      const counts = await mergeStaged(transaction, merge, taken, { ...staged, dropped });
      const merged = { ...found, faults, badRecords, counts };
      if (intake.dryRun) throw new NotCommitted(merged);
      // A file of which records were left out, or that corrected some, may have another outcome the next time.
      await noteLastFile(
        transaction,
        batch.merchantId,
        badRecords > 0 || staged.rectifies ? undefined : fileKey,
        intake.receivedAt,
      );
      await keep(desk, transaction, intake, merged);
      return merged;
    });
  } catch (error) {
    const next = nextAttempt(error, mayCopy);
    if (next !== undefined && attempt < attemptsLimit) return takeIn(desk, intake, { attempt: attempt + 1, ...next });
    if (!(error instanceof NotCommitted)) throw error;
    verdict = error.verdict;
    await desk.store.transaction((transaction) => keep(desk, transaction, intake, error.verdict));
  }
  const { refused: why, counts } = verdict;
  return why === undefined ? { batchId: batch.batchId, counts } : { batchId: batch.batchId, ...why };
}

/** The verdict on a file that is the merchant's last one again: each of its records is stored as the file has it. */
async function sameAgain(
  desk: FeedbackDesk,
  transaction: Parameters<typeof recordBatch>[0],
  intake: Intake,
): Promise<Verdict> {
  const { records } = intake;
  const staged = {
    count: records,
    badRecords: 0,
    faults: [],
    fileFault: undefined,
    repeated: 0,
    rectifies: false,
    ends: false,
    quoted: [],
  };
  const verdict = {
    staged,
    faults: [],
    badRecords: 0,
    counts: { ...noCounts, sameRecords: records },
    refused: undefined,
  };
  await keep(desk, transaction, intake, verdict);
  return verdict;
}

/** How the same file may succeed when it is taken in once more; undefined where it would fail again. */
function nextAttempt(error: unknown, mayCopy: boolean): Pick<Attempt, "mayCopy"> | undefined {
  if (failedWith(error, ...lockedEachOther)) return { mayCopy };
  // Primary keys of different columns may give two records one id. A merge can tell, a copy cannot.
  return mayCopy && failedWith(error, uniqueViolation) ? { mayCopy: false } : undefined;
}

/** Keeps the report and the records to be mended, in the transaction that stores the good ones where there are any. */
async function keep(
  desk: FeedbackDesk,
  transaction: Parameters<typeof recordBatch>[0],
  intake: Intake,
  verdict: Verdict,
): Promise<void> {
  const now = desk.clock.now();
  await recordBatch(transaction, desk.clock, {
    ...intake.report,
    state: verdict.refused !== undefined ? "refused" : intake.dryRun ? "checked" : "merged",
    records: verdict.staged.count,
    counts: verdict.counts,
    badRecords: verdict.badRecords,
    refusedWith: verdict.refused?.refusal,
    faults: verdict.faults.slice(0, keptFaults),
  });
  await forgetExpired(transaction, now);
  if (verdict.faults.length === 0) return;
  const rows = await quoteRows(desk, intake, recordsToMend(verdict));
  await keepRefused(transaction, desk.vault, intake.batch, rows, { days: desk.config.refusedDays, now });
}

/**
 * The records that have to be sent again, by their numbers: the bad ones, and of a file that was refused for them the good
 * ones too, since none of it was stored. They are the bad ones alone where a file has more records than are kept, and none
 * where it could not be read to its end: of either the file that was sent has to be mended.
 */
function recordsToMend({ staged, faults, refused }: Verdict): number[] {
  if (staged.fileFault !== undefined) return [];
  if (refused !== undefined && staged.count <= keptRows)
    return Array.from({ length: staged.count }, (_, index) => index + 1);
  return [...new Set(faults.slice(0, keptFaults).map(({ record }) => record))];
}

/** The records as they were sent, read a second time: while all was well, nobody needed them. */
async function quoteRows(
  desk: FeedbackDesk,
  intake: Intake,
  numbers: readonly number[],
): Promise<readonly RefusedRow[]> {
  const reading = await desk.feedbackReaders.read({ ...taskOf(intake), quote: numbers });
  return (await reading.finished()).quoted;
}

function taskOf({ batch, file, charset, layout, wholeFile, receivedAt }: Intake): Omit<StagingTask, "portion"> {
  const constants = {
    merchantId: batch.merchantId,
    template: batch.template,
    batchId: batch.batchId,
    fedBackAt: receivedAt,
  };
  return { file, charset, layout, wholeFile, constants };
}

function emptyReport(
  why: FileRefusal,
): Pick<BatchReport, "state" | "records" | "counts" | "badRecords" | "refusedWith" | "faults"> {
  return { state: "refused", records: 0, badRecords: 0, counts: noCounts, refusedWith: why.refusal, faults: [] };
}

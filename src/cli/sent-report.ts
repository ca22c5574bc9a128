import type { ConsoleApi } from "./access/ask.ts";
import { askMerchantApi, type MerchantAccess } from "./access/merchant-access.ts";
import { CommandError } from "./command-error.ts";
import type { PartAnswer } from "./commands/send-feedback.ts";

type Batch = ConsoleApi["GET /api/feedback/batches/:batchId"]["reply"];
type BatchFault = Batch["errors"][number];

/** What became of records, in numbers. In a dry run: what would have become of them. */
export interface RecordCounts {
  readonly records: number;
  readonly stored: number;
  readonly changed: number;
  readonly same: number;
  readonly refused: number;
}

/** What became of one part of a file. */
export interface PartReport {
  readonly answer: PartAnswer;
  /** Undefined where the part was accepted and its batch could not be asked. */
  readonly counts: RecordCounts | undefined;
  /** How many records have something wrong; a file refused whole refuses the others with them. */
  readonly bad: number;
  /** Whether nothing was to be stored. */
  readonly judgedOnly: boolean;
  /** What is wrong, with the record's number in the whole file. */
  readonly faults: readonly BatchFault[];
}

/** So many faults of a part are printed; the file of its refused records has all. */
const faultsPrinted = 20;

/** Asks for the part's batch, which tells what became of each record. `firstRecord` is its first record's number in the file. */
export async function reportPart(
  access: MerchantAccess,
  answer: PartAnswer,
  part: { readonly records: number; readonly firstRecord: number; readonly judgedOnly: boolean },
): Promise<PartReport> {
  const batch = answer.batchId === undefined ? undefined : await askBatch(access, answer.batchId);
  return {
    answer,
    counts: countsOf(answer, part.records, batch),
    bad: batch?.recordsBad ?? 0,
    judgedOnly: part.judgedOnly,
    faults: (batch?.errors ?? []).map((fault) => ({ ...fault, record: fault.record + part.firstRecord - 1 })),
  };
}

/** Undefined where nobody answers, or not this: the part was sent all the same, and the next ones are to be. */
async function askBatch(access: MerchantAccess, batchId: string): Promise<Batch | undefined> {
  try {
    const reply = await askMerchantApi(access, `/api/feedback/batches/${encodeURIComponent(batchId)}`, {});
    return (await reply.json()) as Batch; // The route's own contract.
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

function countsOf(
  answer: PartAnswer,
  sent: number,
  batch: Omit<Batch, "errors"> | undefined,
): RecordCounts | undefined {
  if (answer.code !== "10000") {
    const records = Math.max(sent, batch?.records ?? 0);
    return { records, stored: 0, changed: 0, same: 0, refused: records };
  }
  if (batch === undefined) return undefined;
  const { records, recordsNew: stored, recordsChanged: changed, recordsSame: same, recordsBad: refused } = batch;
  return { records, stored, changed, same, refused };
}

/** Lines for a person: the numbers, and what is wrong in which record. */
export function describePart(report: PartReport, index: number, parts: number): string {
  const { answer, counts, bad, faults, judgedOnly } = report;
  const which = parts === 1 ? "" : `part ${index + 1} of ${parts}, `;
  const batch = answer.batchId === undefined ? "" : `  batch ${answer.batchId}`;
  // That of a bad record names the first faults, which follow anyway.
  const message = answer.sub_code === "INVALID_PARAMETER" && faults.length > 0 ? "" : `: ${answer.sub_msg ?? ""}`;
  const why = answer.code === "10000" ? "" : `  ${answer.sub_code ?? answer.code}${message}`;
  const numbers =
    counts === undefined ? "what became of the records could not be asked" : describeCounts(counts, judgedOnly);
  const lines = [`${outcomeOf(report).padEnd(8)}  ${which}${numbers}${why}${batch}`];
  for (const { record, column, value, reason } of faults.slice(0, faultsPrinted))
    lines.push(`  record ${record}: ${column}${value === "" ? "" : ` (${value})`} ${reason}`);
  if (answer.code !== "10000" && counts !== undefined && bad > 0 && bad < counts.records)
    lines.push(`  the other ${counts.records - bad} were refused with them: nothing of it is stored`);
  if (faults.length > faultsPrinted)
    lines.push(`  and ${faults.length - faultsPrinted} more faults: kaimen feedback errors ${answer.batchId ?? ""}`);
  return `${lines.join("\n")}\n`;
}

function outcomeOf({ answer, counts, judgedOnly }: PartReport): string {
  if (answer.code !== "10000") return "refused";
  if (judgedOnly) return "judged";
  return counts !== undefined && counts.refused > 0 ? "partly" : "accepted";
}

/** With `judgedOnly` for a dry run, which stores nothing. */
export function describeCounts(counts: RecordCounts, judgedOnly: boolean): string {
  const { records, stored, changed, same, refused } = counts;
  const [store, change] = judgedOnly ? ["to store", "to change"] : ["stored", "changed"];
  return `${records} records: ${stored} ${store}, ${changed} ${change}, ${same} same, ${refused} refused`;
}

/** Of all parts whose counts are known. */
export function totalOf(reports: readonly PartReport[]): RecordCounts {
  const sum = (name: keyof RecordCounts): number =>
    reports.reduce((total, { counts }) => total + (counts?.[name] ?? 0), 0);
  return {
    records: sum("records"),
    stored: sum("stored"),
    changed: sum("changed"),
    same: sum("same"),
    refused: sum("refused"),
  };
}

/** What a program reads of a file that was sent. */
export function reportJson(reports: readonly PartReport[]): object {
  return {
    ...totalOf(reports),
    parts: reports.map(({ answer: { batchId, code, sub_code: subCode, sub_msg: subMsg }, counts, faults }) => ({
      batchId: batchId ?? null,
      code,
      ...(subCode === undefined ? {} : { subCode, subMsg }),
      // Null where it could not be asked.
      counts: counts ?? null,
      errors: faults,
    })),
  };
}

/** Why the command fails, with what to do, or undefined when every record was taken. */
export function complaintOf(reports: readonly PartReport[]): string | undefined {
  const refused = reports.filter(({ answer, counts }) => answer.code !== "10000" || (counts?.refused ?? 0) > 0);
  const unknown = reports.filter(({ counts }) => counts === undefined);
  const sentences = [];
  if (refused.length > 0) {
    const { records, refused: many } = totalOf(reports);
    sentences.push(
      records === 0 ? "the file was refused" : `${many} of ${records} records were refused`,
      remedyOf(refused),
    );
  }
  if (unknown.length > 0) {
    const batches = unknown.map(({ answer }) => `kaimen feedback status ${answer.batchId ?? ""}`.trim());
    sentences.push(`what became of the records was not told: ask again by ${batches.join(", ")}`);
  }
  return sentences.length === 0 ? undefined : sentences.join("; ");
}

function remedyOf(refused: readonly PartReport[]): string {
  const [first] = refused;
  if (!refused.some(({ faults }) => faults.length > 0)) return "mend the file and send it again";
  const batch = refused.length === 1 ? first?.answer.batchId : "BATCH";
  const each = refused.length === 1 ? "" : "for each batch with refused records, ";
  return `${each}kaimen feedback errors ${batch ?? "BATCH"} --out mend.csv, mend it, kaimen feedback send mend.csv`;
}

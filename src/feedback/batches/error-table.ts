import type { RecordFault } from "../reading/record.ts";
import type { Table } from "../templates/table-files.ts";
import type { BatchSummary } from "./batches.ts";
import type { RefusedRow } from "./refused-rows.ts";

/** What was not stored of a batch. */
export interface NotStored {
  readonly summary: Pick<BatchSummary, "state" | "records" | "recordsBad">;
  /** In the order of the records. */
  readonly faults: readonly RecordFault[];
  /** Undefined where none are kept, or no longer. */
  readonly rows: readonly RefusedRow[] | undefined;
}

/**
 * The records of a batch that were not stored, with what is wrong in each: mended and sent again it stores exactly the
 * rest. A record without errors is a good one of a file that was refused for others. Where records are missing from the
 * table its first row says so, with nothing but that in it: whoever converts the table leaves that row out.
 */
export function errorTable(columns: readonly string[], { summary, faults, rows }: NotStored): Table {
  const reasons = new Map<number, string[]>();
  for (const { record, column, reason } of faults) {
    const known = reasons.get(record);
    if (known === undefined) reasons.set(record, [`${column} ${reason}`]);
    else known.push(`${column} ${reason}`);
  }
  const missing = missingRows({ summary, faults, rows });
  const note = `另有${missing}条记录同样没有入库，不在本表中：请修改并重新发送原文件`;
  const records = rows ?? [...reasons.keys()].map((record): RefusedRow => ({ record, values: {} }));
  return {
    header: [...columns, "_record", "_errors"],
    rows: [
      ...(missing > 0 ? [[...columns.map(() => ""), "", note]] : []),
      ...records.map(({ record, values }) => [
        ...columns.map((column) => values[column] ?? ""),
        String(record),
        reasons.get(record)?.join("；") ?? "",
      ]),
    ],
  };
}

/** How many records were not stored either and are not among the rows. */
export function missingRows({ summary, rows }: NotStored): number {
  const notStored = summary.state === "refused" ? summary.records : summary.recordsBad;
  return Math.max(0, notStored - (rows?.length ?? 0));
}

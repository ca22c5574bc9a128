import { Type } from "typebox";
import type { Clock } from "../../clock.ts";
import { batchStates, findBatch, listBatches } from "../../feedback/batches/batches.ts";
import { errorTable, missingRows } from "../../feedback/batches/error-table.ts";
import { readRefused } from "../../feedback/batches/refused-rows.ts";
import { splitNames } from "../../feedback/layout.ts";
import { csvOf, tableWorkbook } from "../../feedback/templates/table-files.ts";
import type { Queryable } from "../../store/store.ts";
import { merchantAskedAbout } from "../caller.ts";
import { attachTo, workbookType } from "../downloads.ts";
import * as field from "../fields.ts";
import { Problem } from "../problem.ts";
import { defineRoute, merchantsAnd } from "../route.ts";

const summary = {
  batchId: Type.String(),
  appId: field.appId,
  state: Type.Enum([...batchStates], { description: "merged: stored; refused: nothing was; checked: a dry run" }),
  template: Type.String(),
  fileName: field.nullable(Type.String()),
  fileDescription: field.nullable(Type.String()),
  fileSha256: Type.String(),
  fileBytes: Type.Integer(),
  records: Type.Integer(),
  recordsNew: Type.Integer(),
  recordsChanged: Type.Integer(),
  recordsSame: Type.Integer(),
  recordsBad: Type.Integer(),
  refusedWith: field.nullable(Type.String({ description: "the sub_code" })),
  receivedAt: field.instant,
  durationMs: Type.Integer(),
};
const errors = Type.Immutable(
  Type.Array(
    field.object({
      record: Type.Integer({ description: "from 1" }),
      column: Type.String(),
      value: Type.String({ description: "masked where it is personal" }),
      reason: Type.String(),
    }),
  ),
);

const batchId = field.text(64, "a batch's id");
const merchantId = Type.Optional(field.merchantId);

async function batchOf(store: Queryable, ownerId: string, id: string) {
  const found = await findBatch(store, ownerId, id);
  if (found === undefined) throw new Problem("not-found", "no such batch");
  return found;
}

export const listBatchesRoute = defineRoute(
  {
    method: "GET",
    path: "/api/feedback/batches",
    title: { en: "List a merchant's feedback batches", zh: "反馈批次列表" },
    doc: "The newest first. Operators name the merchant.",
    who: merchantsAnd("feedback:read"),
    query: field.object({
      merchantId,
      state: Type.Optional(Type.Enum([...batchStates], { description: `one of ${batchStates.join(", ")}` })),
      ...field.paging,
    }),
    reply: field.object({ batches: Type.Array(field.object(summary)), next: field.next }),
  },
  async ({ query: { after, state, limit = field.usualPage, ...query }, caller }, { store }) => {
    const askedAbout = merchantAskedAbout(caller, query.merchantId);
    const found = await listBatches(store, askedAbout, { after, state, limit: limit + 1 });
    const { rows, ...rest } = field.pageOf(found, limit, (each) => each.batchId);
    return { batches: rows, ...rest };
  },
);

export const showBatchRoute = defineRoute(
  {
    method: "GET",
    path: "/api/feedback/batches/:batchId",
    title: { en: "Show a batch with what is wrong in it", zh: "反馈批次详情" },
    doc: "Another merchant's batch is told as one that does not exist.",
    who: merchantsAnd("feedback:read"),
    params: field.object({ batchId }),
    query: field.object({ merchantId }),
    reply: field.object({ ...summary, errors }),
    errors: ["not-found"],
  },
  async ({ params, query, caller }, { store }) => {
    const batch = await batchOf(store, merchantAskedAbout(caller, query.merchantId), params.batchId);
    return { ...batch.summary, errors: batch.faults };
  },
);

export const refusedRowsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/feedback/batches/:batchId/errors",
    title: { en: "Read a batch's refused records as they were sent", zh: "下载批次错误记录" },
    doc: "With what is wrong in each, to be mended and sent again; JSON, or a file. Of a file that was refused whole they are all of its records, up to 10,000, so that sending them again stores the rest. A merchant reads its own. An operator reads somebody's personal data and says what for.",
    who: merchantsAnd("feedback:read"),
    params: field.object({ batchId }),
    query: field.object({
      merchantId,
      format: Type.Optional(
        Type.Enum(["csv", "json", "xlsx"], { description: "csv, json or xlsx; json when left out" }),
      ),
      purpose: Type.Optional(field.purpose),
    }),
    reply: Type.Union([
      field.object({
        batchId: Type.String(),
        rowsKept: Type.Boolean({ description: "whether they are still there: they are kept for some days" }),
        rowsMissing: Type.Integer({ description: "so many more were not stored and are not among rows" }),
        errors,
        rows: Type.Array(
          field.object({ record: Type.Integer(), values: Type.Readonly(Type.Record(Type.String(), Type.String())) }),
        ),
      }),
      Type.Unsafe<string | Buffer>({ type: "string", contentMediaType: "text/csv", description: "or a workbook" }),
    ]),
    errors: ["not-found", "purpose-needed"],
    action: "feedback.refused-rows",
  },
  async ({ params, query: { format = "json", purpose, ...query }, caller, note, reply }, platform) => {
    const askedAbout = merchantAskedAbout(caller, query.merchantId);
    if (caller.ownMerchantId === undefined && purpose === undefined)
      throw new Problem("purpose-needed", "the refused records name people: add purpose, what they are read for");
    note({ merchantId: askedAbout, ...(purpose === undefined ? {} : { purpose }), details: { format } });
    const { columns, ...batch } = await readErrors(platform, askedAbout, params.batchId);
    const { faults, rows } = batch;
    if (format === "json") {
      return {
        batchId: params.batchId,
        rowsKept: rows !== undefined,
        rowsMissing: missingRows(batch),
        errors: faults,
        rows: rows ?? [],
      };
    }
    const table = errorTable(splitNames(columns), batch);
    if (format === "csv") {
      attachTo(reply, `${batch.summary.batchId}.csv`, "text/csv; charset=utf-8");
      return csvOf(table);
    }
    attachTo(reply, `${batch.summary.batchId}.xlsx`, workbookType);
    return tableWorkbook(table);
  },
);

async function readErrors(
  { store, vault, clock }: { store: Queryable; vault: Parameters<typeof readRefused>[1]; clock: Clock },
  ownerId: string,
  id: string,
) {
  const batch = await batchOf(store, ownerId, id);
  return { ...batch, rows: await readRefused(store, vault, { merchantId: ownerId, batchId: id }, clock.now()) };
}

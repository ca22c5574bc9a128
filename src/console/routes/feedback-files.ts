import { Type } from "typebox";
import { receiveFeedback } from "../../feedback/receive.ts";
import type { Platform } from "../../platform.ts";
import { type Caller, merchantAskedAbout } from "../caller.ts";
import * as field from "../fields.ts";
import { Problem } from "../problem.ts";
import { defineRoute } from "../route.ts";

/** More records than these are sent over the gateway, in parts: `kaimen feedback send`. */
const recordsLimit = 20_000;
const columnsLimit = 100;
const tableBytes = 16_777_216;

const cell = Type.String({ maxLength: 4_000 });

export const sendFeedbackRoute = defineRoute(
  {
    method: "POST",
    path: "/api/feedback/files",
    title: { en: "Feed back a table of records for one's merchant", zh: "上传反馈数据" },
    doc: "What the gateway's zhima.data.batch.feedback does with a file, for whoever has none of its clients at hand: judged by the app's template, stored whole or not at all unless the app accepts the valid part. A batch either way; `dryRun` stores nothing else.",
    who: { staff: true },
    body: field.object({
      appId: field.appId,
      fileName: field.text(64, "1 to 64 characters: the batch's"),
      description: Type.Optional(field.text(100, "1 to 100 characters, kept with the batch")),
      columns: Type.Array(field.text(64, "a column of the template"), {
        minItems: 1,
        maxItems: columnsLimit,
        uniqueItems: true,
        description: `names of columns of the template, ${columnsLimit} at most`,
      }),
      primaryKey: Type.Array(field.text(64, "a column"), {
        minItems: 1,
        maxItems: 10,
        description: "names of the columns that tell records apart; the order's number is among them",
      }),
      records: Type.Array(Type.Array(cell, { maxItems: columnsLimit }), {
        minItems: 1,
        maxItems: recordsLimit,
        description: `lists of texts in the order of columns, ${recordsLimit} at most`,
      }),
      dryRun: Type.Optional(field.flag("judge them and store nothing but the batch's report")),
    }),
    reply: field.object({
      batchId: Type.String(),
      refusedWith: field.nullable(Type.String({ description: "the sub_code" })),
      detail: field.nullable(Type.String({ description: "what was wrong first; the batch tells all" })),
    }),
    errors: ["not-found", "refused"],
    action: "feedback.send",
    bodyLimitBytes: tableBytes,
    requestsPerMinute: 60,
  },
  async ({ body, caller, note }, platform) => {
    const { appId, columns, records, dryRun = false } = body;
    const merchantId = merchantAskedAbout(caller, undefined);
    note({ merchantId, details: { appId, records: records.length, dryRun } });
    const app = await ownApp(platform, caller, appId);
    const wide = records.findIndex((cells) => cells.length !== columns.length);
    if (wide !== -1)
      throw new Problem(
        "refused",
        `record ${wide + 1} has ${records[wide]?.length} cells, and columns ${columns.length}`,
      );
    const content = JSON.stringify({
      records: records.map((cells) => Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? ""]))),
    });
    const upload = {
      fileCharset: "UTF-8",
      columns: columns.join(","),
      // What the gateway takes is named so; what the table was read from is part of it.
      file: { filename: `${body.fileName}.json`, content: Buffer.from(content) },
      records: String(records.length),
      primaryKeyColumns: body.primaryKey.join(","),
      fileDescription: body.description,
    };
    const outcome = await receiveFeedback(platform, { app, merchantId }, upload, { dryRun });
    if ("refusal" in outcome) return { batchId: outcome.batchId, refusedWith: outcome.refusal, detail: outcome.detail };
    await platform.rescorer.runWithin(platform.config.scoreWaitMs);
    return { batchId: outcome.batchId, refusedWith: null, detail: null };
  },
);

async function ownApp({ apps }: Platform, { ownMerchantId }: Caller, appId: string) {
  const app = await apps.find(appId);
  if (app === undefined || app.merchantId !== ownMerchantId) throw new Problem("not-found", `no app ${appId}`);
  if (app.suspended || app.merchantSuspended) throw new Problem("refused", `the app ${appId} is suspended`);
  return app;
}

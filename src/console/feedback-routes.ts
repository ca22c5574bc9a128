import type { FastifyInstance, FastifyReply } from "fastify";
import { findBatch, listBatches } from "../feedback/batches/batches.ts";
import { errorTable } from "../feedback/batches/error-table.ts";
import { splitNames } from "../feedback/layout.ts";
import { readRefused } from "../feedback/batches/refused-rows.ts";
import { csvOf, tableWorkbook, templateWorkbook } from "../feedback/templates/table-files.ts";
import { addTemplate, assignTemplate, findTemplate, listTemplates } from "../feedback/templates/template-store.ts";
import { TemplateError } from "../feedback/templates/template-form.ts";
import type { Platform } from "../platform.ts";
import { callingMerchant, merchantsToo, operatorsOnly } from "./guard.ts";
import { refuse } from "../http/refuse.ts";

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const templateBodyBytes = 1_048_576;
const defaultListed = 20;
/** Anybody may have one, and each is made anew. */
const templateLimit = { config: { rateLimit: { max: 120, timeWindow: 60_000 } } };

/** Feedback, for merchants: what became of their batches. And its templates, for operators. */
export function registerFeedbackApi(server: FastifyInstance, platform: Platform): void {
  const { store, clock, vault } = platform;

  server.get<{ Querystring: { limit?: string } }>("/api/feedback/batches", merchantsToo, async (request, reply) => {
    const limit = Number(request.query.limit ?? defaultListed);
    if (!Number.isInteger(limit) || limit < 1) return refuse(reply, "limit is a whole number from 1");
    return { batches: await listBatches(store, callingMerchant(request), limit) };
  });

  server.get<{ Params: { id: string } }>("/api/feedback/batches/:id", merchantsToo, async (request, reply) => {
    const batch = await findBatch(store, callingMerchant(request), request.params.id);
    return batch === undefined ? refuse(reply, "no such batch", 404) : { ...batch.summary, errors: batch.faults };
  });

  server.get<{ Params: { id: string }; Querystring: { format?: string } }>(
    "/api/feedback/batches/:id/errors",
    merchantsToo,
    async (request, reply) => {
      const merchantId = callingMerchant(request);
      const { id } = request.params;
      const batch = await findBatch(store, merchantId, id);
      if (batch === undefined) return refuse(reply, "no such batch", 404);
      const rows = await readRefused(store, vault, { merchantId, batchId: id }, clock.now());
      const format = request.query.format ?? "json";
      if (format === "json")
        return { batch_id: id, rows_kept: rows !== undefined, errors: batch.faults, rows: rows ?? [] };
      const table = errorTable(splitNames(batch.columns), batch.faults, rows);
      if (format === "csv") return attach(reply, `${id}.csv`, "text/csv; charset=utf-8").send(csvOf(table));
      if (format === "xlsx") return attach(reply, `${id}.xlsx`, workbookType).send(await tableWorkbook(table));
      return refuse(reply, "format is csv, json or xlsx");
    },
  );

  // What the feedback_url of zhima.data.feedbackurl.query leads to; a template is nobody's secret.
  server.get<{ Params: { file: string } }>("/templates/:file", templateLimit, async (request, reply) => {
    const [, name, version] = /^([a-z][a-z0-9_]{0,63})-v(\d{1,6})\.xlsx$/.exec(request.params.file) ?? [];
    const template = name === undefined ? undefined : await findTemplate(store, `${name}@${version ?? ""}`);
    if (template === undefined) return refuse(reply, "no such template", 404);
    return attach(reply, request.params.file, workbookType).send(await templateWorkbook(template));
  });

  server.get("/api/templates", operatorsOnly(), async () => ({ templates: await listTemplates(store) }));

  server.post("/api/templates", { ...operatorsOnly(), bodyLimit: templateBodyBytes }, async (request, reply) => {
    try {
      return await reply.code(201).send(await addTemplate(store, request.body, clock.now()));
    } catch (error) {
      if (error instanceof TemplateError) return refuse(reply, error.message);
      throw error;
    }
  });

  server.post<{ Body: { app_id?: unknown; template?: unknown } | null }>(
    "/api/templates/assign",
    operatorsOnly(),
    async (request, reply) => {
      const { app_id: appId, template } = request.body ?? {};
      if (typeof appId !== "string" || typeof template !== "string")
        return refuse(reply, "app_id and template are needed, as strings");
      if ((await findTemplate(store, template)) === undefined) return refuse(reply, `no template ${template}`);
      if (!(await assignTemplate(store, appId, template))) return refuse(reply, `no app ${appId}`);
      return { app_id: appId, template };
    },
  );
}

function attach(reply: FastifyReply, fileName: string, type: string): FastifyReply {
  return reply.type(type).header("content-disposition", `attachment; filename="${fileName}"`);
}

import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply } from "fastify";
import { templateWorkbook } from "../feedback/templates/table-files.ts";
import { findTemplate } from "../feedback/templates/template-store.ts";
import { refuse } from "../http/refuse.ts";
import { findStatement, statementCsv } from "../ledger/statement.ts";
import { billFileName, billArchive, issueBill } from "../ledger/bill.ts";
import { billOfUrl, billPath, isBillStopped } from "../ledger/bill-url.ts";
import { statementPath, statementUrlHolds } from "../ledger/statement-url.ts";
import type { Platform } from "../platform.ts";

export const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/** Anybody may have a template, and each workbook is made anew. */
const templateLimit = { config: { rateLimit: { max: 120, timeWindow: 60_000 } } };

/** Files that are no part of the API: who may have one is told by the address itself, or everybody may. */
export function registerDownloads(server: FastifyInstance, { store, clock, vault }: Platform): void {
  server.get<{ Params: { merchantId: string; file: string }; Querystring: Record<string, unknown> }>(
    `${statementPath}:merchantId/:file`,
    async (request, reply) => {
      const { merchantId, file } = request.params;
      const { expires, sign } = request.query;
      const day = file.replace(/\.csv$/, "");
      const known = typeof expires === "string" && typeof sign === "string";
      if (!known || !statementUrlHolds(vault, clock, { merchantId, day, expires, sign })) return noStatement(reply);
      const statement = await findStatement(store, merchantId, day);
      if (statement === undefined) return noStatement(reply);
      return attachTo(reply, `${merchantId}_${day}.csv`, "text/csv; charset=utf-8")
        .header("cache-control", "no-store")
        .header("repr-digest", `sha-256=:${Buffer.from(statement.csvSha256, "hex").toString("base64")}:`)
        .send(Readable.from(statementCsv(store, statement)));
    },
  );

  // What the bill_download_url of alipay.data.dataservice.bill.downloadurl.query leads to.
  server.get<{ Querystring: Record<string, unknown> }>(billPath, async (request, reply) => {
    const bill = billOfUrl(vault, clock, request.query);
    if (bill === undefined || (await isBillStopped(store, bill))) return noStatement(reply);
    const statements = await issueBill(store, clock, bill);
    return attachTo(reply, billFileName(bill), "application/zip")
      .header("cache-control", "no-store")
      .send(billArchive(store, bill, statements));
  });

  // What the feedback_url of zhima.data.feedbackurl.query leads to; a template is nobody's secret.
  server.get<{ Params: { file: string } }>("/templates/:file", templateLimit, async (request, reply) => {
    const [, name, version] = /^([a-z][a-z0-9_]{0,63})-v(\d{1,6})\.xlsx$/.exec(request.params.file) ?? [];
    const template = name === undefined ? undefined : await findTemplate(store, `${name}@${version ?? ""}`);
    if (template === undefined) return refuse(reply, "no such template", 404);
    return attachTo(reply, request.params.file, workbookType).send(await templateWorkbook(template));
  });
}

function noStatement(reply: FastifyReply): FastifyReply {
  return refuse(reply, "this address is none of ours or has expired; ask for a new one", 403);
}

export function attachTo(reply: FastifyReply, fileName: string, type: string): FastifyReply {
  return reply.type(type).header("content-disposition", `attachment; filename="${fileName}"`);
}

import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Clock } from "../clock.ts";
import type { Vault } from "../keys/vault.ts";
import { addAdjustment } from "../ledger/ledger.ts";
import { findStatement, issueStatement, statementCsv, StatementError } from "../ledger/statement.ts";
import { isStatementStopped, statementPath, statementUrl, statementUrlHolds } from "../ledger/statement-url.ts";
import { verifyLedger } from "../ledger/verify.ts";
import type { Store } from "../store/store.ts";
import { callingOperator, operatorsOnly } from "./guard.ts";
import { refuse } from "../http/refuse.ts";

export interface LedgerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly vault: Vault;
  readonly baseUrl: () => string;
  /** The merchant that is meant when none is named; undefined in production. */
  readonly sandboxMerchantId: string | undefined;
}

/** In fen: a correction larger than this is a mistake of the pen. */
const adjustmentLimitFen = 100_000_000;
const reasonLimit = 200;

/** Statements, corrections and the proof of the ledger, for the operator; and the addresses that merchants download from. */
export function registerLedgerApi(server: FastifyInstance, parts: LedgerParts): void {
  const { store, clock, vault } = parts;

  server.post("/api/statements", operatorsOnly(), async (request, reply) => {
    const merchantId = textOf(request, "merchant_id") ?? parts.sandboxMerchantId;
    const day = textOf(request, "day");
    if (merchantId === undefined || day === undefined)
      return refuse(reply, 'send {"merchant_id", "day": "yyyy-MM-dd"}');
    try {
      const statement = await issueStatement(store, clock, merchantId, day);
      return await reply.send({
        ...statement,
        url: statementUrl(vault, clock, parts.baseUrl(), { ...statement, appId: undefined }),
      });
    } catch (error) {
      if (error instanceof StatementError) return refuse(reply, error.message);
      throw error;
    }
  });

  server.post("/api/ledger/adjustments", operatorsOnly(), async (request, reply) => {
    const merchantId = textOf(request, "merchant_id") ?? parts.sandboxMerchantId;
    const [bizNo, reason] = [textOf(request, "biz_no"), textOf(request, "reason")];
    const amountFen = fieldOf(request, "amount_fen");
    const isAmount =
      typeof amountFen === "number" &&
      Number.isInteger(amountFen) &&
      amountFen !== 0 &&
      Math.abs(amountFen) <= adjustmentLimitFen;
    if (
      merchantId === undefined ||
      bizNo === undefined ||
      reason === undefined ||
      reason.length > reasonLimit ||
      !isAmount
    ) {
      return refuse(
        reply,
        `send {"merchant_id", "biz_no", "amount_fen": a whole number but 0, "reason": up to ${reasonLimit} characters}`,
      );
    }
    const adjustment = { merchantId, bizNo, amountFen, reason, madeBy: callingOperator(request) };
    const number = await addAdjustment(store, clock, adjustment);
    if (number === undefined) return refuse(reply, `the merchant ${merchantId} has no inquiry ${bizNo}`);
    return reply.code(201).send({ adjustment_no: number });
  });

  server.post("/api/ledger/verify", operatorsOnly(), async (_, reply) => {
    return reply.send(await verifyLedger(store));
  });

  server.get<{ Params: { merchantId: string; file: string }; Querystring: Record<string, unknown> }>(
    `${statementPath}:merchantId/:file`,
    async (request, reply) => {
      const { merchantId, file } = request.params;
      const { expires, sign, app_id: appId } = request.query;
      const day = file.replace(/\.csv$/, "");
      const known =
        typeof expires === "string" && typeof sign === "string" && (appId === undefined || typeof appId === "string");
      if (!known || !statementUrlHolds(vault, clock, { merchantId, day, appId, expires, sign }))
        return noStatement(reply);
      if (await isStatementStopped(store, { merchantId, day, appId })) return noStatement(reply);
      const statement = await findStatement(store, merchantId, day);
      if (statement === undefined) return noStatement(reply);
      return reply
        .type("text/csv; charset=utf-8")
        .header("content-disposition", `attachment; filename="${merchantId}_${day}.csv"`)
        .header("cache-control", "no-store")
        .header("repr-digest", `sha-256=:${Buffer.from(statement.csvSha256, "hex").toString("base64")}:`)
        .send(Readable.from(statementCsv(store, statement)));
    },
  );
}

function noStatement(reply: FastifyReply): FastifyReply {
  return refuse(reply, "this address is none of ours or has expired; ask for a new one", 403);
}

function fieldOf(request: FastifyRequest, name: string): unknown {
  const body: unknown = request.body;
  return typeof body === "object" && body !== null ? (body as Record<string, unknown>)[name] : undefined; // Any object can be asked for a name.
}

function textOf(request: FastifyRequest, name: string): string | undefined {
  const value = fieldOf(request, name);
  return typeof value === "string" && value !== "" ? value : undefined;
}

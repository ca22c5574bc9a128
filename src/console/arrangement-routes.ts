import type { FastifyInstance } from "fastify";
import type { Instant } from "../clock.ts";
import { isLedgerDay, startOfDay } from "../ledger/ledger.ts";
import { setArrangement } from "../merchants/merchants.ts";
import { checkViolation, failedWith, foreignKeyViolation } from "../store/sql-state.ts";
import type { Store } from "../store/store.ts";
import { operatorsOnly } from "./guard.ts";
import { refuse } from "../http/refuse.ts";

const priceLimitFen = 10_000_000;

/** What merchants may ask for: made and changed by the operator. */
export function registerArrangementApi(server: FastifyInstance, { store }: { store: Store }): void {
  server.post("/api/arrangements", operatorsOnly(), async (request, reply) => {
    const body: unknown = request.body;
    const field = (name: string): unknown =>
      typeof body === "object" && body !== null ? (body as Record<string, unknown>)[name] : undefined;
    const merchantId = field("merchant_id");
    const productCode = field("product_code");
    const validFrom = midnightOf(field("valid_from"));
    const validTo = midnightOf(field("valid_to"));
    const priceFen = field("price_fen");
    const quota = field("quota") ?? undefined;
    if (typeof merchantId !== "string" || typeof productCode !== "string" || !/^w\d{19}$/.test(productCode)) {
      return refuse(reply, "merchant_id and product_code are needed; a product code is w and 19 digits");
    }
    if (validFrom === undefined || validTo === undefined || validTo <= validFrom) {
      return refuse(reply, "valid_from and valid_to are days, yyyy-MM-dd, the second after the first");
    }
    if (!isWholeNumber(priceFen) || priceFen > priceLimitFen)
      return refuse(reply, `price_fen is a whole number of 0 to ${priceLimitFen}`);
    if (quota !== undefined && !isWholeNumber(quota)) return refuse(reply, "quota is a whole number, or left out");
    try {
      await setArrangement(store, {
        merchantId,
        productCode,
        validFrom,
        validTo,
        priceFen,
        billsNa: field("bills_na") === true,
        suspended: field("suspended") === true,
        ...(quota === undefined ? {} : { quota }),
      });
    } catch (error) {
      if (failedWith(error, foreignKeyViolation)) return refuse(reply, "no such merchant");
      if (failedWith(error, checkViolation))
        return refuse(reply, "more has been asked under it than this quota covers");
      throw error;
    }
    return reply
      .code(201)
      .send({ merchant_id: merchantId, product_code: productCode, price_fen: priceFen, quota: quota ?? null });
  });
}

function midnightOf(day: unknown): Instant | undefined {
  return typeof day === "string" && isLedgerDay(day) ? startOfDay(day) : undefined;
}

function isWholeNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

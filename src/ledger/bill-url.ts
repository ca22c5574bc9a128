import { type Clock, instantOfMs, later, secondUs } from "../clock.ts";
import { sameSecret } from "../keys/secrets.ts";
import type { Vault } from "../keys/vault.ts";
import type { Queryable } from "../store/store.ts";
import { type Bill, type BillKind, billFileName, billKinds } from "./bill.ts";

/** As long as the real platform's: whoever holds the address may read the bill until then. */
const lifeS = 30;
export const billPath = "/bills/downloadBillFile.resource";

/** Which bill, and which app asked for its address. */
export interface BillRequest extends Bill {
  readonly appId: string;
}

/** An address that gives a merchant's bill to whoever has it, for half a minute. */
export function billUrl(vault: Vault, clock: Clock, baseUrl: string, asked: BillRequest): string {
  const timestamp = String(Math.floor(clock.now() / 1_000));
  return `${baseUrl}${billPath}?${new URLSearchParams(parametersOf(vault, asked, timestamp))}`;
}

/** Which bill an address leads to, if it is one of ours, unaltered and in time. */
export function billOfUrl(
  vault: Vault,
  clock: Clock,
  query: Readonly<Record<string, unknown>>,
): BillRequest | undefined {
  const kind = Object.keys(billKinds).find((each): each is BillKind => each === query["bizType"]);
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)?$/.exec(textOf(query["bizDates"])) ?? [];
  const timestamp = textOf(query["timestamp"]);
  const issuedAt = instantOfMs(/^\d{1,13}$/.test(timestamp) ? Number(timestamp) : Number.NaN);
  if (kind === undefined || year === undefined || issuedAt === undefined) return undefined;
  const [, , appId = ""] = textOf(query["fileId"]).split("/");
  const period = [year, month, day].filter((each) => each !== undefined).join("-");
  const asked = { kind, merchantId: textOf(query["userId"]), period, appId };
  const issued = Object.entries(parametersOf(vault, asked, timestamp));
  if (!issued.every(([name, value]) => sameSecret(textOf(query[name]), value))) return undefined;
  return clock.now() < later(issuedAt, lifeS * secondUs) ? asked : undefined;
}

/** The parameters of an address, named and written as the real one's; the token stands for all of them. */
function parametersOf(vault: Vault, asked: BillRequest, timestamp: string): Record<string, string> {
  const { kind, merchantId, period, appId } = asked;
  const fileName = billFileName(asked);
  return {
    bizType: kind,
    userId: merchantId,
    fileType: "csv.zip",
    bizDates: period.replaceAll("-", ""),
    downloadFileName: fileName,
    fileId: `/${kind}/${appId}/${fileName}`,
    timestamp,
    token: vault.lookupId("bill url", [kind, merchantId, period, appId, timestamp].join("\0")),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** What an app was given is good no longer than the app, its merchant, and the merchant whose bill it is. */
export async function isBillStopped(store: Queryable, { merchantId, appId }: BillRequest): Promise<boolean> {
  const [open] = await store.query(
    `select from app join merchant own using (merchant_id), merchant billed
     where app_id = $1 and billed.merchant_id = $2
       and app.suspended_at is null and own.suspended_at is null and billed.suspended_at is null`,
    [appId, merchantId],
  );
  return open === undefined;
}

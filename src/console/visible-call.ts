import type { Platform } from "../platform.ts";
import { findCall } from "../request-log/read-calls.ts";
import type { Caller } from "./caller.ts";

type FoundCall = NonNullable<Awaited<ReturnType<typeof findCall>>>;

/** The call of this trace_id, where the log has it and the caller may see it: operators all of them, merchants their own. */
export async function findVisibleCall(
  { requestLog, store, vault }: Pick<Platform, "requestLog" | "store" | "vault">,
  { ownMerchantId }: Pick<Caller, "ownMerchantId">,
  traceId: string,
): Promise<FoundCall | undefined> {
  await requestLog.flush();
  const found = await findCall({ store, vault }, traceId);
  return ownMerchantId === undefined || found?.call.merchantId === ownMerchantId ? found : undefined;
}

import { failedWith, foreignKeyViolation } from "../store/sql-state.ts";
import type { Store } from "../store/store.ts";
import type { AppDirectory } from "./apps.ts";

/**
 * What an app may have left behind, in the words of whoever is told that it cannot be removed for it. Consents are never
 * deleted and no inquiry is made without one, so the ledger need not be gone through.
 */
const tracesSql = `
select array_remove(array[
  case when exists (select from authorisation where app_id = $1) then 'consents of users' end,
  case when exists (select from app_authorisation where app_id = $1 or auth_app_id = $1) then 'authorisations of merchants' end,
  case when exists (select from feedback_batch where app_id = $1) then 'feedback' end
], null) as traces`;

/** Removes an app that has never been used, or tells what of it is left; undefined where there is no such app. */
export async function removeApp(
  { store, apps }: { store: Store; apps: AppDirectory },
  appId: string,
): Promise<readonly string[] | undefined> {
  try {
    return await store.transaction(async (transaction) => {
      const [app] = await transaction.query("select from app where app_id = $1 for update", [appId]);
      if (app === undefined) return undefined;
      const [row] = await transaction.query<{ traces: string[] }>(tracesSql, [appId]);
      const traces = row?.traces ?? [];
      if (traces.length === 0) await transaction.query("delete from app where app_id = $1", [appId]);
      return traces;
    });
  } catch (error) {
    // It was used in this very moment.
    if (failedWith(error, foreignKeyViolation)) return ["something new"];
    throw error;
  } finally {
    apps.forget(appId);
  }
}

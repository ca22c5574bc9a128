import { KeyFormatError } from "../keys/formats.ts";
import { AppError } from "../merchants/app.ts";
import { type ListedApp, readListedApp } from "../merchants/app-list.ts";
import type { Queryable } from "../store/store.ts";
import { Problem } from "./problem.ts";

/** The app that a route names. @throws Problem where there is none. */
export async function appCalled(store: Queryable, appId: string): Promise<ListedApp> {
  const found = await readListedApp(store, appId);
  if (found === undefined) throw new Problem("not-found", `no app ${appId}`);
  return found;
}

/** Why an app cannot be added or changed, as a Problem. */
export function refuseApp(error: unknown): never {
  if (!(error instanceof AppError || error instanceof KeyFormatError)) throw error;
  throw new Problem(error instanceof AppError ? error.code : "refused", error.message);
}

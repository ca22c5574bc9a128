import { CommandError } from "../command-error.ts";
import { readSandbox } from "./running-sandbox.ts";

/** Whether commands speak to the sandbox of this directory, and not to a server that is named. */
export function speaksToSandbox(): boolean {
  return (process.env["KAIMEN_SERVER"] ?? "") === "";
}

/** The merchant that a command means: the one named, or the sandbox's own. */
export async function merchantMeant(named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  if (!speaksToSandbox()) throw new CommandError("say which merchant: --merchant ID");
  return (await readSandbox()).merchant_id;
}

/** What personal data are read for. The sandbox's people are made up; of anybody else it is asked. */
export function purposeMeant(given: string | undefined): string {
  if (given !== undefined) return given;
  if (!speaksToSandbox()) throw new CommandError("say what it is read for, for the record: --purpose TEXT");
  return "sandbox";
}

export const purposeOption = [
  "--purpose <text>",
  "what it is read for, for the record; may be left out in a sandbox",
] as const;

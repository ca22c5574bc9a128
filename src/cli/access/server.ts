import type { SandboxFile } from "../../sandbox/sandbox-file.ts";
import { CommandError } from "../command-error.ts";
import { readSandbox } from "./running-sandbox.ts";

/** The server that an operator's command speaks to, and who the operator is. */
export type OperatedServer = Pick<SandboxFile, "gateway_url" | "operator">;

/**
 * The one that KAIMEN_SERVER names (https://kaimen.example.com), with KAIMEN_OPERATOR as login:password; without it the
 * sandbox of this directory.
 */
export async function readServer(): Promise<OperatedServer> {
  const address = process.env["KAIMEN_SERVER"];
  if (address === undefined || address === "") return readSandbox();
  if (!URL.canParse(address)) throw new CommandError("KAIMEN_SERVER is no address; write it as https://host:port");
  const [login = "", ...password] = (process.env["KAIMEN_OPERATOR"] ?? "").split(":");
  if (login === "" || password.length === 0)
    throw new CommandError("KAIMEN_OPERATOR is needed with KAIMEN_SERVER, as login:password");
  return { gateway_url: new URL("/gateway.do", address).toString(), operator: { login, password: password.join(":") } };
}

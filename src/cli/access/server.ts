import { CommandError } from "../command-error.ts";
import { readKeptToken } from "./kept-tokens.ts";
import { readSandbox } from "./running-sandbox.ts";

/** The server that an operator's command speaks to, and the API token of who the operator is. */
export interface OperatedServer {
  /** Its origin: https://kaimen.example.com */
  readonly url: string;
  readonly token: string;
}

/**
 * The one that KAIMEN_SERVER names, with KAIMEN_TOKEN or the token that `kaimen login` kept for it; without it the sandbox
 * of this directory.
 */
export async function readServer(): Promise<OperatedServer> {
  const address = process.env["KAIMEN_SERVER"];
  if (address === undefined || address === "") {
    const sandbox = await readSandbox();
    return { url: new URL(sandbox.gateway_url).origin, token: sandbox.operator.token };
  }
  const url = originOf(address);
  const token = process.env["KAIMEN_TOKEN"] || (await readKeptToken(url))?.token;
  if (token === undefined)
    throw new CommandError(`no token for ${url}: run kaimen login --server ${url}, or set KAIMEN_TOKEN`);
  return { url, token };
}

export function originOf(address: string): string {
  if (!URL.canParse(address)) throw new CommandError(`"${address}" is no address; write it as https://host:port`);
  return new URL(address).origin;
}

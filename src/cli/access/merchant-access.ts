import type { KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { systemClock } from "../../clock.ts";
import type { ProblemBody } from "../../http/refuse.ts";
import { parsePrivateKey } from "../../keys/formats.ts";
import { signParameters } from "../../keys/signed-request.ts";
import { CommandError } from "../command-error.ts";
import { reach } from "./reach.ts";
import { readSandbox } from "./running-sandbox.ts";

/** With which app, and where: the running sandbox's unless the options name another. */
export interface MerchantAccess {
  readonly gatewayUrl: string;
  readonly appId: string;
  readonly privateKey: KeyObject;
}

export interface AccessOptions {
  readonly gateway?: string;
  readonly appId?: string;
  readonly key?: string;
}

export function addAccessOptions(command: Command): Command {
  return command
    .option("--gateway <url>", "the gateway, https://…/gateway.do; the running sandbox's when left out")
    .option("--app-id <id>", "the app that sends")
    .option("--key <file>", "the app's private key: PEM or base64");
}

export async function accessOf(options: AccessOptions): Promise<MerchantAccess> {
  const { gateway, appId, key } = options;
  if (gateway === undefined && appId === undefined && key === undefined) {
    const sandbox = await readSandbox();
    return {
      gatewayUrl: sandbox.gateway_url,
      appId: sandbox.app_id,
      privateKey: parsePrivateKey(sandbox.app_private_key_pkcs8),
    };
  }
  if (gateway === undefined || appId === undefined || key === undefined) {
    throw new CommandError("--gateway, --app-id and --key go together");
  }
  if (!URL.canParse(gateway)) throw new CommandError(`"${gateway}" is no address`);
  const text = await readFile(key, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot read ${key}: ${error.code ?? error.message}`);
  });
  return { gatewayUrl: gateway, appId, privateKey: parsePrivateKey(text) };
}

/** Asks the merchant's API, the address signed by the app's key. */
export async function askMerchantApi(
  access: MerchantAccess,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<Response> {
  const timestamp = String(Math.floor(systemClock.now() / 1_000_000));
  const signed = await signParameters(
    { ...query, app_id: access.appId, path, timestamp },
    { privateKey: access.privateKey, signType: "RSA2" },
  );
  const address = new URL(path, access.gatewayUrl);
  address.search = signed.toString();
  const reply = await reach(address);
  if (reply.ok) return reply;
  const problem = (await reply.json().catch(() => ({}))) as Partial<ProblemBody>; // Anything else has no detail.
  throw new CommandError(problem.detail ?? `the server answered ${reply.status}`);
}

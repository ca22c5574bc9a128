import { type Clock, secondUs } from "../clock.ts";
import { verifySignature } from "../keys/rsa.ts";
import type { App } from "../merchants/app.ts";
import type { AppDirectory } from "../merchants/apps.ts";
import { asByteText } from "../protocol/byte-text.ts";
import { parseForm } from "../protocol/parameters.ts";
import { stringToSign } from "../protocol/signing.ts";

/** A signed address serves for this long, either side of the clock. */
const addressLifeUs = 300 * secondUs;

/**
 * The app that asks, with its merchant: proved by its app's signature over the path and the query (RSA2, as a call of the gateway is
 * signed, the path as the parameter `path`). Undefined for anybody else.
 */
export async function findSigningMerchant(
  { clock, apps }: { readonly clock: Clock; readonly apps: AppDirectory },
  address: URL,
): Promise<{ readonly appId: string; readonly merchantId: string } | undefined> {
  const app = await apps.find(address.searchParams.get("app_id") ?? "");
  if (app === undefined || app.suspended || app.merchantSuspended || !isSignedBy(app, address)) return undefined;
  const sentAtUs = Number(address.searchParams.get("timestamp")) * secondUs;
  return Math.abs(clock.now() - sentAtUs) <= addressLifeUs ? app : undefined;
}

function isSignedBy(app: App, address: URL): boolean {
  const parameters = parseForm(asByteText(address.search.slice(1))); // A URL is ASCII.
  if (address.searchParams.get("sign_type") !== "RSA2" || address.searchParams.getAll("path").length > 1) return false;
  if (address.searchParams.get("path") !== address.pathname) return false;
  if (new Set(parameters.map(({ name }) => name)).size < parameters.length) return false;
  const signature = Buffer.from(address.searchParams.get("sign") ?? "", "base64");
  const signed = stringToSign(parameters);
  return app.publicKeys.some((publicKey) => verifySignature("RSA2", publicKey, signed, signature));
}

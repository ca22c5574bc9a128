import { addressBlockOf } from "../../address-block.ts";
import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import type { Refusal } from "../../protocol/refusal.ts";
import type { Exchange } from "../exchange.ts";
import type { GatewayParts } from "../parts.ts";

/** The address has not called too often; asked before its signature, which costs more than this. */
export function limitAddress(exchange: Exchange, { limits, addressOf }: GatewayParts): Refusal | undefined {
  return limits.address.allows(addressBlockOf(addressOf(exchange.http))) ? undefined : gatewayRefusal("isv.app-call-limited");
}

/** Nor has the app, nor for this method. Asked after the signature: a stranger cannot use up what an app may do. */
export function limitCalls(exchange: Exchange, { limits }: GatewayParts): Refusal | undefined {
  const { appId } = exchange.app;
  if (!limits.app.allows(appId)) return gatewayRefusal("isv.app-call-limited");
  return limits.method.allows(`${appId} ${exchange.method.spec.name}`) ? undefined : gatewayRefusal("isv.method-call-limited");
}

/** The method is switched on, the app is permitted it, and neither the app nor its merchant is suspended. */
export function checkPermissions(exchange: Exchange, { config }: GatewayParts): Refusal | undefined {
  const { app } = exchange;
  const { name } = exchange.method.spec;
  if (config.disabledMethods.includes(name)) return gatewayRefusal("isv.forbidden-api");
  if (app.suspended) return gatewayRefusal("isv.insufficient-isv-permissions");
  if (app.permittedMethods !== undefined && !app.permittedMethods.includes(name)) return gatewayRefusal("isv.insufficient-isv-permissions");
  return app.merchantSuspended ? gatewayRefusal("isv.insufficient-user-permissions") : undefined;
}

/** The published list, and json besides: the feedback file's own suffix. */
const extensions = /\.(?:csv|txt|json|zip|rar|gz|doc|docx|xls|xlsx|pdf|bmp|gif|jpg|jpeg|png)$/i;

/** A file that the method asks for is the method's to judge; any other has an extension of the published list. */
export function checkFiles(exchange: Exchange): Refusal | undefined {
  const { request } = exchange.method.spec;
  const stray = exchange.multipart?.files.find(({ name, filename }) => !Object.hasOwn(request, name) && !extensions.test(filename));
  return stray === undefined ? undefined : gatewayRefusal("isv.invalid-file-extension");
}

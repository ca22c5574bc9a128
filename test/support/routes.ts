import rateLimit from "@fastify/rate-limit";
import { fastify } from "fastify";
import { SettableClock } from "#kaimen/clock.ts";
import type { RouteSpec } from "#kaimen/console/route.ts";
import type { Platform } from "#kaimen/platform.ts";
import { registerRoutes } from "#kaimen/routes.ts";

export interface ListedRoute {
  readonly method: string;
  /** With its parameters as `:name`. */
  readonly url: string;
  /** Of a route of the API; undefined for a page or a file. */
  readonly contract: RouteSpec | undefined;
}

/** Every page and API that a sandbox registers, which are all there are; nothing is served and nothing is opened. */
export async function listRoutes(): Promise<readonly ListedRoute[]> {
  const routes: ListedRoute[] = [];
  const server = fastify();
  await server.register(rateLimit, { global: false });
  server.addHook("onRoute", ({ method, url, config }) => {
    for (const each of [method].flat()) routes.push({ method: each, url, contract: config?.contract });
  });
  // Registering only hands the platform on to the handlers, and none of them is called.
  const platform = { config: { mode: "sandbox", authorisationDays: 1 } } as unknown as Platform;
  registerRoutes(server, platform, new SettableClock());
  await server.ready();
  await server.close();
  return routes;
}

/** A path that leads to the route, with `value` as each parameter. */
export function pathTo({ url }: ListedRoute, value = "x"): string {
  return url.replaceAll(/:\w+/g, () => encodeURIComponent(value));
}

import type { FastifyInstance } from "fastify";
import type { Log } from "../log.ts";

/**
 * Every request of an operator that may change something is a line in the log: who, which route, what came of it; nothing
 * of the body. It is written before the reply, whose end a client that leaves early never lets come.
 */
export function registerChangeLog(server: FastifyInstance, log: Log): void {
  server.addHook("onSend", async ({ caller, method, routeOptions, id }, reply) => {
    if (caller?.operator === undefined || method === "GET" || method === "HEAD") return;
    log.info(
      { operator: caller.operator, route: routeOptions.url, method, status: reply.statusCode, trace_id: id },
      "an operator's change",
    );
  });
}

import type { FastifyInstance } from "fastify";
import type { Log } from "../log.ts";

/**
 * Every request of an account that may change something is a line in the log: who, which route, what came of it; nothing
 * of the body. It is written before the reply, whose end a client that leaves early never lets come.
 */
export function registerChangeLog(server: FastifyInstance, log: Log): void {
  server.addHook("onSend", async ({ caller, method, routeOptions, id }, reply) => {
    if (caller?.account === undefined || method === "GET" || method === "HEAD") return;
    log.info(
      { account: caller.actor.account, route: routeOptions.url, method, status: reply.statusCode, trace_id: id },
      "a change by an account",
    );
  });
}

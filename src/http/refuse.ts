import type { FastifyReply } from "fastify";

/** A request that is refused wherever it is read: the words are for the caller and hold nothing of the request. */
export class RequestRefusal extends Error {
  override readonly name = "RequestRefusal";
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** Refuses a call of the API in words that say what to do. */
export function refuse(reply: FastifyReply, error: string, statusCode = 400): FastifyReply {
  return reply.code(statusCode).type("application/json; charset=utf-8").send({ error, trace_id: reply.request.id });
}

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

/** What a refusal is called where nobody has given it a better name. */
const codes: Readonly<Record<number, string>> = {
  400: "invalid-request",
  401: "not-signed-in",
  403: "not-permitted",
  404: "not-found",
  409: "conflict",
  413: "too-large",
  414: "too-long",
  415: "unsupported-media-type",
  429: "too-many-requests",
  431: "too-long",
  500: "fault",
};

/** What every refusal of the API is: RFC 9457, with a code for programs and the trace id for the log. */
export interface ProblemBody {
  readonly type: "about:blank";
  readonly status: number;
  readonly code: string;
  /** For people: what is wrong, and what to do. */
  readonly detail: string;
  readonly traceId: string;
  /** Which fields are wrong, each by its path. */
  readonly fields?: readonly { readonly field: string; readonly fault: string }[];
}

/** Refuses a call of the API in words that say what to do. */
export function refuse(
  reply: FastifyReply,
  detail: string,
  status = 400,
  { code = codes[status] ?? "invalid-request", fields }: Partial<Pick<ProblemBody, "code" | "fields">> = {},
): FastifyReply {
  const problem: ProblemBody = {
    type: "about:blank",
    status,
    code,
    detail,
    traceId: reply.request.id,
    ...(fields === undefined ? {} : { fields }),
  };
  return reply.code(status).type("application/problem+json; charset=utf-8").send(JSON.stringify(problem));
}

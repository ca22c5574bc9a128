import type { ApiOf } from "../../src/console/api-types.ts";
import type { ApprovalRoutes, declared } from "../../src/console/routes/index.ts";
import type { ProblemBody } from "../../src/http/refuse.ts";
import type { declaredInSandbox } from "../../src/sandbox/routes.ts";

/** Everything that a page may call, by verb and path: the very contracts that the server checks. */
export type ConsoleApi = ApiOf<typeof declared> &
  ApiOf<{ approvals: ApprovalRoutes }> &
  ApiOf<ReturnType<typeof declaredInSandbox>>;

type Given<Input> = { readonly [Name in keyof Input as Input[Name] extends undefined ? never : Name]: Input[Name] };
export type InputOf<Name extends keyof ConsoleApi> = Given<Omit<ConsoleApi[Name], "reply">>;
export type ReplyOf<Name extends keyof ConsoleApi> = ConsoleApi[Name]["reply"];

/** What the server refused, in its own words. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  readonly code: string;
  readonly traceId: string | undefined;
  readonly fields: NonNullable<ProblemBody["fields"]>;

  constructor(status: number, problem: Partial<ProblemBody>) {
    super(problem.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem.code ?? "fault";
    this.traceId = problem.traceId;
    this.fields = problem.fields ?? [];
  }
}

/** It is not done: a second person has to approve it first. */
export class WaitsForApproval extends Error {
  override readonly name = "WaitsForApproval";
  readonly approvalId: string;

  constructor(approvalId: string) {
    super("a second person has to approve it");
    this.approvalId = approvalId;
  }
}

/** Calls a route with the session's cookie. Throws an ApiProblem for a refusal, a WaitsForApproval for a 202. */
export async function ask<Name extends keyof ConsoleApi>(
  name: Name,
  input: InputOf<Name>,
  signal?: AbortSignal,
): Promise<ReplyOf<Name>> {
  return (await (await request(name, input, signal)).json()) as ReplyOf<Name>; // The route's own contract.
}

/** The same for a route without a type here, or whose answer is a file. */
export async function request(name: string, input: object = {}, signal?: AbortSignal): Promise<Response> {
  const { body } = input as { body?: unknown }; // Any of the three parts may be there.
  const reply = await fetch(addressOf(name, input), {
    method: name.split(" ", 1)[0] ?? "GET",
    credentials: "same-origin",
    ...(signal === undefined ? {} : { signal }),
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiProblem(0, { code: "unreachable", detail: "" });
  });
  if (reply.status === 202) throw new WaitsForApproval(((await reply.json()) as { approvalId: string }).approvalId); // Every 202 names it.
  if (!reply.ok) {
    const problem = (await reply.json().catch(() => ({}))) as Partial<ProblemBody>; // Anything else has no detail.
    throw new ApiProblem(reply.status, { traceId: reply.headers.get("trace_id") ?? "", ...problem });
  }
  return reply;
}

/** A route's address with its parameters filled in: for links and downloads, too. */
export function addressOf(name: string, input: object = {}): string {
  const { params = {}, query = {} } = input as { params?: Record<string, string>; query?: Record<string, unknown> };
  const path = (name.split(" ")[1] ?? "").replaceAll(/:(\w+)/g, (_, each: string) =>
    encodeURIComponent(params[each] ?? ""),
  );
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== "") search.set(key, String(value));
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}

import type { ApiOf } from "../../console/api-types.ts";
import type { declared } from "../../console/routes/index.ts";
import type { ProblemBody } from "../../http/refuse.ts";
import type { declaredInSandbox } from "../../sandbox/routes.ts";
import { CommandError } from "../command-error.ts";
import type { OperatedServer } from "./server.ts";

/** Everything that a command may call, by verb and path. */
export type ConsoleApi = ApiOf<typeof declared> & ApiOf<ReturnType<typeof declaredInSandbox>>;

type PresentParts<Input> = {
  readonly [Name in keyof Input as Input[Name] extends undefined ? never : Name]: Input[Name];
};
type InputOf<Name extends keyof ConsoleApi> = PresentParts<Omit<ConsoleApi[Name], "reply">>;

/**
 * Calls a route of the console as the operator of the token, and gives its answer; what is refused becomes a CommandError.
 * A change that waits for a second person is told and ends the command.
 */
export async function ask<Name extends keyof ConsoleApi>(
  server: OperatedServer,
  name: Name,
  input: InputOf<Name>,
): Promise<ConsoleApi[Name]["reply"]> {
  return (await (await request(server, name, input)).json()) as ConsoleApi[Name]["reply"]; // The route's own contract.
}

/** The same for a route whose answer is a file. */
export async function request(server: OperatedServer, name: string, input: object): Promise<Response> {
  const {
    params = {},
    query = {},
    body,
  } = input as { params?: Texts; query?: Record<string, unknown>; body?: unknown };
  const [method = "", pattern = ""] = name.split(" ");
  const path = pattern.replaceAll(/:(\w+)/g, (_, parameter: string) => encodeURIComponent(params[parameter] ?? ""));
  const address = new URL(path, server.url);
  for (const [key, value] of Object.entries(query))
    if (value !== undefined) address.searchParams.set(key, String(value));
  const reply = await fetch(address, {
    method,
    headers: {
      authorization: `Bearer ${server.token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new CommandError(`nothing answers at ${address.origin}; is the server running?`);
  });
  if (reply.status === 202) throw await waitingFor(reply);
  if (!reply.ok) throw await refusalOf(reply);
  return reply;
}

type Texts = Readonly<Record<string, string>>;

async function waitingFor(reply: Response): Promise<CommandError> {
  const { approvalId } = (await reply.json()) as { approvalId: string }; // What every such answer holds.
  return new CommandError(
    `not done yet: a second operator has to approve it, with: kaimen approval approve ${approvalId}`,
  );
}

async function refusalOf(reply: Response): Promise<CommandError> {
  const problem = (await reply.json().catch(() => ({}))) as Partial<ProblemBody>; // Anything else has no detail.
  const traced = problem.traceId === undefined || reply.status < 500 ? "" : ` (trace_id ${problem.traceId})`;
  return new CommandError(`${problem.detail ?? `the server answered ${reply.status}`}${traced}`);
}

import type { ProblemBody } from "../../http/refuse.ts";
import { CommandError } from "../command-error.ts";
import { askNewPassword, type SecretInput } from "../secret-input.ts";
import { originOf } from "./server.ts";

/** Whoever signs in by a password: for what no token may do. */
export interface SignedIn {
  readonly origin: string;
  readonly login: string;
  readonly cookie: string;
  readonly password: string;
  readonly mustChangePassword: boolean;
  readonly hasTotp: boolean;
}

/** The server that a command names, or KAIMEN_SERVER. */
export function serverNamed(address: string | undefined): string {
  const named = address || process.env["KAIMEN_SERVER"];
  if (named === undefined || named === "")
    throw new CommandError("say which server: --server https://host:port, or set KAIMEN_SERVER");
  const origin = originOf(named);
  if (origin.startsWith("http:") && !/^http:\/\/(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?$/.test(origin))
    process.stderr.write(`kaimen: ${origin} is no https: on the way there, anybody may read the password\n`);
  return origin;
}

/** Asks for the password and, where the account has an authenticator app, for a code; opens a session. */
export async function signIn(origin: string, login: string, input: SecretInput): Promise<SignedIn> {
  const password = await input.ask("Password");
  const credentials = { kind: "operator", login, password };
  let hasTotp = false;
  let reply = await send(origin, "POST", "/api/session", { body: credentials });
  if (reply.status === 401 && (await problemOf(reply.clone())).code === "code-needed") {
    hasTotp = true;
    const code = await input.ask("Code of the authenticator app, or a recovery code");
    reply = await send(origin, "POST", "/api/session", { body: { ...credentials, code } });
  }
  const { mustChangePassword } = (await bodyOf(reply)) as { mustChangePassword: boolean }; // What POST /api/session gives.
  const cookie = reply.headers.getSetCookie().find((each) => each.startsWith("kaimen_operator="));
  if (cookie === undefined) throw new CommandError(`${origin} opened no session; is it a Kaimen?`);
  return { origin, login, cookie: cookie.split(";", 1)[0] ?? "", password, mustChangePassword, hasTotp };
}

/** Calls a route in the session, and gives what it answers. @throws CommandError where it refuses. */
export async function askInSession(
  { origin, cookie }: Pick<SignedIn, "origin" | "cookie">,
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  body?: object,
): Promise<unknown> {
  return bodyOf(await send(origin, method, path, { cookie, body }));
}

/** Sets the password that is asked for. A code serves once, so one more of them is needed where there is an app. */
export async function setPassword(
  session: SignedIn,
  input: SecretInput,
): Promise<{ endedSessions: number; endedTokens: number }> {
  const newPassword = await askNewPassword(input);
  const code = session.hasTotp ? { code: await input.ask("The next code of the authenticator app") } : {};
  const body = { currentPassword: session.password, newPassword, ...code };
  const answer = await askInSession(session, "PUT", "/api/account/password", body);
  return answer as { endedSessions: number; endedTokens: number }; // What that route gives.
}

async function send(
  origin: string,
  method: string,
  path: string,
  { cookie, body }: { cookie?: string; body?: object | undefined },
): Promise<Response> {
  return fetch(new URL(path, origin), {
    method,
    headers: {
      ...(cookie === undefined ? {} : { cookie }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new CommandError(`nothing answers at ${origin}; is the server running?`);
  });
}

async function bodyOf(reply: Response): Promise<unknown> {
  if (reply.ok) return reply.json() as Promise<unknown>;
  const { detail = `the server answered ${reply.status}` } = await problemOf(reply);
  throw new CommandError(detail);
}

async function problemOf(reply: Response): Promise<Partial<ProblemBody>> {
  return (await reply.json().catch(() => ({}))) as Partial<ProblemBody>; // Anything else has neither code nor detail.
}

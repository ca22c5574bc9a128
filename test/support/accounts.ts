import { generateSync } from "otplib";

/** What the API answers to somebody with a session's cookie. */
export interface SessionAnswer {
  readonly status: number;
  readonly answer: Record<string, unknown>;
  readonly headers: Headers;
}

/** Sends to the API with a cookie, or with none; `name` is a verb and a path. */
export async function askInSession(
  base: string,
  cookie: string | undefined,
  name: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<SessionAnswer> {
  const [method = "", path = ""] = name.split(" ");
  const reply = await fetch(new URL(path, base), {
    method,
    headers: {
      ...headers,
      ...(cookie === undefined ? {} : { cookie }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: reply.status, answer: (await reply.json()) as Record<string, unknown>, headers: reply.headers };
}

export interface ApiCredentials {
  readonly kind?: "operator" | "merchant";
  readonly login: string;
  readonly password: string;
  readonly code?: string;
}

/** The session's cookie of whoever signs in to the console's API. */
export async function signInToApi(
  base: string,
  { kind = "operator", login, password, code }: ApiCredentials,
): Promise<string> {
  const { status, answer, headers } = await askInSession(base, undefined, "POST /api/session", {
    kind,
    login,
    password,
    ...(code === undefined ? {} : { code }),
  });
  if (status !== 201) throw new Error(`signing in answered ${status}: ${JSON.stringify(answer)}`);
  const cookies = headers.getSetCookie().filter((cookie) => cookie.startsWith(`kaimen_${kind}=`));
  return cookies.at(-1)?.split(";", 1)[0] ?? "";
}

/**
 * What somebody does first whose password was made for them: signs in with it, sets their own, and makes an API token.
 */
export async function settleIn(
  base: string,
  { kind = "operator", login, password }: ApiCredentials,
  ownPassword: string,
): Promise<{ password: string; cookie: string; token: string }> {
  const cookie = await signInToApi(base, { kind, login, password });
  const change = { currentPassword: password, newPassword: ownPassword };
  const changed = await askInSession(base, cookie, "PUT /api/account/password", change);
  if (changed.status !== 200) throw new Error(`the password was not set: ${JSON.stringify(changed.answer)}`);
  const made = await askInSession(base, cookie, "POST /api/account/tokens", { name: "of a test" });
  if (made.status !== 201) throw new Error(`no token was made: ${JSON.stringify(made.answer)}`);
  return { password: ownPassword, cookie, token: String(made.answer["token"]) };
}

/** What an authenticator app shows, now or so many steps of thirty seconds later, by the server's clock. */
export function codeOf(secret: string, { steps = 0, aheadS = 0 }: { steps?: number; aheadS?: number } = {}): string {
  return generateSync({ secret, epoch: Math.floor(Date.now() / 1_000) + aheadS + steps * 30 });
}

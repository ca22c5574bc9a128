import { Type } from "typebox";
import { openSession } from "../accounts/sessions.ts";
import { instantOf, later, secondUs, systemClock } from "../clock.ts";
import * as field from "../console/fields.ts";
import { Problem } from "../console/problem.ts";
import { defineRoute, operatorsWho } from "../console/route.ts";
import { setSessionCookie } from "../console/session-cookie.ts";
import { hashToken, randomToken } from "../keys/secrets.ts";
import type { Platform } from "../platform.ts";
import { operatorLogin } from "./seed.ts";

const settingName = "sandbox_sign_in";
const linkLifeS = 900;
const codeLength = 43;

interface KeptLink {
  readonly codeHash: string;
  /** Microseconds since 1970, by the machine's clock: the sandbox's may be put forward while the link is on its way. */
  readonly expiresAt: number;
}

/**
 * An address that opens the console signed in as the sandbox's operator: once, and within a quarter of an hour; the one
 * made before it ends. The code stands in the fragment, which no browser sends and no log of a proxy has.
 */
export async function makeSignInLink({ store, baseUrl }: Pick<Platform, "store" | "baseUrl">): Promise<string> {
  const code = randomToken(codeLength);
  const kept: KeptLink = {
    codeHash: hashToken(code).toString("hex"),
    expiresAt: later(systemClock.now(), linkLifeS * secondUs),
  };
  await store.query(
    "insert into setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
    [settingName, JSON.stringify(kept)],
  );
  return `${baseUrl()}/console/#sign-in=${code}`;
}

export const addSignInLinkRoute = defineRoute(
  {
    method: "POST",
    path: "/api/sandbox/sign-in-links",
    title: { en: "Make an address that signs in to the console once", zh: "生成一次性登录链接" },
    doc: "Within a quarter of an hour; the one made before it ends.",
    who: operatorsWho("operators:write"),
    reply: field.object({ url: Type.String() }),
    status: 201,
    action: "sandbox.sign-in-link",
  },
  async (_, platform) => ({ url: await makeSignInLink(platform) }),
);

export const useSignInLinkRoute = defineRoute(
  {
    method: "POST",
    path: "/api/sandbox/sign-in",
    title: { en: "Sign in by the code of such an address", zh: "使用一次性登录码登录" },
    doc: "Sets the cookie that signing in sets. Not there in production.",
    who: { anybody: true },
    body: field.object({
      code: Type.String({ pattern: `^[\\w-]{${codeLength}}$`, description: "what follows #sign-in= in the address" }),
    }),
    reply: field.object({ kind: Type.Literal("operator"), login: field.login }),
    status: 201,
    errors: ["wrong-credentials"],
    action: "sandbox.sign-in",
    requestsPerMinute: 30,
  },
  async ({ body: { code }, reply }, { store, clock, config }) => {
    // The route is not registered there; were it ever, it still would open nothing.
    if (config.mode !== "sandbox") throw new Problem("not-found", "there is no such address");
    const [used] = await store.query<{ value: KeptLink }>(
      "delete from setting where name = $1 and value ->> 'codeHash' = $2 returning value",
      [settingName, hashToken(code).toString("hex")],
    );
    const isLive = used !== undefined && instantOf(used.value.expiresAt) > systemClock.now();
    const { request } = reply;
    const origin = { address: request.ip, client: request.headers["user-agent"] };
    const secret = isLive
      ? await openSession({ store, clock }, { kind: "operator", login: operatorLogin }, origin)
      : undefined;
    if (secret === undefined)
      throw new Problem("wrong-credentials", "the address was used or is over: start the sandbox anew, or sign in");
    setSessionCookie(reply, "operator", secret);
    return { kind: "operator" as const, login: operatorLogin };
  },
);

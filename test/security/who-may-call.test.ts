import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { roles } from "#kaimen/accounts/roles.ts";
import { consoleRoutes } from "#kaimen/console/routes/index.ts";
import type { RouteSpec } from "#kaimen/console/route.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { askAsOperator } from "../support/operator.ts";

/**
 * Every route as everybody, held against the printed table: docs/console-api.md says who may call what, and what is
 * printed must be what is refused and what is not.
 */
const printed = new Map(
  [...readFileSync(new URL("../../docs/console-api.md", import.meta.url), "utf8").matchAll(rowPattern())].map(
    ([, name = "", who = ""]) => [name, who.split(", ")],
  ),
);
function rowPattern(): RegExp {
  return /^\| `((?:GET|POST|PUT|PATCH|DELETE) \/api\/[^`]+)` \| [^|]* \| ([^|]*) \|/gm;
}

const callers = ["nobody", "staff of the merchant", "staff of another merchant", ...roles] as const;
type CallerName = (typeof callers)[number];
const merchantId = "2088000000000901";
const otherMerchantId = "2088000000000902";

let kaimen: RunningKaimen;
const authorisations = new Map<CallerName, Record<string, string>>([["nobody", {}]]);

beforeAll(async () => {
  kaimen = await startKaimen();
  for (const role of roles) {
    const login = `${role}@walk`;
    const { answer } = await askAsOperator(kaimen.sandbox, "POST /api/operators", { login, role });
    authorisations.set(role, await tokenOf("operator", login, String(answer["password"])));
  }
  for (const [name, id] of [
    ["staff of the merchant", merchantId],
    ["staff of another merchant", otherMerchantId],
  ] as const) {
    await askAsOperator(kaimen.sandbox, "POST /api/merchants", { merchantId: id, name: id });
    const login = `staff@${id}`;
    const { answer } = await askAsOperator(kaimen.sandbox, `POST /api/merchants/${id}/staff`, { login });
    authorisations.set(name, await tokenOf("merchant", login, String(answer["password"])));
  }
}, 120_000);
afterAll(() => kaimen.stop());

/** Signs in, sets a password of their own, and makes a token: what somebody new does first. */
async function tokenOf(kind: string, login: string, first: string): Promise<Record<string, string>> {
  const password = "a long walk past every door";
  const signIn = async (withPassword: string): Promise<string> => {
    const reply = await send("POST /api/session", {}, { kind, login, password: withPassword });
    expect(reply.status, await reply.clone().text()).toBe(201);
    const cookies = reply.headers.getSetCookie().filter((cookie) => cookie.startsWith(`kaimen_${kind}=`));
    return cookies.at(-1)?.split(";")[0] ?? "";
  };
  const cookie = await signIn(first);
  const changed = await send(
    "PUT /api/account/password",
    { cookie },
    { currentPassword: first, newPassword: password },
  );
  expect(changed.status, await changed.clone().text()).toBe(200);
  const made = await send("POST /api/account/tokens", { cookie: await signIn(password) }, { name: "walk" });
  const { token } = (await made.json()) as { token: string };
  return { authorization: `Bearer ${token}` };
}

function send(name: string, headers: Record<string, string>, body?: unknown): Promise<Response> {
  const [method = "", path = ""] = name.split(" ");
  const hasBody = method !== "GET" && body !== undefined;
  return fetch(new URL(path, kaimen.sandbox.gateway_url), {
    method,
    headers: { ...headers, ...(hasBody ? { "content-type": "application/json" } : {}) },
    ...(hasBody ? { body: JSON.stringify(body) } : {}),
  });
}

/** Things that are not there, so that whoever may call changes nothing by it. */
function addressOf({ method, path }: RouteSpec, caller: CallerName): string {
  const address = path
    .replace(/:(?:approvalId|sessionId|tokenId|batchId|id)\b/, "00000000-0000-4000-8000-000000000000")
    .replace(/:day\b/, "2026-01-01")
    .replaceAll(/:(\w+)/g, "walk-$1");
  const asksAbout = caller === "nobody" || caller.startsWith("staff") ? "" : `?merchantId=${merchantId}`;
  return `${method} ${address}${printedWho(method, path).includes("the merchant's own staff or app") ? asksAbout : ""}`;
}

function printedWho(method: string, path: string): readonly string[] {
  return printed.get(`${method} ${path}`) ?? [];
}

function mayCall(who: readonly string[], caller: CallerName): boolean {
  if (who.includes("anybody")) return true;
  if (caller === "nobody") return false;
  if (who.includes("whoever is signed in")) return true;
  if (caller.startsWith("staff"))
    return who.includes("the merchant's own staff or app") || who.includes("the merchant's own staff");
  return who.includes("every operator") || who.includes(caller);
}

const specs = consoleRoutes.map(({ spec }) => [`${spec.method} ${spec.path}`, spec] as const);

it("the printed table has every route, and no other", () => {
  const names = specs.map(([name]) => name);
  expect(names.filter((name) => !printed.has(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(60);
});

it("every change has a name in the audit trail", () => {
  const unnamed = consoleRoutes.filter(({ spec }) => spec.method !== "GET" && spec.action === undefined);
  // Signing in and out are on the trail by themselves: as a session, or as a sign-in that failed.
  expect(unnamed.map(({ spec }) => `${spec.method} ${spec.path}`)).toEqual([
    "POST /api/session",
    "DELETE /api/session",
  ]);
});

/** What was answered; of a stream of events, which goes on, that it has begun. */
async function wholeOrHead(reply: Response): Promise<string> {
  if (reply.headers.get("content-type")?.includes("text/event-stream") !== true) return reply.text();
  await reply.body?.cancel();
  return "a stream of events";
}

describe.each(callers)("%s", (caller) => {
  it.each(specs)("is let in or refused at %s as the table says", async (_, spec) => {
    const reply = await send(addressOf(spec, caller), authorisations.get(caller) ?? {}, spec.body && {});
    const text = await wholeOrHead(reply);
    const code = /"code":"([a-z-]+)"/.exec(text)?.[1];
    if (mayCall(printedWho(spec.method, spec.path), caller)) {
      expect([401, 403], text).not.toContain(reply.status);
    } else {
      expect([reply.status, code], text).toEqual(caller === "nobody" ? [401, "not-signed-in"] : [403, "not-permitted"]);
    }
  });
});

it("another merchant's staff learn nothing of a merchant that they name, nor that it is there", async () => {
  const own = specs.filter(
    ([, { who, query }]) => (who.merchants ?? who.staff) === true && query?.properties["merchantId"] !== undefined,
  );
  expect(own.length).toBeGreaterThan(2);
  for (const [name, spec] of own) {
    const more = spec.query?.required?.includes("day") === true ? "&day=2026-01-01" : "";
    const address = `${addressOf(spec, "nobody")}?merchantId=${merchantId}${more}`;
    const reply = await send(address, authorisations.get("staff of another merchant") ?? {}, spec.body && {});
    const unknown = await send(
      `${addressOf(spec, "nobody")}?merchantId=2088000000000999${more}`,
      authorisations.get("staff of another merchant") ?? {},
      spec.body && {},
    );
    expect([reply.status, unknown.status], name).toEqual([404, 404]);
  }
});

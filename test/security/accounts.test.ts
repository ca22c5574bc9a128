import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "#kaimen/accounts/roles.ts";
import { askInSession, codeOf, settleIn, signInToApi } from "../support/accounts.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { askAsOperator, askWithToken } from "../support/operator.ts";

const timeout = 120_000; // Each password that is set or tried is hashed, which takes long by design.

let kaimen: RunningKaimen;
let base = "";
/** How far the sandbox's clock was put forward. */
let aheadS = 0;
beforeAll(async () => {
  kaimen = await startKaimen({ env: { KAIMEN_TRUSTED_PROXIES: "loopback" } });
  base = kaimen.sandbox.gateway_url;
}, timeout);
afterAll(() => kaimen.stop());

interface Somebody {
  readonly login: string;
  readonly password: string;
  readonly cookie: string;
  readonly token: string;
}

let added = 0;
/** An operator of a role, with a password of their own, a session and an API token. */
async function newOperator(role: Role): Promise<Somebody> {
  added += 1;
  const login = `${role}-${added}@accounts`;
  const { status, answer } = await askAsOperator(kaimen.sandbox, "POST /api/operators", { login, role });
  expect(status).toBe(201);
  return {
    login,
    ...(await settleIn(base, { login, password: String(answer["password"]) }, `the own key of ${added}`)),
  };
}

/** Somebody at an address of their own, whom nobody else's guesses keep waiting. */
let addresses = 0;
function newAddress(): Record<string, string> {
  addresses += 1;
  return { "x-forwarded-for": `192.0.2.${addresses}`, "user-agent": `browser ${addresses}` };
}

async function signIn(
  { login, password }: Pick<Somebody, "login" | "password">,
  code?: string,
  headers = newAddress(),
): Promise<{ status: number; code: unknown; cookie: string }> {
  const body = { kind: "operator", login, password, ...(code === undefined ? {} : { code }) };
  const reply = await askInSession(base, undefined, "POST /api/session", body, headers);
  const cookie = reply.headers.getSetCookie().find((each) => each.startsWith("kaimen_operator="));
  return { status: reply.status, code: reply.answer["code"], cookie: cookie?.split(";", 1)[0] ?? "" };
}

async function putClockForward(seconds: number): Promise<void> {
  const { status } = await askAsOperator(kaimen.sandbox, "POST /api/sandbox/clock", { advanceS: seconds });
  expect(status).toBe(200);
  aheadS += seconds;
}

/** In the first half of a step of thirty seconds, so that what is asked next falls into the same one. */
async function atStepsBeginning(): Promise<void> {
  const intoStepMs = (Date.now() + aheadS * 1_000) % 30_000;
  if (intoStepMs > 15_000) await delay(30_000 - intoStepMs + 100);
}
const codeNow = (secret: string, steps = 0): string => codeOf(secret, { aheadS, steps });

async function enrol({ cookie, password }: Somebody): Promise<{ secret: string; recoveryCodes: string[] }> {
  const begun = await askInSession(base, cookie, "POST /api/account/totp", { currentPassword: password });
  expect(begun.status).toBe(201);
  const secret = String(begun.answer["secret"]);
  expect(begun.answer["uri"]).toMatch(/^otpauth:\/\/totp\/Kaimen:.*[?&]secret=[A-Z2-7]{32}/);
  const confirmed = await askInSession(base, cookie, "PUT /api/account/totp", { code: codeNow(secret) });
  expect(confirmed.status).toBe(200);
  return { secret, recoveryCodes: confirmed.answer["recoveryCodes"] as string[] };
}

describe("an authenticator app", { timeout }, () => {
  it("is taken into use by the password and a first code; until then nothing changes, from then on a code is needed", async () => {
    const somebody = await newOperator("auditor");
    const { cookie, password, token } = somebody;
    const begin = async (currentPassword: string) =>
      (await askInSession(base, cookie, "POST /api/account/totp", { currentPassword })).answer;
    expect(await begin("not the password")).toMatchObject({ code: "wrong-credentials" });
    const byToken = await askWithToken(kaimen.sandbox, token, "POST /api/account/totp", { currentPassword: password });
    expect(byToken).toMatchObject({ status: 403, answer: { code: "not-permitted" } });

    const { secret } = await begin(password);
    expect((await signIn(somebody)).status).toBe(201);
    const wrong = codeNow(String(secret), 5);
    expect(await askInSession(base, cookie, "PUT /api/account/totp", { code: wrong })).toMatchObject({ status: 400 });
    expect((await signIn(somebody)).status).toBe(201);

    const { recoveryCodes } = await enrol(somebody);
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(await signIn(somebody)).toMatchObject({ status: 401, code: "code-needed", cookie: "" });
    expect(await begin(password)).toMatchObject({ code: "code-needed" });
    const me = await askInSession(base, cookie, "GET /api/session");
    expect(me.answer).toMatchObject({ hasTotp: true });
  });

  it("tells nobody without the password whether there is one", async () => {
    const somebody = await newOperator("auditor");
    const { secret } = await enrol(somebody);
    const guess = { ...somebody, password: "not the password" };
    expect(await signIn(guess)).toMatchObject({ status: 401, code: "wrong-credentials" });
    expect(await signIn(guess, codeNow(secret, 1))).toMatchObject({ status: 401, code: "wrong-credentials" });
    // And the code that came with a wrong password is not used up.
    expect((await signIn(somebody, codeNow(secret, 1))).status).toBe(201);
  });

  it("has codes that serve once each, in the step of thirty seconds that is theirs, the one before or the one after", async () => {
    const somebody = await newOperator("auditor");
    await atStepsBeginning();
    const { secret } = await enrol(somebody);
    expect((await signIn(somebody, codeNow(secret))).status, "the one that confirmed it").toBe(401);
    expect((await signIn(somebody, codeNow(secret, 3))).status, "three steps ahead").toBe(401);
    expect((await signIn(somebody, codeNow(secret, 1))).status, "one step ahead").toBe(201);
    expect((await signIn(somebody, codeNow(secret, 1))).status, "the same again").toBe(401);
    expect((await signIn(somebody, codeNow(secret))).status, "one before a used one").toBe(401);
    // So far that what was wrong is forgotten.
    await putClockForward(1_500);
    await atStepsBeginning();
    expect((await signIn(somebody, codeNow(secret, -3))).status, "three steps behind").toBe(401);
    expect((await signIn(somebody, codeNow(secret, -1))).status, "one step behind").toBe(201);
    expect((await signIn(somebody, codeNow(secret).replace(/^.../, "$& "))).status, "written in two groups").toBe(201);
  });

  it("has codes of which each lets in one of those who use it at once, also from one address", async () => {
    const somebody = await newOperator("auditor");
    const { secret } = await enrol(somebody);
    await putClockForward(60);
    await atStepsBeginning();
    const code = codeNow(secret);
    const address = newAddress();
    const answers = await Promise.all(Array.from({ length: 3 }, () => signIn(somebody, code, address)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 401, 401]);
  });

  it("can be done without ten times, by recovery codes that serve once each", async () => {
    const somebody = await newOperator("auditor");
    const { recoveryCodes } = await enrol(somebody);
    const [first = "", second = ""] = recoveryCodes;
    expect((await signIn(somebody, first)).status).toBe(201);
    expect((await signIn(somebody, first)).status).toBe(401);
    expect((await signIn(somebody, ` ${second} `)).status).toBe(201);
    const others = await newOperator("auditor");
    await enrol(others);
    expect((await signIn(others, recoveryCodes[2])).status).toBe(401);
  });

  it("is guessed at as slowly as a password: wrong codes count, and then the right one waits, too", async () => {
    const somebody = await newOperator("auditor");
    const { secret } = await enrol(somebody);
    await putClockForward(60);
    const address = newAddress();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 7; attempt += 1)
      statuses.push((await signIn(somebody, String(100_000 + attempt), address)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect((await signIn(somebody, codeNow(secret), newAddress())).status).toBe(429);
    await putClockForward(60);
    expect((await signIn(somebody, codeNow(secret))).status).toBe(201);
  });

  it("is given up by the password and a code, and by neither alone", async () => {
    const somebody = await newOperator("auditor");
    const { cookie, password } = somebody;
    const { secret, recoveryCodes } = await enrol(somebody);
    const remove = async (body: object) => (await askInSession(base, cookie, "DELETE /api/account/totp", body)).status;
    expect(await remove({ currentPassword: password, code: codeNow(secret, 4) })).toBe(401);
    expect(await remove({ currentPassword: "not the password", code: codeNow(secret, 1) })).toBe(401);
    expect(await remove({ currentPassword: password, code: codeNow(secret, 1) })).toBe(200);
    expect((await signIn(somebody)).status).toBe(201);
    expect(await remove({ currentPassword: password, code: recoveryCodes[0] })).toBe(404);
  });

  it("is forgotten when an admin resets the account, with all that was opened", async () => {
    const somebody = await newOperator("auditor");
    await enrol(somebody);
    const reset = await askAsOperator(kaimen.sandbox, `POST /api/operators/${somebody.login}/reset`, {});
    expect(reset.status).toBe(200);
    expect((await signIn(somebody)).status).toBe(401);
    expect((await askInSession(base, somebody.cookie, "GET /api/session")).status).toBe(401);
    expect((await askWithToken(kaimen.sandbox, somebody.token, "GET /api/session")).status).toBe(401);
    const cookie = await signInToApi(base, { login: somebody.login, password: String(reset.answer["password"]) });
    expect((await askInSession(base, cookie, "GET /api/session")).answer).toMatchObject({
      hasTotp: false,
      mustChangePassword: true,
    });
  });
});

describe("a session", { timeout }, () => {
  interface Listed {
    sessionId: string;
    isThis: boolean;
    address: string;
    client: string;
  }
  const listed = async (cookie: string): Promise<Listed[]> => {
    const { status, answer } = await askInSession(base, cookie, "GET /api/account/sessions");
    return status === 200 ? (answer["sessions"] as Listed[]) : [];
  };
  const lives = async (cookie: string): Promise<boolean> =>
    (await askInSession(base, cookie, "GET /api/session")).status === 200;

  it("is listed to its owner with where it was opened, and ended one by one or all others at once", async () => {
    const somebody = await newOperator("support");
    const [at, elsewhere] = [newAddress(), newAddress()];
    const second = (await signIn(somebody, undefined, at)).cookie;
    const third = (await signIn(somebody, undefined, elsewhere)).cookie;
    const sessions = await listed(second);
    expect(sessions.map(({ address, client, isThis }) => ({ address, client, isThis }))).toEqual([
      { address: elsewhere["x-forwarded-for"], client: elsewhere["user-agent"], isThis: false },
      { address: at["x-forwarded-for"], client: at["user-agent"], isThis: true },
      { address: "127.0.0.1", client: "node", isThis: false },
    ]);
    const stranger = await newOperator("support");
    const end = async (cookie: string, id = "") =>
      (await askInSession(base, cookie, `DELETE /api/account/sessions/${id}`)).status;
    expect(await end(stranger.cookie, sessions[0]?.sessionId)).toBe(404);
    expect(await lives(third)).toBe(true);
    expect(await end(second, sessions[0]?.sessionId)).toBe(200);
    expect([await lives(third), await lives(second), await lives(somebody.cookie)]).toEqual([false, true, true]);
    expect((await askInSession(base, second, "DELETE /api/account/sessions")).answer).toEqual({ ended: 1 });
    expect([await lives(second), await lives(somebody.cookie), await lives(stranger.cookie)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it("is over when its owner signs out, in this browser and for whoever kept the cookie", async () => {
    const somebody = await newOperator("support");
    expect((await askInSession(base, somebody.cookie, "DELETE /api/session")).status).toBe(200);
    expect(await lives(somebody.cookie)).toBe(false);
    expect((await askWithToken(kaimen.sandbox, somebody.token, "GET /api/session")).status).toBe(200);
  });

  it("goes on when its owner changes the password in it, and all others and the API tokens end", async () => {
    const somebody = await newOperator("support");
    const other = (await signIn(somebody)).cookie;
    const change = (body: object) => askInSession(base, somebody.cookie, "PUT /api/account/password", body);
    const newPassword = "a newer key, for good";
    expect((await change({ currentPassword: "not the password", newPassword })).status).toBe(401);
    expect((await change({ currentPassword: somebody.password, newPassword: "password123" })).status).toBe(400);
    expect((await change({ currentPassword: somebody.password, newPassword: somebody.password })).status).toBe(400);
    expect([await lives(other), await lives(somebody.cookie)]).toEqual([true, true]);
    expect((await change({ currentPassword: somebody.password, newPassword })).answer).toEqual({
      endedSessions: 1,
      endedTokens: 1,
    });
    expect([await lives(other), await lives(somebody.cookie)]).toEqual([false, true]);
    expect((await askWithToken(kaimen.sandbox, somebody.token, "GET /api/session")).status).toBe(401);
    expect((await signIn(somebody)).status).toBe(401);
    expect((await signIn({ ...somebody, password: newPassword })).status).toBe(201);
  });
});

describe("an API token", { timeout }, () => {
  const makeToken = (cookie: string, body: object) => askInSession(base, cookie, "POST /api/account/tokens", body);
  const ask = (token: unknown, name: string, body?: unknown) => askWithToken(kaimen.sandbox, String(token), name, body);

  it("does what its owner may, or what it is narrowed to, and never more", async () => {
    const { cookie } = await newOperator("operations");
    const { token } = (await makeToken(cookie, { name: "reader", permissions: ["merchants:read"] })).answer;
    expect((await ask(token, "GET /api/merchants")).status).toBe(200);
    const merchant = { merchantId: "M1", name: "never" };
    expect(await ask(token, "POST /api/merchants", merchant)).toMatchObject({
      status: 403,
      answer: { code: "not-permitted", detail: "the token is not for merchants:write" },
    });
    expect((await ask(token, "GET /api/gateway-keys")).status).toBe(403);
    expect((await ask(token, "GET /api/session")).answer["permissions"]).toEqual(["merchants:read"]);
    const { token: writer } = (await makeToken(cookie, { name: "writer", permissions: ["merchants:write"] })).answer;
    expect((await ask(writer, "GET /api/merchants")).status).toBe(200);
    const beyond = await makeToken(cookie, { name: "beyond", permissions: ["people:read"] });
    expect(beyond).toMatchObject({ status: 400, answer: { detail: "you may not people:read yourself" } });
  });

  it("makes no other tokens and proves no password: what it can do to the account is to end sessions and tokens", async () => {
    const { token, password } = await newOperator("support");
    for (const [name, body] of [
      ["POST /api/account/tokens", { name: "offspring" }],
      ["PUT /api/account/password", { currentPassword: password, newPassword: "a newer key, for good" }],
      ["POST /api/account/totp", { currentPassword: password }],
      ["DELETE /api/account/totp", { currentPassword: password, code: "123456" }],
    ] as const)
      expect(await ask(token, name, body), name).toMatchObject({ status: 403, answer: { code: "not-permitted" } });
  });

  it("has a name of its own, tells when it was last used, and is ended by its owner alone", async () => {
    const somebody = await newOperator("support");
    const { cookie } = somebody;
    const { token, tokenId } = (await makeToken(cookie, { name: "backup", days: 1 })).answer;
    expect(await makeToken(cookie, { name: "backup" })).toMatchObject({ status: 409, answer: { code: "conflict" } });
    const used = async () => {
      const { answer } = await askInSession(base, cookie, "GET /api/account/tokens");
      return (answer["tokens"] as { name: string; lastUsedAt: string | null }[]).find(({ name }) => name === "backup");
    };
    expect(await used()).toMatchObject({ lastUsedAt: null });
    const before = Date.now() + aheadS * 1_000 - 1_000;
    expect((await ask(token, "GET /api/session")).status).toBe(200);
    expect(Date.parse((await used())?.lastUsedAt ?? "")).toBeGreaterThan(before);
    const stranger = await newOperator("support");
    const end = async (owner: string) =>
      (await askInSession(base, owner, `DELETE /api/account/tokens/${String(tokenId)}`)).status;
    expect(await end(stranger.cookie)).toBe(404);
    expect(await end(cookie)).toBe(200);
    expect((await ask(token, "GET /api/session")).status).toBe(401);
    expect((await makeToken(cookie, { name: "backup" })).status).toBe(201);
  });

  it("ends with the account: at once when it is disabled, and for good", async () => {
    const somebody = await newOperator("support");
    const change = (body: object) => askAsOperator(kaimen.sandbox, `PATCH /api/operators/${somebody.login}`, body);
    expect((await change({ disabled: true })).status).toBe(200);
    const states = async () => [
      (await ask(somebody.token, "GET /api/session")).status,
      (await askInSession(base, somebody.cookie, "GET /api/session")).status,
      (await signIn(somebody)).status,
    ];
    expect(await states()).toEqual([401, 401, 401]);
    expect((await change({ disabled: false })).status).toBe(200);
    expect(await states()).toEqual([401, 401, 201]);
    expect((await askAsOperator(kaimen.sandbox, `DELETE /api/operators/${somebody.login}`)).status).toBe(200);
    expect(await states()).toEqual([401, 401, 401]);
  });

  it("does less at once when its owner's role does", async () => {
    const somebody = await newOperator("operations");
    const merchant = (merchantId: string) => ask(somebody.token, "POST /api/merchants", { merchantId, name: "M" });
    expect((await merchant("M-before")).status).toBe(201);
    await askAsOperator(kaimen.sandbox, `PATCH /api/operators/${somebody.login}`, { role: "support" });
    expect((await merchant("M-after")).status).toBe(403);
  });

  it("is nobody's when it is changed, or sent in another way", async () => {
    const { token } = await newOperator("support");
    const send = async (authorization: string) =>
      (await fetch(new URL("/api/session", base), { headers: { authorization } })).status;
    expect(await send(`Bearer ${token}`)).toBe(200);
    for (const authorization of [
      `Bearer ${token.slice(0, -1)}`,
      `Bearer ${token}A`,
      `Bearer ${token.toUpperCase()}`,
      `Bearer ${token.replace("kaimen_", "")}`,
      `Basic ${Buffer.from(`${token}:`).toString("base64")}`,
      token,
    ])
      expect(await send(authorization), authorization).toBe(401);
    expect((await askInSession(base, `kaimen_operator=${token}`, "GET /api/session")).status).toBe(401);
  });
});

describe("a password that somebody else has set", { timeout }, () => {
  it("opens nothing but the way to set another", async () => {
    const login = "newcomer@accounts";
    const made = await askAsOperator(kaimen.sandbox, "POST /api/operators", { login, role: "admin" });
    const password = String(made.answer["password"]);
    const cookie = await signInToApi(base, { login, password });
    const change = { code: "password-change-needed" };
    for (const [name, body] of [
      ["GET /api/merchants", undefined],
      ["GET /api/operators", undefined],
      ["POST /api/operators", { login: "x", role: "admin" }],
      ["POST /api/account/tokens", { name: "early" }],
      ["GET /api/approvals", undefined],
    ] as const)
      expect(await askInSession(base, cookie, name, body), name).toMatchObject({ status: 403, answer: change });
    expect((await askInSession(base, cookie, "GET /api/session")).answer).toMatchObject({ mustChangePassword: true });
    const body = { currentPassword: password, newPassword: "a key that is mine alone" };
    expect((await askInSession(base, cookie, "PUT /api/account/password", body)).status).toBe(200);
    expect((await askInSession(base, cookie, "GET /api/merchants")).status).toBe(200);
    await askAsOperator(kaimen.sandbox, `DELETE /api/operators/${login}`);
  });
});

describe("the last admin", { timeout }, () => {
  it("can be neither disabled nor removed nor given another role, until there is a second one; two who disable each other at once leave one", async () => {
    const { login } = kaimen.sandbox.operator;
    let other = await newOperator("admin");
    const third = await newOperator("admin");
    const ask = (name: string, body?: object) => askWithToken(kaimen.sandbox, other.token, name, body);
    expect((await ask(`PATCH /api/operators/${other.login}`, { role: "support" })).status).toBe(403);
    expect((await ask(`POST /api/operators/${login}/disable`)).status).toBe(200);

    const disable = (by: Somebody, whom: Somebody) =>
      askWithToken(kaimen.sandbox, by.token, `POST /api/operators/${whom.login}/disable`);
    const [first, second] = await Promise.all([disable(other, third), disable(third, other)]);
    expect([first.status, second.status].filter((status) => status === 200)).toHaveLength(1);
    if (first.status !== 200) other = third;
    for (const [name, body] of [
      [`POST /api/operators/${other.login}/disable`, undefined],
      [`PATCH /api/operators/${other.login}`, { disabled: true }],
      [`DELETE /api/operators/${other.login}`, undefined],
    ] as const)
      expect(await ask(name, body), name).toMatchObject({ status: 409, answer: { code: "conflict" } });
    expect((await ask(`PATCH /api/operators/${login}`, { disabled: false })).status).toBe(200);
    // The token that sandbox.json held has ended with the disabled operator.
    expect((await askAsOperator(kaimen.sandbox, "GET /api/session")).status).toBe(401);
  });
});

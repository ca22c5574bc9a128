import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";

const timeout = 120_000; // A hash takes 128 MB and, where others do the same, seconds.
const command = new URL("../../dist/cli/main.js", import.meta.url).pathname;

let kaimen: RunningKaimen;
beforeAll(async () => {
  kaimen = await startKaimen({ env: { KAIMEN_TRUSTED_PROXIES: "loopback" } });
}, timeout);
afterAll(() => kaimen.stop());

interface Asked {
  /** Whom the trusted proxy names as the caller. */
  readonly from: string;
  readonly cookie?: string | undefined;
  readonly token?: string;
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly method?: string;
}

function ask(path: string, { from, cookie, token, form, json, method }: Asked): Promise<Response> {
  return fetch(new URL(path, kaimen.sandbox.gateway_url), {
    method: method ?? (form === undefined && json === undefined ? "GET" : "POST"),
    headers: {
      "x-forwarded-for": from,
      ...(cookie === undefined ? {} : { cookie }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    redirect: "manual",
  });
}

/** The pages to sign in on, with what their forms send along. */
function loginPages(): [string, Record<string, string>][] {
  const request = { app_id: kaimen.sandbox.app_id, redirect_uri: "http://127.0.0.1:9/callback" };
  return [
    ["/oauth2/login", { ...request, scope: "auth_zhima" }],
    ["/oauth2/mineLogin", {}],
    ["/oauth2/merchantLogin", request],
    ["/oauth2/merchantMineLogin", {}],
  ];
}

const ownerAddress = "203.0.113.1";

function askAsOperator(path: string, json?: unknown): Promise<Response> {
  const { token } = kaimen.sandbox.operator;
  return ask(path, { from: ownerAddress, token, ...(json === undefined ? {} : { json }) });
}

async function putClockForward(seconds: number): Promise<void> {
  expect((await askAsOperator("/api/sandbox/clock", { advanceS: seconds })).status).toBe(200);
}

/** As the console's page does. */
const signInToApi = (kind: "operator" | "merchant", login: string, password: string, from: string): Promise<Response> =>
  ask("/api/session", { from, json: { kind, login, password } });

/** How many passwords came to this outcome so far. Right and wrong ones were hashed. */
async function checks(...outcomes: string[]): Promise<number> {
  const text = await (await fetch(new URL("/metrics", kaimen.sandbox.gateway_url))).text();
  const counts = [...text.matchAll(/^kaimen_password_checks_total\{kind="\w+",outcome="(\w+)"\} (\d+)$/gm)];
  return counts
    .filter(([, outcome = ""]) => outcomes.includes(outcome))
    .reduce((sum, [, , count]) => sum + Number(count), 0);
}

async function statuses(replies: readonly Promise<Response>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status } of await Promise.all(replies)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function cookiesOf(reply: Response, name: RegExp): string {
  return reply.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";", 1)[0] ?? "")
    .filter((cookie) => name.test(cookie))
    .join("; ");
}

const signIn = (user: { login: string; password: string }, asked: Omit<Asked, "form">): Promise<Response> =>
  ask("/oauth2/mineLogin", { ...asked, form: { login: user.login, password: user.password } });

const late = () => userByLogin(kaimen.sandbox, "late");
const guess = (login: string, password: string, from: string): Promise<Response> =>
  signIn({ login, password }, { from });

describe("guesses at one account", { timeout }, () => {
  let home: Response;
  beforeAll(async () => {
    await putClockForward(0);
    home = await signIn(late(), { from: ownerAddress });
    if (home.status !== 303) throw new Error(`the first sign-in was answered ${home.status}`);
  }, timeout);

  it("are heard five times, whichever page they come to, and the rest are told to wait, on a page that says so", async () => {
    const pages = loginPages().slice(0, 2);
    const before = await checks("wrong");
    const replies = Array.from({ length: 20 }, (_, at) => {
      const [path, fields] = pages[at % 2] ?? ["", {}];
      return ask(path, { from: "192.0.2.1", form: { ...fields, login: late().login, password: "guess number one" } });
    });
    expect(await statuses(replies)).toEqual({ 401: 5, 429: 15 });
    expect((await checks("wrong")) - before).toBe(5);
    const refused = (await Promise.all(replies)).find(({ status }) => status === 429);
    expect(refused?.headers.get("retry-after")).toBe("1");
    expect(refused?.headers.get("content-type")).toContain("text/html");
    expect(await refused?.text()).toContain("尝试次数过多，请在 1 秒后重试。");
  });

  it("meet delays that rise to 30 seconds, from wherever they come and however the login is written", async () => {
    const waits: number[] = [];
    for (let round = 1; round <= 5; round += 1) {
      await putClockForward(30);
      const login = round % 2 === 0 ? late().login : late().login.toUpperCase();
      expect((await guess(login, `guess ${round}`, `192.0.2.${10 + round}`)).status).toBe(401);
      const next = await guess(late().login, "another guess", `192.0.2.${20 + round}`);
      if (round >= 4) expect(next.status).toBe(429);
      waits.push(Number(next.headers.get("retry-after")));
    }
    expect(waits[3]).toBeGreaterThan(8);
    expect(waits[3]).toBeLessThanOrEqual(16);
    expect(waits[4]).toBeGreaterThan(16);
    expect(waits[4]).toBeLessThanOrEqual(30);
  });

  it("keep its owner out nowhere for good: not at home, not on a known device, and nowhere for more than 30 seconds", async () => {
    const stranger = await ask("/oauth2/mineLogin", {
      from: "198.51.100.7",
      form: { login: late().login, password: late().password },
    });
    expect(stranger.status).toBe(429);
    expect(cookiesOf(home, /_device=/)).toBe("");
    const again = await signIn(late(), { from: ownerAddress });
    expect(again.status).toBe(303);
    const device = cookiesOf(again, /_device=/);
    expect(again.headers.getSetCookie().find((cookie) => cookie.includes("_device="))).toMatch(
      /; Path=\/oauth2; HttpOnly; SameSite=Lax$/,
    );
    const [owner, forged, without] = await Promise.all([
      signIn(late(), { from: "198.51.100.8", cookie: device }),
      signIn(
        { login: late().login, password: "guess" },
        { from: "198.51.100.8", cookie: device.replace(/.$/, (last) => (last === "0" ? "1" : "0")) },
      ),
      signIn({ login: late().login, password: "guess" }, { from: "198.51.100.8" }),
    ]);
    expect([owner.status, forged.status, without.status]).toEqual([303, 429, 429]);
    await putClockForward(Number(stranger.headers.get("retry-after")));
    expect((await signIn(late(), { from: "198.51.100.7" })).status).toBe(303);
  });

  it("leave a session alone", async () => {
    const guesses = Array.from({ length: 100 }, (_, at) => guess(late().login, `guess ${at}`, `192.0.2.${100 + at}`));
    const own = await ask("/oauth2/mine.htm", { from: "198.51.100.9", cookie: cookiesOf(home, /^kaimen_user=/) });
    expect(own.status).toBe(200);
    expect(await own.text()).toContain(late().login);
    expect((await statuses(guesses))[429]).toBeGreaterThan(80);
  });
});

describe("guesses from one address", { timeout }, () => {
  const host = (number: number): string => `2001:db8:0:1::${number.toString(16)}`;

  it("are heard ten times over all accounts, and then refused at every route where a password is checked, for all of its /64", async () => {
    for (const name of ["nobody 1", "nobody 2"]) {
      const replies = Array.from({ length: 12 }, (_, at) => guess(name, "guess number one", host(at)));
      expect(await statuses(replies)).toEqual({ 401: 5, 429: 7 });
    }
    for (let round = 1; round <= 4; round += 1) {
      await putClockForward(30);
      expect((await guess(`nobody ${round + 2}`, "guess", host(round))).status).toBe(401);
    }
    const stranger = { login: "a stranger", password: "guess" };
    const atPages = loginPages().map(
      ([path, fields]) => [`POST ${path}`, ask(path, { from: host(50), form: { ...fields, ...stranger } })] as const,
    );
    const atApi = (["operator", "merchant"] as const).map(
      (kind) => [`API of a ${kind}`, signInToApi(kind, stranger.login, stranger.password, host(51))] as const,
    );
    for (const [name, asked] of [...atPages, ...atApi]) {
      const reply = await asked;
      expect(reply.status, name).toBe(429);
      expect(Number(reply.headers.get("retry-after")), name).toBeGreaterThan(0);
      expect(Number(reply.headers.get("retry-after")), name).toBeLessThanOrEqual(16);
      if (name.startsWith("API"))
        expect(await reply.json(), name).toMatchObject({
          code: "too-many-requests",
          detail: expect.stringMatching(/^too many attempts; try again in \d+ s$/) as string,
        });
    }
    expect((await guess("a stranger", "guess", "2001:db8:0:2::1")).status).toBe(401);
  });

  it("at an operator's password are heard a few times, while the operator's token and session go on at the same address", async () => {
    const batches = `/api/feedback/batches?merchantId=${kaimen.sandbox.merchant_id}`;
    const { login, password } = kaimen.sandbox.operator;
    const cookie = cookiesOf(await signInToApi("operator", login, password, ownerAddress), /^kaimen_operator=/);
    expect(cookie).not.toBe("");
    const [right, wrong] = [await checks("right"), await checks("wrong")];
    const guesses = Array.from({ length: 200 }, (_, at) => signInToApi("operator", login, `guess ${at}`, ownerAddress));
    const own = [
      ...Array.from({ length: 10 }, () => askAsOperator(batches)),
      ...Array.from({ length: 10 }, () => ask(batches, { from: ownerAddress, cookie })),
    ];
    expect(await statuses(own)).toEqual({ 200: 20 });
    const answered = await statuses(guesses);
    expect(Object.keys(answered)).toEqual(["401", "429"]);
    expect(answered[401]).toBeLessThanOrEqual(10);
    expect((await checks("wrong")) - wrong).toBe(answered[401]);
    expect(await checks("right")).toBe(right);
    expect((await askAsOperator(batches)).status).toBe(200);
  });

  it("at an API token lead nowhere, and cost no hash", async () => {
    const [right, wrong] = [await checks("right"), await checks("wrong")];
    const { token } = kaimen.sandbox.operator;
    const guesses = Array.from({ length: 50 }, (_, at) =>
      ask("/api/session", { from: "192.0.2.77", token: `${token.slice(0, -2)}${String(at).padStart(2, "0")}` }),
    );
    const answered = await statuses(guesses.filter((_, at) => !token.endsWith(String(at).padStart(2, "0"))));
    expect(Object.keys(answered)).toEqual(["401"]);
    expect([await checks("right"), await checks("wrong")]).toEqual([right, wrong]);
  });

  it("a thousand at once, keep a sign-in from another waiting for a few hashes only", async () => {
    const busy = await checks("busy");
    const guesses = Array.from({ length: 1_000 }, (_, at) =>
      guess(`nobody of ${at}`, "guess", `192.0.2.${201 + (at % 2)}`),
    );
    while ((await checks("busy")) === busy) await new Promise((resolve) => setTimeout(resolve, 20));
    const hashedBefore = await checks("right", "wrong");
    expect((await signIn(userByLogin(kaimen.sandbox, "recovered"), { from: "198.51.100.20" })).status).toBe(303);
    // The one that was being hashed, and one of each of the two addresses that may have been before it.
    expect((await checks("right", "wrong")) - hashedBefore - 1).toBeLessThanOrEqual(4);
    const answered = await statuses(guesses);
    expect(Object.keys(answered)).toEqual(["401", "429"]);
    expect(answered[401]).toBeLessThanOrEqual(20);
  });
});

describe("a password that is set", { timeout }, () => {
  const rules = [
    ["eight let", "password has 10 to 256 characters"],
    ["Password123", "most common"],
    ["12345678901", "repeats or counts"],
    ["my-newcomer-1", "contains the login"],
  ] as const;
  const person = () => ({ name: "刘思远", credentialsNo: userByLogin(kaimen.sandbox, "new").credentials_no });
  const setters: [string, () => string, (password: string) => unknown][] = [
    ["a user", () => "/api/users", (password) => ({ ...person(), login: "newcomer", password })],
    [
      "a merchant's staff",
      () => `/api/merchants/${kaimen.sandbox.merchant_id}/staff`,
      (password) => ({ login: "newcomer", password }),
    ],
    [
      "a sandbox's user",
      () => "/api/sandbox/users",
      (password) => ({ users: [{ ...person(), login: "newcomer", password }] }),
    ],
  ];

  it.each(setters)("for %s is refused by the rules, in words that say which", async (_, path, body) => {
    for (const [password, expected] of rules) {
      const reply = await askAsOperator(path(), body(password));
      expect(reply.status, password).toBe(400);
      expect(await reply.text()).toContain(expected);
    }
  });

  it("serves when it keeps them", async () => {
    const path = `/api/merchants/${kaimen.sandbox.merchant_id}/staff`;
    expect((await askAsOperator(path, { login: "newcomer", password: "a tea pot in june" })).status).toBe(201);
  });

  it("on the command line is refused in the same words", async () => {
    const run = promisify(execFile)(
      process.execPath,
      [
        command,
        "user",
        "add",
        "--name",
        "刘思远",
        "--credentials-no",
        userByLogin(kaimen.sandbox, "new").credentials_no,
        "--login",
        "newcomer",
        "--password",
        "short",
      ],
      {
        env: { ...process.env, KAIMEN_DATA: kaimen.dataDirectory },
      },
    );
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("password has 10 to 256 characters"),
    });
  });
});

describe("the log", () => {
  it("tells of guesses by address and account, and of no login or password", () => {
    const lines = kaimen
      .log()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const wrong = lines.filter(({ msg }) => msg === "a wrong login, password or code");
    const often = lines.filter(({ msg }) => msg === "passwords are tried too often");
    expect(wrong.length).toBeGreaterThan(10);
    expect(often.length).toBeGreaterThan(1);
    // One a second at most, however many were refused.
    expect(often.length).toBeLessThan(300);
    expect(often.reduce((sum, { refused }) => sum + Number(refused), 0)).toBeGreaterThan(300);
    const atLate = wrong.filter(({ address }) => address === "192.0.2.1");
    expect(atLate.length).toBe(5);
    expect(atLate[0]).toMatchObject({
      level: 40,
      kind: "user",
      account: expect.stringMatching(/^[0-9a-f]{8}$/),
      failures: expect.any(Number),
    });
    expect(wrong.map(({ address }) => address)).toContain("2001:db8:0:1::/64");
    for (const secret of ["guess", "late@", "LATE@", "nobody", kaimen.sandbox.operator.password, late().password])
      expect(kaimen.log()).not.toContain(secret);
  });
});

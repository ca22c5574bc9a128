import { once } from "node:events";
import { readdirSync, readlinkSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Instant, instantOf } from "#kaimen/clock.ts";
import { createRateLimit } from "#kaimen/gateway/call-limits.ts";
import { askScore } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";

const score = "zhima.credit.score.get";
const subCodeOf = (reply: string): unknown =>
  Object.values(JSON.parse(reply) as Record<string, { sub_code: string }>)[0]?.sub_code;

describe("of bodies", () => {
  let kaimen: RunningKaimen;
  let port: number;
  beforeAll(async () => {
    kaimen = await startKaimen({ env: { KAIMEN_BODY_TIMEOUT_MS: "1000" } });
    port = Number(new URL(kaimen.sandbox.gateway_url).port);
  });
  afterAll(() => kaimen.stop());

  it("a client that sends slowly is cut off", async () => {
    const started = performance.now();
    const socket = connect(port, "127.0.0.1", () =>
      socket.write("POST /gateway.do HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\na"),
    );
    const drip = setInterval(() => socket.write("a"), 100);
    await new Promise<void>((resolve) => {
      socket.on("error", () => undefined); // Cut off, what is written next fails.
      socket.on("close", () => resolve());
    });
    clearInterval(drip);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it.each([
    ["announced", true],
    ["found out on the way", false],
  ] as const)(
    "a client that reads only after it has sent all of a body too large gets the refusal: %s",
    async (_, announced) => {
      const limit = 53 * 1_048_576;
      const head = announced ? `Content-Length: ${limit}` : "Transfer-Encoding: chunked";
      const socket = connect(port, "127.0.0.1").pause();
      socket.write(`POST /gateway.do?method=${score} HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n`);
      const piece = Buffer.alloc(1_048_576);
      for (let sent = 0; sent < limit; sent += piece.length) {
        if (!announced) socket.write("100000\r\n");
        if (!socket.write(piece)) await once(socket, "drain");
        if (!announced) socket.write("\r\n");
      }
      if (!announced) socket.write("0\r\n\r\n");
      const reply = (await buffer(socket)).toString();
      expect(reply).toMatch(/^connection: close\r$/m);
      expect(subCodeOf(reply.slice(reply.indexOf("\r\n\r\n")))).toBe("isv.invalid-file-size");
    },
  );

  it("the answer to a call that follows is unharmed", async () => {
    expect(await askScore(officialSdk(kaimen.sandbox), "x")).toMatchObject({ subCode: "aop.invalid-auth-token" });
  });
});

describe("a body in parts", () => {
  const boundary = "b";
  /** Sends a file of so many megabytes and reads the reply only then. */
  async function sendFile(gateway: string, megabytes: number): Promise<string> {
    const socket = connect(Number(new URL(gateway).port), "127.0.0.1").pause();
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n\r\n`;
    const tail = `\r\n--${boundary}--\r\n`;
    const length = head.length + megabytes * 1_048_576 + tail.length;
    socket.write(
      `POST /gateway.do?method=${score} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=${boundary}\r\nContent-Length: ${length}\r\n\r\n${head}`,
    );
    const piece = Buffer.alloc(1_048_576);
    for (let sent = 0; sent < megabytes; sent += 1) if (!socket.write(piece)) await once(socket, "drain");
    socket.write(tail);
    const reply = (await buffer(socket)).toString();
    return reply.slice(reply.indexOf("\r\n\r\n"));
  }

  it("whose file cannot be put aside is our own fault, which is answered and logged", async () => {
    const kaimen = await startKaimen({ env: { TMPDIR: "/nowhere" } });
    expect(subCodeOf(await sendFile(kaimen.sandbox.gateway_url, 8))).toBe("aop.unknow-error");
    expect(await kaimen.logLine("ENOENT")).toContain("trace_id");
    await kaimen.stop();
  });

  it("has little room for what is no file, as a form has", async () => {
    const kaimen = await startKaimen();
    const { gateway_url: gateway } = kaimen.sandbox;
    const answerTo = async (body: FormData | URLSearchParams): Promise<unknown> =>
      subCodeOf(await (await fetch(`${gateway}?method=${score}`, { method: "POST", body })).text());
    const large = "+".repeat(5 * 1_048_576);
    const form = (value: string | Blob): FormData => {
      const data = new FormData();
      data.set("a", value);
      return data;
    };
    expect(await answerTo(new URLSearchParams({ a: large }))).toBe("isv.invalid-file-size");
    expect(await answerTo(form(large))).toBe("isv.invalid-file-size");
    expect(await answerTo(form(new Blob([large])))).toBe("isv.missing-app-id");
    expect(await answerTo(form(large.slice(0, 3 * 1_048_576)))).toBe("isv.missing-app-id");
    await kaimen.stop();
  });

  it("holds nothing open when it is answered, whatever the answer", async () => {
    const kaimen = await startKaimen({ env: { KAIMEN_BODY_LIMIT_MB: "4" } });
    const open = (): number =>
      readdirSync(`/proc/${kaimen.process.pid}/fd`).filter((name) =>
        asideLink(`/proc/${kaimen.process.pid}/fd/${name}`),
      ).length;
    expect(subCodeOf(await sendFile(kaimen.sandbox.gateway_url, 2))).toBe("isv.missing-app-id");
    expect(subCodeOf(await sendFile(kaimen.sandbox.gateway_url, 8))).toBe("isv.invalid-file-size");
    const socket = connect(Number(new URL(kaimen.sandbox.gateway_url).port), "127.0.0.1");
    socket.write(
      `POST /gateway.do HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=${boundary}\r\nContent-Length: 3000000\r\n\r\n--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`,
    );
    socket.write(Buffer.alloc(2_000_000));
    await sleep(300);
    if (process.platform === "linux") expect(open()).toBe(1);
    socket.destroy();
    await sleep(300);
    if (process.platform === "linux") expect(open()).toBe(0);
    await kaimen.stop();
  });
});

function asideLink(path: string): boolean {
  try {
    return /\/kaimen-[0-9a-f-]{36} \(deleted\)$/.test(readlinkSync(path));
  } catch {
    return false; // Closed meanwhile.
  }
}

describe("of calls a second from one address", () => {
  async function ask(
    { sandbox }: RunningKaimen,
    from: { localAddress: string; forwardedFor?: string },
  ): Promise<unknown> {
    const headers = from.forwardedFor === undefined ? {} : { "x-forwarded-for": from.forwardedFor };
    const url = `${sandbox.gateway_url}?method=${score}&app_id=${sandbox.app_id}`;
    const [reply] = (await once(
      request(url, { localAddress: from.localAddress, headers, agent: false }).end(),
      "response",
    )) as [IncomingMessage];
    return subCodeOf(await text(reply));
  }

  it("more are 40005, while another address goes on; who they say they come for counts for nothing", async () => {
    const kaimen = await startKaimen({ env: { KAIMEN_ADDRESS_CALLS_PER_S: "1" } });
    const answers = await Promise.all([
      ask(kaimen, { localAddress: "127.0.0.2" }),
      ...["192.0.2.1", "192.0.2.2", "192.0.2.3"].map((forwardedFor) =>
        ask(kaimen, { localAddress: "127.0.0.1", forwardedFor }),
      ),
    ]);
    expect(answers[0]).toBe("isv.missing-signature");
    expect(answers).toContain("isv.app-call-limited");
    await sleep(1_100);
    expect(await ask(kaimen, { localAddress: "127.0.0.1" })).toBe("isv.missing-signature");
    await kaimen.stop();
  });

  it("behind a trusted proxy are those of whom it names last, and its word makes the session's cookie Secure", async () => {
    const kaimen = await startKaimen({ env: { KAIMEN_ADDRESS_CALLS_PER_S: "1", KAIMEN_TRUSTED_PROXIES: "127.0.0.1" } });
    const clients = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.9, 192.0.2.4"];
    const each = await Promise.all(
      clients.map((forwardedFor) => ask(kaimen, { localAddress: "127.0.0.1", forwardedFor })),
    );
    expect(each).toEqual(each.map(() => "isv.missing-signature"));
    const same = await Promise.all(
      ["a, 192.0.2.5", "b, 192.0.2.5", "192.0.2.5"].map((forwardedFor) =>
        ask(kaimen, { localAddress: "127.0.0.1", forwardedFor }),
      ),
    );
    expect(same).toContain("isv.app-call-limited");

    const signIn = async (protocol: string): Promise<string | null> => {
      const { login, password } = userByLogin(kaimen.sandbox, "average");
      const answer = await fetch(new URL("/oauth2/login", kaimen.sandbox.authorize_url), {
        method: "POST",
        headers: { "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": protocol },
        body: new URLSearchParams({
          login,
          password,
          app_id: kaimen.sandbox.app_id,
          redirect_uri: "http://127.0.0.1:9/callback",
          scope: "auth_zhima",
        }),
        redirect: "manual",
      });
      return answer.headers.get("set-cookie");
    };
    expect(await signIn("https")).toMatch(/; Secure/);
    expect(await signIn("http")).not.toMatch(/; Secure/);
    await kaimen.stop();
  });
});

describe("of passwords", () => {
  it("a stranger's guesses leave the threads to those who sign replies", { timeout: 120_000 }, async () => {
    const kaimen = await startKaimen();
    const guess = async (_: unknown, at: number): Promise<number> => {
      const { login } = kaimen.sandbox.operator;
      const reply = await fetch(new URL("/api/session", kaimen.sandbox.gateway_url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ kind: "operator", login, password: `guess ${at}` }),
      });
      return reply.status;
    };
    let guessing = true;
    const guesses = Promise.all(Array.from({ length: 80 }, guess)).finally(() => (guessing = false));
    await sleep(300);
    expect(
      await askScore(officialSdk(kaimen.sandbox), userByLogin(kaimen.sandbox, "excellent").access_token),
    ).toMatchObject({ code: "10000" });
    expect(guessing).toBe(true);
    expect(new Set(await guesses)).toEqual(new Set([401, 429]));
    await kaimen.stop();
  });

  it(
    "an operator's requests are counted for each operator and address, and a stranger's use none of them up",
    { timeout: 120_000 },
    async () => {
      const kaimen = await startKaimen();
      const ask = (token: string) =>
        fetch(new URL("/api/apps", kaimen.sandbox.gateway_url), { headers: { authorization: `Bearer ${token}` } });
      const left = async () => Number((await ask(kaimen.sandbox.operator.token)).headers.get("x-ratelimit-remaining"));
      const before = await left();
      const strangers = await Promise.all(Array.from({ length: 10 }, () => ask(`kaimen_${"x".repeat(43)}`)));
      expect(strangers.map(({ headers }) => headers.get("x-ratelimit-limit"))).toEqual(strangers.map(() => null));
      expect(await left()).toBe(before - 1);
      expect(before).toBe(299);
      await kaimen.stop();
    },
  );
});

describe("a rate limit", () => {
  const at = (ms: number): Instant => instantOf(ms * 1_000);

  it("allows so many at once and so many a second, each caller by itself", () => {
    let now = at(0);
    const limit = createRateLimit(2, { now: () => now });
    const asked = (key: string) => [limit.allows(key), limit.allows(key), limit.allows(key)];
    expect(asked("a")).toEqual([true, true, false]);
    expect(asked("b")).toEqual([true, true, false]);
    now = at(500);
    expect(asked("a")).toEqual([true, false, false]);
    now = at(60_000);
    expect(asked("a")).toEqual([true, true, false]);
    now = at(0);
    expect(limit.allows("a")).toBe(false);
  });

  it("of 0 allows everything", () => {
    const limit = createRateLimit(0, { now: () => at(0) });
    expect(Array.from({ length: 1_000 }, () => limit.allows("a")).every(Boolean)).toBe(true);
  });
});

import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { callAs, type GatewayReply, sandboxApp, type TestApp } from "../support/operator.ts";
import { consent, openPage, signInAt } from "../support/pages.ts";

/** RFC 7636 with S256: a code that was asked for with a challenge is worth nothing to whoever has not its verifier. */
const back = "http://127.0.0.1:9/callback";
/** RFC 7636, appendix B. */
const published = {
  verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
  challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
};
const challengeOf = (verifier: string): string => createHash("sha256").update(verifier).digest("base64url");
const s256 = (challenge: string): Record<string, string> => ({
  code_challenge: challenge,
  code_challenge_method: "S256",
});

let kaimen: RunningKaimen;
let app: TestApp;
let cookie = "";
let base: Record<string, string> = {};

async function start(env: Record<string, string>, dataDirectory?: string): Promise<void> {
  kaimen = await startKaimen({ env, ...(dataDirectory === undefined ? {} : { dataDirectory }) });
  app = sandboxApp(kaimen.sandbox);
  cookie = await signInAt(kaimen.sandbox.gateway_url, "/oauth2/mineLogin", userByLogin(kaimen.sandbox, "average"));
  base = { app_id: app.appId, scope: "auth_zhima", redirect_uri: back };
}
const newCode = async (asked: Record<string, string>): Promise<string> =>
  (await consent(kaimen.sandbox.authorize_url, { ...base, ...asked }, cookie)).searchParams.get("auth_code") ?? "";
const exchange = (code: string, more: Record<string, string>): Promise<GatewayReply> =>
  callAs(kaimen.sandbox, app, "alipay.system.oauth.token", { grant_type: "authorization_code", code, ...more });
/** What each form of a request for consent comes to: the page, signing in on it, and agreeing. */
async function outcomes(asked: Record<string, string>): Promise<string[]> {
  const fields = { ...base, ...asked };
  const { gateway_url: address, authorize_url: page } = kaimen.sandbox;
  const user = userByLogin(kaimen.sandbox, "average");
  const replies = [
    await openPage(`${page}?${new URLSearchParams(fields).toString()}`, { cookie }),
    await openPage(`${page}?${new URLSearchParams(fields).toString()}`),
    await openPage(new URL("/oauth2/login", address), {
      form: { ...fields, login: user.login, password: user.password },
    }),
    await openPage(page, {
      cookie,
      form: {
        ...fields,
        decision: "agree",
        form_token: (await openPage(new URL("/oauth2/mine.htm", address), { cookie })).formToken,
      },
    }),
  ];
  return [...new Set(replies.map(({ status, errorCode }) => errorCode ?? (status < 400 ? "taken" : String(status))))];
}

beforeAll(() => start({}));
afterAll(() => kaimen?.stop());

describe("the authorise page takes S256 alone:", () => {
  it.each<[string, Record<string, string>, string]>([
    ["no challenge", {}, "taken"],
    ["the challenge of the RFC", s256(published.challenge), "taken"],
    ["plain", { code_challenge: published.verifier, code_challenge_method: "plain" }, "invalid-code-challenge-method"],
    ["no method, which means plain", { code_challenge: published.challenge }, "invalid-code-challenge-method"],
    [
      "an empty method",
      { code_challenge: published.challenge, code_challenge_method: "" },
      "invalid-code-challenge-method",
    ],
    [
      "the method in small letters",
      { code_challenge: published.challenge, code_challenge_method: "s256" },
      "invalid-code-challenge-method",
    ],
    [
      "another hash",
      { code_challenge: published.challenge, code_challenge_method: "S512" },
      "invalid-code-challenge-method",
    ],
    ["a method without a challenge", { code_challenge_method: "S256" }, "invalid-code-challenge"],
    ["an empty challenge", s256(""), "invalid-code-challenge"],
    ["42 characters", s256(published.challenge.slice(1)), "invalid-code-challenge"],
    ["44 characters", s256(`${published.challenge}=`), "invalid-code-challenge"],
    ["base64 that is not of URLs", s256(published.challenge.replace("-", "+")), "invalid-code-challenge"],
    ["a line end after it", s256(`${published.challenge}\n`), "invalid-code-challenge"],
  ])("%s", async (_, asked, expected) => {
    expect(await outcomes(asked)).toEqual([expected]);
  });
});

describe("a parameter that comes twice is refused, and neither is passed over:", () => {
  it.each(["code_challenge", "code_challenge_method", "state", "scope", "redirect_uri", "app_id"])(
    "%s",
    async (name) => {
      const fields = new URLSearchParams({ ...base, ...s256(published.challenge), state: "s" });
      fields.append(name, fields.get(name) ?? "");
      const page = await fetch(`${kaimen.sandbox.authorize_url}?${fields.toString()}`, {
        headers: { cookie },
        redirect: "manual",
      });
      expect(page.status).toBe(400);
      expect(await page.text()).toContain("repeated-parameter");
    },
  );
});

describe("a code", () => {
  const verifier = randomBytes(32).toString("base64url");
  const longest = "~".repeat(128);
  it.each<[string, Record<string, string>, Record<string, string>, string]>([
    [
      "with the RFC's challenge needs the RFC's verifier",
      s256(published.challenge),
      { code_verifier: published.verifier },
      "10000",
    ],
    ["with a challenge needs its verifier", s256(challengeOf(verifier)), { code_verifier: verifier }, "10000"],
    ["is exchanged for the longest verifier", s256(challengeOf(longest)), { code_verifier: longest }, "10000"],
    ["without a challenge needs none", {}, {}, "10000"],
    ["with a challenge is refused without a verifier", s256(challengeOf(verifier)), {}, "isv.code-invalid"],
    [
      "with a challenge is refused with an empty verifier",
      s256(challengeOf(verifier)),
      { code_verifier: "" },
      "isv.code-invalid",
    ],
    [
      "with a challenge is refused with another's verifier",
      s256(challengeOf(verifier)),
      { code_verifier: published.verifier },
      "isv.code-invalid",
    ],
    [
      "with a challenge is refused with the challenge for verifier",
      s256(challengeOf(verifier)),
      { code_verifier: challengeOf(verifier) },
      "isv.code-invalid",
    ],
    [
      "with a challenge is refused with its verifier and a letter",
      s256(challengeOf(verifier)),
      { code_verifier: `${verifier}A` },
      "isv.code-invalid",
    ],
    [
      "is refused with a verifier of 42 characters",
      s256(challengeOf("a".repeat(42))),
      { code_verifier: "a".repeat(42) },
      "isv.code-invalid",
    ],
    [
      "is refused with a verifier of 129 characters",
      s256(challengeOf("a".repeat(129))),
      { code_verifier: "a".repeat(129) },
      "isv.code-invalid",
    ],
    [
      "without a challenge is refused with a verifier: its address lost the challenge on the way",
      {},
      { code_verifier: verifier },
      "isv.code-invalid",
    ],
  ])("%s", async (_, asked, sent, expected) => {
    expect((await exchange(await newCode(asked), sent)).code).toBe(expected);
  });

  it("is not burnt by a verifier that does not fit", async () => {
    const code = await newCode(s256(challengeOf(verifier)));
    for (const wrong of [{}, { code_verifier: published.verifier }])
      expect((await exchange(code, wrong)).code).toBe("isv.code-invalid");
    expect((await exchange(code, { code_verifier: verifier })).code).toBe("10000");
  });

  it("keeps its challenge through signing in on the page", async () => {
    const user = userByLogin(kaimen.sandbox, "average");
    const fields = { ...base, ...s256(challengeOf(verifier)) };
    const signedIn = await openPage(new URL("/oauth2/login", kaimen.sandbox.gateway_url), {
      form: { ...fields, login: user.login, password: user.password },
    });
    const passed = await openPage(new URL(signedIn.location ?? "", kaimen.sandbox.gateway_url), {
      cookie: signedIn.cookie,
    });
    const code = new URL(passed.location ?? "about:blank").searchParams.get("auth_code") ?? "";
    expect((await exchange(code, {})).code).toBe("isv.code-invalid");
    expect((await exchange(code, { code_verifier: verifier })).code).toBe("10000");
  });
});

// Last: it takes the other tests' server down and starts another on its data.
it("KAIMEN_PKCE=required refuses to ask without a challenge, and a code that was issued without one", async () => {
  const before = await newCode({});
  await kaimen.end("SIGTERM");
  await start({ ...kaimen.environment, KAIMEN_PKCE: "required" }, kaimen.dataDirectory);
  expect(await outcomes({})).toEqual(["missing-code-challenge"]);
  expect(await outcomes(s256(published.challenge))).toEqual(["taken"]);
  expect((await exchange(before, {})).code).toBe("isv.code-invalid");
  expect((await exchange(await newCode(s256(published.challenge)), { code_verifier: published.verifier })).code).toBe(
    "10000",
  );
});

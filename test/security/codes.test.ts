import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newTransactionId, productCode } from "../support/integrator.ts";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import {
  addApp,
  askAsOperator,
  callAs,
  type GatewayReply,
  sandboxApp,
  send,
  signedCall,
  type TestApp,
} from "../support/operator.ts";
import { consent, signInAt } from "../support/pages.ts";

/**
 * A code serves once (RFC 6749 4.1.2), and so does a refresh token that was replaced (RFC 9700 4.14.2). Used again by the
 * app that it was issued to, it ends all that came of it; another app's use changes nothing. Users and merchants alike.
 */
let kaimen: RunningKaimen;
let own: TestApp;
let stranger: TestApp;
let userCookie = "";
let merchantCookie = "";
const back = "http://127.0.0.1:9/callback";

beforeAll(async () => {
  // On PostgreSQL where there is one: only there do two transactions really meet.
  kaimen = await startKaimen();
  const { sandbox } = kaimen;
  own = sandboxApp(sandbox);
  stranger = await addApp(sandbox, "2021000000000666", { actsForMerchants: true });
  const [merchant = { login: "", password: "" }] = sandbox.merchants;
  userCookie = await signInAt(sandbox.gateway_url, "/oauth2/mineLogin", userByLogin(sandbox, "average"));
  merchantCookie = await signInAt(sandbox.gateway_url, "/oauth2/merchantMineLogin", merchant);
});
afterAll(async () => {
  await kaimen?.stop();
});

interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

/** One kind of code: how it comes, is exchanged and refreshed, and whether its access token is good. */
interface Kind {
  newCode(): Promise<string>;
  exchange(app: TestApp, code: string): Promise<GatewayReply>;
  refresh(app: TestApp, token: string): Promise<GatewayReply>;
  tokensOf(reply: GatewayReply): Tokens;
  /** The code of a call with the token. */
  use(access: string): Promise<string>;
  readonly refused: {
    readonly code: string;
    readonly refresh: string;
    readonly token: string;
    readonly othersCode: string;
    readonly othersRefresh: string;
  };
}

const inquiry = () => JSON.stringify({ transaction_id: newTransactionId(), product_code: productCode });

const kinds: readonly (readonly [string, Kind])[] = [
  [
    "a user's auth_code",
    {
      async newCode() {
        const address = await consent(
          kaimen.sandbox.authorize_url,
          { app_id: own.appId, scope: "auth_zhima", redirect_uri: back },
          userCookie,
        );
        return address.searchParams.get("auth_code") ?? "";
      },
      exchange: (app, code) =>
        callAs(kaimen.sandbox, app, "alipay.system.oauth.token", { grant_type: "authorization_code", code }),
      refresh: (app, token) =>
        callAs(kaimen.sandbox, app, "alipay.system.oauth.token", { grant_type: "refresh_token", refresh_token: token }),
      tokensOf: ({ node }) => ({ access: String(node["access_token"]), refresh: String(node["refresh_token"]) }),
      use: async (access) =>
        (await callAs(kaimen.sandbox, own, "zhima.credit.score.get", { auth_token: access, biz_content: inquiry() }))
          .code,
      refused: {
        code: "isv.code-invalid",
        refresh: "isv.refreshed-token-invalid",
        token: "aop.invalid-auth-token",
        othersCode: "isv.code-invalid",
        othersRefresh: "isv.unmatched-app-id",
      },
    },
  ],
  [
    "a merchant's app_auth_code",
    {
      async newCode() {
        const choices = {
          "method.zhima.credit.score.get": "yes",
          auth_app_id: kaimen.sandbox.merchants[0]?.app_id ?? "",
        };
        const address = await consent(
          kaimen.sandbox.app_authorize_url,
          { app_id: own.appId, redirect_uri: back },
          merchantCookie,
          choices,
        );
        return address.searchParams.get("app_auth_code") ?? "";
      },
      exchange: (app, code) =>
        callAs(kaimen.sandbox, app, "alipay.open.auth.token.app", {
          biz_content: JSON.stringify({ grant_type: "authorization_code", code }),
        }),
      refresh: (app, token) =>
        callAs(kaimen.sandbox, app, "alipay.open.auth.token.app", {
          biz_content: JSON.stringify({ grant_type: "refresh_token", refresh_token: token }),
        }),
      tokensOf: ({ node }) => ({ access: String(node["app_auth_token"]), refresh: String(node["app_refresh_token"]) }),
      async use(access) {
        const auth_token = userByLogin(kaimen.sandbox, "average").access_token;
        return (
          await callAs(kaimen.sandbox, own, "zhima.credit.score.get", {
            auth_token,
            app_auth_token: access,
            biz_content: inquiry(),
          })
        ).code;
      },
      refused: {
        code: "AUTH_CODE_NOT_VALID",
        refresh: "REFRESH_TOKEN_NOT_VALID",
        token: "aop.invalid-app-auth-token",
        othersCode: "APP_ID_NOT_CONSISTENT",
        othersRefresh: "APP_ID_NOT_CONSISTENT",
      },
    },
  ],
];

describe.each(kinds)("%s", (_, kind) => {
  const { refused } = kind;

  /** Tokens for a fresh code, with the code; seen to be good. */
  async function firstUse(): Promise<Tokens & { code: string }> {
    const code = await kind.newCode();
    const tokens = kind.tokensOf(await kind.exchange(own, code));
    expect(await kind.use(tokens.access)).toBe("10000");
    return { ...tokens, code };
  }
  const refreshed = async (token: string): Promise<Tokens> => kind.tokensOf(await kind.refresh(own, token));
  const isDead = async ({ access, refresh }: Tokens): Promise<void> => {
    expect(await kind.use(access)).toBe(refused.token);
    expect((await kind.refresh(own, refresh)).code).toBe(refused.refresh);
  };

  it("used twice is refused, and ends the tokens that its first use made", async () => {
    const first = await firstUse();
    expect((await kind.exchange(own, first.code)).code).toBe(refused.code);
    await isDead(first);
  });

  it("used twice ends the tokens that were refreshed since", async () => {
    const first = await firstUse();
    const second = await refreshed(first.refresh);
    const third = await refreshed(second.refresh);
    expect(await kind.use(third.access)).toBe("10000");
    expect((await kind.exchange(own, first.code)).code).toBe(refused.code);
    await isDead(third);
  });

  it("gives a refresh token that, used again after it was replaced, ends the tokens that replaced it", async () => {
    const first = await firstUse();
    const second = await refreshed(first.refresh);
    expect(await kind.use(second.access)).toBe("10000");
    expect((await kind.refresh(own, first.refresh)).code).toBe(refused.refresh);
    await isDead(second);
  });

  it("is neither exchanged nor burnt by another app, before its use or after, and ends nothing then", async () => {
    const code = await kind.newCode();
    expect((await kind.exchange(stranger, code)).code).toBe(refused.othersCode);
    const reply = await kind.exchange(own, code);
    expect(reply.code).toBe("10000");
    const tokens = kind.tokensOf(reply);
    expect((await kind.exchange(stranger, code)).code).toBe(refused.othersCode);
    expect((await kind.refresh(stranger, tokens.refresh)).code).toBe(refused.othersRefresh);
    expect(await kind.use(tokens.access)).toBe("10000");
    const second = await refreshed(tokens.refresh);
    expect((await kind.refresh(stranger, tokens.refresh)).code).toBe(refused.othersRefresh);
    expect(await kind.use(second.access)).toBe("10000");
  });

  it("sent eight times at once gives tokens to one, which are then ended by the others", async () => {
    const code = await kind.newCode();
    const replies = await Promise.all(Array.from({ length: 8 }, () => kind.exchange(own, code)));
    expect(replies.map((reply) => reply.code).toSorted()).toEqual(
      ["10000", ...Array<string>(7).fill(refused.code)].toSorted(),
    );
    const won = replies.find((reply) => reply.code === "10000");
    if (won !== undefined) await isDead(kind.tokensOf(won));
  });
});

describe("a user's auth_code", () => {
  const [, users] = kinds[0] ?? [];
  if (users === undefined) throw new Error("no kinds");

  it("used twice ends no tokens that came of another code, though of the same user and app", async () => {
    const [mine, other] = [await users.newCode(), await users.newCode()];
    const kept = users.tokensOf(await users.exchange(own, other));
    await users.exchange(own, mine);
    await users.exchange(own, mine);
    expect(await users.use(kept.access)).toBe("10000");
    expect((await users.refresh(own, kept.refresh)).code).toBe("10000");
  });

  it("used twice ends its token for the very same request, too, that was answered with it", async () => {
    const code = await users.newCode();
    const { access } = users.tokensOf(await users.exchange(own, code));
    const request = await signedCall(own, "zhima.credit.score.get", { auth_token: access, biz_content: inquiry() });
    const first = await send(kaimen.sandbox, request);
    expect(first.code).toBe("10000");
    expect((await send(kaimen.sandbox, request)).text).toBe(first.text);
    await users.exchange(own, code);
    expect((await send(kaimen.sandbox, request)).code).toBe("aop.invalid-auth-token");
  });

  // Last: the clock of the sandbox does not go back.
  it("used again after its ten minutes still ends what came of it; one never used is past its time", async () => {
    const [code, unused] = [await users.newCode(), await users.newCode()];
    const { access } = users.tokensOf(await users.exchange(own, code));
    expect((await askAsOperator(kaimen.sandbox, "POST /api/sandbox/clock", { advanceS: 601 })).status).toBe(200);
    expect((await users.exchange(own, unused)).code).toBe("isv.code-invalid");
    expect(await users.use(access)).toBe("10000");
    expect((await users.exchange(own, code)).code).toBe("isv.code-invalid");
    expect(await users.use(access)).toBe("aop.invalid-auth-token");
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askInSession, codeOf, signInToApi } from "../support/accounts.ts";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { askAsOperator } from "../support/operator.ts";
import { consent, openPage, signInAt } from "../support/pages.ts";

/** How users and merchants' staff keep their own accounts safe, on pages that need no script. */
const timeout = 120_000;
let kaimen: RunningKaimen;
beforeAll(async () => {
  kaimen = await startKaimen();
}, timeout);
afterAll(() => kaimen.stop());

const at = (path: string): URL => new URL(path, kaimen.sandbox.gateway_url);
const english = { "accept-language": "en" };

interface Place {
  readonly kind: "user" | "merchant";
  readonly path: string;
  readonly loginPath: string;
}
const userPlace: Place = { kind: "user", path: "/oauth2/mine.htm", loginPath: "/oauth2/mineLogin" };
const merchantPlace: Place = {
  kind: "merchant",
  path: "/oauth2/merchantMine.htm",
  loginPath: "/oauth2/merchantMineLogin",
};

interface Credentials {
  readonly login: string;
  readonly password: string;
}

/** Somebody new, each with an account of their own. */
let added = 0;
async function newAccount(kind: Place["kind"], password: string, mustChangePassword = false): Promise<Credentials> {
  added += 1;
  const login = `own-${added}@accounts`;
  const account = { login, password, mustChangePassword };
  const { name, credentials_no: credentialsNo } = userByLogin(kaimen.sandbox, "average");
  const { status, answer } = await (kind === "user"
    ? askAsOperator(kaimen.sandbox, "POST /api/users", { ...account, name, credentialsNo })
    : askAsOperator(kaimen.sandbox, `POST /api/merchants/${kaimen.sandbox.merchant_id}/staff`, account));
  expect(status, JSON.stringify(answer)).toBe(201);
  return { login, password };
}

const password = "a key for these pages";
const newPassword = "another key for them";

/** Fills in a form of the page, as somebody does who sees it in this session. */
async function submit(place: Place, cookie: string, form: Record<string, string>) {
  const { formToken } = await openPage(at(place.path), { cookie });
  return openPage(at(place.path), { cookie, form: { form_token: formToken, ...form }, headers: english });
}

const isSignedIn = async (place: Place, cookie: string): Promise<boolean> =>
  (await openPage(at(place.path), { cookie })).text.includes('value="other_account"');
const trySignIn = (place: Place, form: Record<string, string>) =>
  openPage(at(place.loginPath), { form, headers: english });

describe.each([userPlace, merchantPlace])("on $path", { timeout }, (place) => {
  it("the owner sees where they are signed in, and ends one session or all others, and nobody else's", async () => {
    const account = await newAccount(place.kind, password);
    const [one, two, three] = [
      await signInAt(kaimen.sandbox.gateway_url, place.loginPath, account),
      await signInAt(kaimen.sandbox.gateway_url, place.loginPath, account),
      await signInAt(kaimen.sandbox.gateway_url, place.loginPath, account),
    ];
    const stranger = await newAccount(place.kind, password);
    const strangers = await signInAt(kaimen.sandbox.gateway_url, place.loginPath, stranger);
    const idsOn = ({ text }: { text: string }) =>
      [...text.matchAll(/name="end_session" value="([0-9a-f-]{36})"/g)].map(([, id = ""]) => id);
    const page = await openPage(at(place.path), { cookie: one, headers: english });
    expect(page.text).toContain("127.0.0.1");
    expect(page.text.match(/This one/g)).toHaveLength(1);
    const [newest = ""] = idsOn(page);
    expect(idsOn(page)).toHaveLength(2);
    expect((await submit(place, strangers, { end_session: newest })).status).toBe(303);
    expect(await isSignedIn(place, three)).toBe(true);
    for (const id of ["x", "' or 1=1 --"]) expect((await submit(place, one, { end_session: id })).status).toBe(303);
    expect((await submit(place, one, { end_session: newest })).status).toBe(303);
    expect([await isSignedIn(place, three), await isSignedIn(place, two)]).toEqual([false, true]);
    await submit(place, one, { change: "end_others" });
    expect([await isSignedIn(place, two), await isSignedIn(place, one)]).toEqual([false, true]);
    expect(await isSignedIn(place, strangers)).toBe(true);
  });

  it("the password is changed by who knows it, in two equal writings and by the rules; other sessions end", async () => {
    const account = await newAccount(place.kind, password);
    const [own, other] = [
      await signInAt(kaimen.sandbox.gateway_url, place.loginPath, account),
      await signInAt(kaimen.sandbox.gateway_url, place.loginPath, account),
    ];
    const change = (current: string, next: string, again = next) =>
      submit(place, own, {
        change: "password",
        current_password: current,
        new_password: next,
        new_password_again: again,
      });
    for (const [form, status, said] of [
      [["not the password", newPassword], 401, "The present password is wrong."],
      [[password, newPassword, `${newPassword}s`], 400, "written in two ways"],
      [[password, password], 400, "is the old one"],
      [[password, "password123"], 400, "most common"],
      [[password, account.login], 400, "contains the login"],
    ] as const) {
      const [current, next, again] = form;
      const refused = await change(current, next, again);
      expect([refused.status, refused.text.includes(said)], said).toEqual([status, true]);
    }
    expect(await isSignedIn(place, other)).toBe(true);
    const done = await change(password, newPassword);
    expect([done.status, done.text.includes("Other sessions that ended: 1.")]).toEqual([200, true]);
    expect([await isSignedIn(place, own), await isSignedIn(place, other)]).toEqual([true, false]);
    expect((await trySignIn(place, { ...account })).status).toBe(401);
    expect((await trySignIn(place, { ...account, password: newPassword })).status).toBe(303);
  });

  it("an authenticator app is taken into use and given up, and signing in asks for its code in between", async () => {
    const account = await newAccount(place.kind, password);
    const cookie = await signInAt(kaimen.sandbox.gateway_url, place.loginPath, account);
    expect((await submit(place, cookie, { change: "begin_app", current_password: "not it" })).status).toBe(401);
    const begun = await submit(place, cookie, { change: "begin_app", current_password: password });
    const secret = (/<code class="secret">([A-Z2-7 ]+)<\/code>/.exec(begun.text)?.[1] ?? "").replaceAll(" ", "");
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(begun.text).toContain(`otpauth://totp/Kaimen:${encodeURIComponent(account.login)}?secret=${secret}`);
    expect(begun.text).toMatch(/<svg class="qr" viewBox="0 0 (\d+) \1" role="img"/);
    expect(begun.headers.get("cache-control")).toBe("no-store");
    expect(begun.text).not.toMatch(/<script| style=|javascript:/i);
    const wrong = await submit(place, cookie, { change: "confirm_app", code: codeOf(secret, { steps: 7 }) });
    expect([wrong.status, wrong.text.includes(secret)]).toEqual([400, false]);
    expect((await trySignIn(place, { ...account })).status).toBe(303);

    const confirmed = await submit(place, cookie, { change: "confirm_app", code: codeOf(secret) });
    const codes = [...confirmed.text.matchAll(/<li><code>([\w-]{10})<\/code><\/li>/g)].map(([, code = ""]) => code);
    expect(codes).toHaveLength(10);
    expect((await openPage(at(place.path), { cookie })).text).not.toContain(codes[0]);

    const asked = await trySignIn(place, { ...account });
    expect([asked.status, asked.cookie]).toEqual([401, ""]);
    expect(asked.text).toContain("please enter the password again, and a code");
    expect(asked.text).toMatch(/<input[^>]+name="code"/);
    expect(asked.text).toContain(`value="${account.login}"`);
    expect(asked.text).not.toContain(password);
    const mistyped = await trySignIn(place, { ...account, code: codeOf(secret, { steps: 7 }) });
    expect([mistyped.status, mistyped.text.includes('name="code"')]).toEqual([401, true]);
    expect((await trySignIn(place, { ...account, code: codeOf(secret, { steps: 1 }) })).status).toBe(303);

    const remove = (form: Record<string, string>) =>
      submit(place, cookie, { change: "remove_app", current_password: password, ...form });
    expect((await remove({})).text).toContain("please enter the password again, and a code");
    expect((await remove({ code: "no code at all" })).status).toBe(401);
    expect((await remove({ code: codes[0] ?? "" })).text).toContain("no longer in use");
    expect((await trySignIn(place, { ...account })).status).toBe(303);
  });

  it("nothing of it is changed by a form that was not shown in this session", async () => {
    const account = await newAccount(place.kind, password);
    const cookie = await signInAt(kaimen.sandbox.gateway_url, place.loginPath, account);
    const form = {
      form_token: "A".repeat(43),
      change: "password",
      current_password: password,
      new_password: newPassword,
      new_password_again: newPassword,
    };
    expect((await openPage(at(place.path), { cookie, form })).status).toBe(400);
    expect((await openPage(at(place.path), { form })).status).toBe(200);
    expect((await trySignIn(place, { ...account })).status).toBe(303);
  });

  it("whose password somebody else has set sees nothing but the form to set another, and is led on by it", async () => {
    const account = await newAccount(place.kind, password, true);
    const cookie = await signInAt(kaimen.sandbox.gateway_url, place.loginPath, account);
    const page = await openPage(at(place.path), { cookie, headers: english });
    expect(page.text).toContain("Set a password of your own");
    expect(page.text).not.toMatch(/class="security"|name="withdraw"|class="score"/);
    for (const form of [{ withdraw: kaimen.sandbox.app_id }, { change: "begin_app", current_password: password }])
      expect((await submit(place, cookie, form)).text).toContain("Set a password of your own");
    const set = (next: string) =>
      submit(place, cookie, {
        change: "password",
        current_password: password,
        new_password: next,
        new_password_again: next,
      });
    expect((await set("password123")).text).toContain("most common");
    const done = await set(newPassword);
    expect([done.status, done.location]).toEqual([303, place.path]);
    expect(await isSignedIn(place, cookie)).toBe(true);
    expect((await openPage(at(place.path), { cookie })).text).toContain('class="security"');
  });
});

describe("on the way to authorise an app", { timeout }, () => {
  it("whose password somebody else has set sets another first, and comes to what the app asked for", async () => {
    const account = await newAccount("user", password, true);
    const query = {
      app_id: kaimen.sandbox.app_id,
      scope: "auth_zhima",
      redirect_uri: "http://127.0.0.1:9/back",
      state: "s",
    };
    const signedIn = await openPage(at("/oauth2/login"), { form: { ...query, ...account } });
    const address = at(signedIn.location ?? "");
    const { cookie } = signedIn;
    const shown = await openPage(address, { cookie, headers: english });
    expect(shown.text).toContain("Set a password of your own");
    const agreed = await openPage(at("/oauth2/publicAppAuthorize.htm"), {
      cookie,
      form: { ...query, form_token: shown.formToken, decision: "agree" },
      headers: english,
    });
    expect(agreed.text).toContain("Set a password of your own");
    const set = await openPage(at("/oauth2/publicAppAuthorize.htm"), {
      cookie,
      form: {
        ...query,
        form_token: shown.formToken,
        change: "password",
        current_password: password,
        new_password: newPassword,
        new_password_again: newPassword,
      },
    });
    expect(at(set.location ?? "").toString()).toBe(address.toString());
    const back = await consent(at("/oauth2/publicAppAuthorize.htm").toString(), query, cookie);
    expect(back.searchParams.get("auth_code")).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("the session of a merchant's staff", { timeout }, () => {
  it("is one for the pages and the console's API", async () => {
    const staff = kaimen.sandbox.merchants[0] ?? { login: "", password: "", merchant_id: "" };
    const base = kaimen.sandbox.gateway_url;
    const fromPage = await signInAt(base, merchantPlace.loginPath, staff);
    expect((await askInSession(base, fromPage, "GET /api/session")).answer).toMatchObject({
      kind: "merchant",
      merchantId: staff.merchant_id,
    });
    const fromApi = await signInToApi(base, { kind: "merchant", login: staff.login, password: staff.password });
    expect(await isSignedIn(merchantPlace, fromApi)).toBe(true);
  });

  it("of a user opens nothing of the console's API", async () => {
    const cookie = await signInAt(kaimen.sandbox.gateway_url, userPlace.loginPath, userByLogin(kaimen.sandbox, "late"));
    for (const name of ["kaimen_user", "kaimen_merchant", "kaimen_operator"])
      expect(
        (await askInSession(kaimen.sandbox.gateway_url, cookie.replace("kaimen_user", name), "GET /api/session"))
          .status,
      ).toBe(401);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { briefProductCode } from "#kaimen/methods/zhima.credit.score.brief.get.ts";
import { documentColumns, fileOf, recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { askScore, productCode } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { addApp, askAsOperator, rsaKeys, signedCall } from "../support/operator.ts";
import { openPage } from "../support/pages.ts";

/** The life of merchants, their staff, apps, keys, arrangements and users: listed, shown, changed, stopped, removed or told why not. */
let kaimen: RunningKaimen;
beforeAll(async () => {
  kaimen = await startKaimen();
});
afterAll(() => kaimen?.stop());

const ask = (route: string, body?: unknown) => askAsOperator(kaimen.sandbox, route, body);

/** As `ask`, of what has to succeed. */
async function done(route: string, body?: unknown): Promise<Record<string, unknown>> {
  const { status, answer } = await ask(route, body);
  if (status >= 300) throw new Error(`${route} answered ${status}: ${JSON.stringify(answer)}`);
  return answer;
}

/** The ids of a list, page by page. */
async function idsOf(path: string, list: string, id: string, limit = 200): Promise<unknown[]> {
  const ids: unknown[] = [];
  let after = "";
  for (;;) {
    const address = new URL(path, "http://x");
    address.searchParams.set("limit", String(limit));
    if (after !== "") address.searchParams.set("after", after);
    const page = await done(`GET ${address.pathname}${address.search}`);
    const rows = page[list] as Record<string, unknown>[]; // As the route's contract says.
    expect(rows.length).toBeLessThanOrEqual(limit);
    ids.push(...rows.map((row) => row[id]));
    if (page["next"] === undefined) return ids;
    after = String(page["next"]);
  }
}

const refused = (status: number, code: string, detail: unknown) => ({ status, answer: { status, code, detail } });

describe("a merchant", () => {
  const merchantId = "2088000000000501";

  it("is added once, listed in pages, found by id and by name, shown and renamed", async () => {
    expect(await done("POST /api/merchants", { merchantId, name: "生活示例商户" })).toMatchObject({
      merchantId,
      name: "生活示例商户",
      suspended: false,
    });
    expect(await ask("POST /api/merchants", { merchantId, name: "x" })).toMatchObject(
      refused(409, "conflict", `the merchant ${merchantId} exists already`),
    );
    const all = await idsOf("/api/merchants", "merchants", "merchantId");
    expect(all).toContain(merchantId);
    expect(await idsOf("/api/merchants", "merchants", "merchantId", 1)).toEqual(all);
    for (const search of ["20880000000005", encodeURIComponent("示例商户")])
      expect(await idsOf(`/api/merchants?search=${search}`, "merchants", "merchantId")).toContain(merchantId);
    expect(await idsOf("/api/merchants?search=nobody", "merchants", "merchantId")).toEqual([]);
    expect(await done(`PATCH /api/merchants/${merchantId}`, { name: "新名商户" })).toMatchObject({ name: "新名商户" });
    expect(await done(`GET /api/merchants/${merchantId}`)).toMatchObject({ merchantId, name: "新名商户" });
    expect(await ask("GET /api/merchants/none")).toMatchObject(refused(404, "not-found", "no merchant none"));
    expect(await ask("PATCH /api/merchants/none", {})).toMatchObject(refused(404, "not-found", "no merchant none"));
  });

  it("keeps the time since when it is suspended, and is listed among those", async () => {
    const first = await done(`PATCH /api/merchants/${merchantId}`, { suspended: true });
    const again = await done(`PATCH /api/merchants/${merchantId}`, { suspended: true });
    expect(again["suspendedAt"]).toBe(first["suspendedAt"]);
    expect(await idsOf("/api/merchants?suspended=true", "merchants", "merchantId")).toEqual([merchantId]);
    expect(await done(`PATCH /api/merchants/${merchantId}`, { suspended: false })).toMatchObject({
      suspended: false,
      suspendedAt: null,
    });
    expect(await idsOf("/api/merchants?suspended=false", "merchants", "merchantId")).toContain(merchantId);
  });

  it("is removed when it has nothing, and otherwise it is told what it has", async () => {
    await addApp(kaimen.sandbox, "2021000000000501", { merchantId });
    await done(`PUT /api/merchants/${merchantId}/arrangements/${productCode}`, terms);
    await done(`POST /api/merchants/${merchantId}/staff`, { login: "staff@501" });
    const remove = () => ask(`DELETE /api/merchants/${merchantId}`);
    const has = (what: string) =>
      refused(409, "conflict", `the merchant ${merchantId} has ${what}: remove these first, or suspend it`);
    expect(await remove()).toMatchObject(has("apps, arrangements, staff"));
    await done("DELETE /api/apps/2021000000000501");
    expect(await remove()).toMatchObject(has("arrangements, staff"));
    await done(`DELETE /api/merchants/${merchantId}/arrangements/${productCode}`);
    await done(`DELETE /api/merchants/${merchantId}/staff/staff@501`);
    expect((await remove()).answer).toEqual({ done: true });
    expect(await remove()).toMatchObject({ status: 404 });
    const own = await ask(`DELETE /api/merchants/${kaimen.sandbox.merchant_id}`);
    expect(own.status).toBe(409);
    expect(own.answer["detail"]).toContain("apps, arrangements, feedback");
  });
});

const terms = { validFrom: "2026-01-01", validTo: "2036-01-01", priceFen: 10 };

describe("an arrangement", () => {
  const path = () => `/api/merchants/${kaimen.sandbox.merchant_id}/arrangements/w9999999999999999999`;

  it("is set whole, changed in part, suspended, listed by merchant and by product, and removed while nobody asked", async () => {
    const set = await done(`PUT ${path()}`, { ...terms, quota: 5, billsNa: true });
    expect(set).toMatchObject({
      merchantId: kaimen.sandbox.merchant_id,
      validFrom: "2025-12-31T16:00:00.000000Z",
      validTo: "2035-12-31T16:00:00.000000Z",
      priceFen: 10,
      quota: 5,
      quotaUsed: 0,
      billsNa: true,
      suspended: false,
    });
    expect(await done(`PATCH ${path()}`, { suspended: true, quota: null })).toEqual({
      ...set,
      suspended: true,
      quota: null,
    });
    expect(await done(`PATCH ${path()}`, { validTo: "2037-01-01", suspended: false, quota: 7 })).toMatchObject({
      validTo: "2036-12-31T16:00:00.000000Z",
      suspended: false,
      quota: 7,
      billsNa: true,
    });
    expect(await done(`PUT ${path()}`, terms)).toMatchObject({ quota: null, billsNa: false });
    const list = (query: string) => idsOf(`/api/arrangements${query}`, "arrangements", "productCode");
    expect(await list(`?merchantId=${kaimen.sandbox.merchant_id}`)).toEqual(
      [briefProductCode, productCode, "w9999999999999999999"].toSorted(),
    );
    expect(await list("?productCode=w9999999999999999999")).toHaveLength(1);
    expect(await idsOf("/api/arrangements", "arrangements", "productCode", 1)).toEqual(await list(""));
    expect(await done(`GET ${path()}`)).toMatchObject({ priceFen: 10 });
    expect(await done(`DELETE ${path()}`)).toEqual({ done: true });
    for (const verb of ["GET", "PATCH", "DELETE"])
      expect((await ask(`${verb} ${path()}`, verb === "PATCH" ? {} : undefined)).status).toBe(404);
  });

  it.each([
    [{ ...terms, validFrom: "2026-02-30" }, "2026-02-30 is no day of the calendar"],
    [{ ...terms, validTo: "2026-01-01" }, "validTo is a day after validFrom"],
    [{ ...terms, priceFen: 0.5 }, "priceFen: the price of an inquiry in fen"],
    [{ ...terms, priceFen: -1 }, "priceFen: the price of an inquiry in fen"],
    [{ ...terms, quota: "5" }, "quota: how many inquiries it covers"],
    [{ ...terms, suspended: "true" }, "suspended: true or false"],
    [{ ...terms, price_fen: 10 }, "price_fen: is no field of this route"],
  ])("is refused with %j", async (body, detail) => {
    expect(await ask(`PUT ${path()}`, body)).toMatchObject(
      refused(400, "invalid-field", expect.stringContaining(detail)),
    );
  });

  it("that was asked under is not removed, and its quota does not go below what was used", async () => {
    const own = `/api/merchants/${kaimen.sandbox.merchant_id}/arrangements/${productCode}`;
    await done(`PATCH ${own}`, { quota: 10 });
    const token = userByLogin(kaimen.sandbox, "average").access_token;
    expect(await askScore(officialSdk(kaimen.sandbox), token)).toMatchObject({ code: "10000" });
    expect(await ask(`DELETE ${own}`)).toMatchObject(refused(409, "conflict", expect.stringContaining("suspend it")));
    expect(await ask(`PATCH ${own}`, { quota: 0 })).toMatchObject(
      refused(400, "refused", "more has been asked under it than this quota covers"),
    );
    expect(await ask(`PUT ${own}`, { ...terms, quota: 0 })).toMatchObject({ status: 400 });
    expect(await done(`PATCH ${own}`, { quota: null })).toMatchObject({ quota: null, quotaUsed: 1 });
  });

  it("of a merchant that there is not is none", async () => {
    expect(await ask(`PUT /api/merchants/none/arrangements/${productCode}`, terms)).toMatchObject(
      refused(404, "not-found", "no such merchant"),
    );
  });
});

describe("an app", () => {
  const appId = "2021000000000502";

  it("is listed by merchant, shown without a secret, and changed in part", async () => {
    const encryptKey = Buffer.alloc(16, 7).toString("base64");
    await addApp(kaimen.sandbox, appId, { encryptKey, redirectUris: ["https://app.example/cb"] });
    const app = await done(`GET /api/apps/${appId}`);
    expect(app).toMatchObject({
      appId,
      merchantId: kaimen.sandbox.merchant_id,
      name: appId,
      suspended: false,
      certificate: null,
      nextPublicKey: null,
      hasEncryptKey: true,
      signTypes: ["RSA2"],
      permittedMethods: null,
      redirectUris: ["https://app.example/cb"],
      alipayPublicKey: kaimen.sandbox.alipay_public_key,
    });
    expect(JSON.stringify(app)).not.toContain(encryptKey);
    expect(JSON.stringify(await done("GET /api/apps"))).not.toContain(kaimen.sandbox.encrypt_key);
    expect(await idsOf(`/api/apps?merchantId=${kaimen.sandbox.merchant_id}`, "apps", "appId")).toEqual([
      kaimen.sandbox.app_id,
      appId,
    ]);
    expect(await idsOf("/api/apps", "apps", "appId", 1)).toHaveLength(3);
    const change = {
      name: "改名应用",
      permittedMethods: ["zhima.credit.score.get"],
      redirectUris: [],
      selfInvoke: false,
      feedbackPolicy: "accept_valid",
    };
    expect(await done(`PATCH /api/apps/${appId}`, change)).toEqual({ ...app, ...change });
    expect(await done(`PATCH /api/apps/${appId}`, { permittedMethods: null, selfInvoke: true })).toMatchObject({
      permittedMethods: null,
      name: "改名应用",
    });
    expect(await done(`PATCH /api/apps/${appId}`, { suspended: true })).toMatchObject({ suspended: true });
    expect(await idsOf("/api/apps?suspended=true", "apps", "appId")).toEqual([appId]);
  });

  it.each([
    [{ permittedMethods: ["zhima.none"] }, "refused", "there is no method zhima.none"],
    [{ redirectUris: ["javascript:alert(1)"] }, "refused", "a redirect_uri is an http:// or https:// address"],
    [{ feedbackPolicy: "some" }, "invalid-field", "feedbackPolicy: whole_file or accept_valid"],
    [{ signTypes: [] }, "invalid-field", "signTypes: RSA2 or RSA, or both"],
    [{ signTypes: ["RSA", "RSA"] }, "invalid-field", "signTypes: RSA2 or RSA, or both"],
    [{ encryptKey: "" }, "invalid-field", "encryptKey: is no field of this route"],
  ])("is not changed by %j", async (body, code, detail) => {
    expect(await ask(`PATCH /api/apps/${appId}`, body)).toMatchObject(
      refused(400, code, expect.stringContaining(detail)),
    );
  });

  it("has its encrypt key set and taken away, and it is never shown", async () => {
    const encryptKey = Buffer.alloc(32, 9).toString("base64");
    const set = await done(`PUT /api/apps/${appId}/key`, { encryptKey });
    expect(set).toMatchObject({ appId, publicKeys: 1, hasEncryptKey: true });
    expect(JSON.stringify(set)).not.toContain(encryptKey);
    expect(await done(`PUT /api/apps/${appId}/key`, { encryptKey: null })).toMatchObject({ hasEncryptKey: false });
    expect(await ask(`PUT /api/apps/${appId}/key`, { encryptKey: "short" })).toMatchObject({ status: 400 });
    expect(await ask("PUT /api/apps/none/key", { promote: true })).toMatchObject(
      refused(404, "not-found", "no app none"),
    );
    expect(await ask(`PUT /api/apps/${appId}/key`, { promote: true })).toMatchObject(
      refused(400, "refused", `the app ${appId} has no next public key; set one first`),
    );
  });

  it("that was never used is removed, and calls no more at once", async () => {
    const gone = await addApp(kaimen.sandbox, "2021000000000503");
    const call = async () => {
      const parameters = await signedCall(gone, "alipay.open.app.alipaycert.download", {
        biz_content: '{"alipay_cert_sn":"0"}',
      });
      return (await fetch(kaimen.sandbox.gateway_url, { method: "POST", body: parameters })).text();
    };
    expect(await call()).toContain("ALIPAY_CERT_NOT_EXIST");
    expect(await done("DELETE /api/apps/2021000000000503")).toEqual({ done: true });
    expect(await call()).toContain("isv.invalid-app-id");
    expect(await ask("DELETE /api/apps/2021000000000503")).toMatchObject(
      refused(404, "not-found", "no app 2021000000000503"),
    );
  });

  it("that users authorised or that has fed back is not removed", async () => {
    expect(await ask(`DELETE /api/apps/${kaimen.sandbox.app_id}`)).toMatchObject(
      refused(409, "conflict", expect.stringContaining("consents of users and feedback")),
    );
  });

  it("with an id that is taken, or for a merchant that there is not, is not added", async () => {
    const { publicKey } = rsaKeys();
    expect(await ask("POST /api/apps", { appId, publicKey })).toMatchObject(
      refused(409, "conflict", `the app ${appId} exists already`),
    );
    expect(await ask("POST /api/apps", { appId: "other", publicKey, merchantId: "none" })).toMatchObject(
      refused(400, "refused", "no merchant none"),
    );
    expect(await ask("POST /api/apps", {})).toMatchObject(
      refused(400, "invalid-field", expect.stringContaining("appId: is needed")),
    );
  });
});

describe("a key of the gateway", () => {
  it("is listed with what may be known of it, and removed when it is neither current nor any app's", async () => {
    const { gatewayKeyId } = await done("POST /api/gateway-keys");
    const list = async () => (await done("GET /api/gateway-keys"))["gatewayKeys"] as Record<string, unknown>[];
    const keys = await list();
    expect(keys.map((key) => [key["gatewayKeyId"], key["isCurrent"]])).toEqual([
      ["1", false],
      [gatewayKeyId, true],
    ]);
    expect(JSON.stringify(keys)).not.toContain("PRIVATE");
    expect(Object.keys(keys[0] ?? {}).toSorted()).toEqual(
      ["alipayCert", "alipayCertSn", "alipayPublicKey", "apps", "createdAt", "gatewayKeyId", "isCurrent"].toSorted(),
    );
    expect(await ask("DELETE /api/gateway-keys/1")).toMatchObject(
      refused(409, "conflict", "apps are answered by this key: move them to another one first"),
    );
    expect(await ask(`DELETE /api/gateway-keys/${String(gatewayKeyId)}`)).toMatchObject(
      refused(409, "conflict", "new apps are given this key: make another one first"),
    );
    await done("POST /api/gateway-keys");
    expect(await done(`DELETE /api/gateway-keys/${String(gatewayKeyId)}`)).toEqual({ done: true });
    expect(await ask(`DELETE /api/gateway-keys/${String(gatewayKeyId)}`)).toMatchObject({ status: 404 });
    expect((await list()).map((key) => key["gatewayKeyId"])).toEqual(["1", "3"]);
    await addApp(kaimen.sandbox, "2021000000000504");
    expect(await done("GET /api/apps/2021000000000504")).toMatchObject({ gatewayKeyId: "3" });
  });
});

const signIn = async (path: string, account: { login: string; password: string }): Promise<number> =>
  (await openPage(new URL(path, kaimen.sandbox.gateway_url), { form: account })).status;

describe("who signs in for a merchant", () => {
  const account = { login: "staff@life", password: "correct horse battery" };
  const staff = () => `/api/merchants/${kaimen.sandbox.merchant_id}/staff`;
  const enter = (password = account.password) =>
    signIn("/oauth2/merchantMineLogin", { login: account.login, password });

  it("is added, listed, stopped, let in again, given a new password and removed", async () => {
    const added = { merchantId: kaimen.sandbox.merchant_id, login: account.login };
    expect(await done(`POST ${staff()}`, { ...account, mustChangePassword: false })).toEqual(added);
    expect(await ask(`POST ${staff()}`, { login: account.login })).toMatchObject(
      refused(409, "conflict", "the login exists already"),
    );
    expect(await idsOf(staff(), "staff", "login")).toEqual([account.login]);
    expect(await enter()).toBe(303);
    const one = `${staff()}/${account.login}`;
    expect(await done(`PATCH ${one}`, { disabled: true })).toMatchObject({ ...added, disabled: true });
    expect(await enter()).toBe(401);
    expect(await done(`PATCH ${one}`, { disabled: false })).toMatchObject({ disabled: false });
    expect(await enter()).toBe(303);
    const { password, ...reset } = await done(`POST ${one}/reset`);
    expect(reset).toEqual(added);
    expect(await enter()).toBe(401);
    expect(await done(`GET ${one}`)).toMatchObject({ mustChangePassword: true });
    expect(await enter(String(password))).toBe(303);
    expect(await done(`DELETE ${one}`)).toEqual({ done: true });
    expect(await enter(String(password))).toBe(401);
    expect(await ask(`GET ${one}`)).toMatchObject({ status: 404 });
  });

  it("has to change a password that somebody else knows", async () => {
    const made = await done(`POST ${staff()}`, { login: "made@life" });
    expect(String(made["password"])).toMatch(/^[\w-]{20}$/);
    await done(`POST ${staff()}`, { login: "sent@life", password: "a tea pot in june" });
    for (const login of ["made@life", "sent@life"])
      expect(await done(`GET ${staff()}/${login}`)).toMatchObject({ mustChangePassword: true });
  });

  it("is no other merchant's, and of no merchant that there is not", async () => {
    expect(await ask(`DELETE /api/merchants/2088000000000026/staff/made@life`)).toMatchObject({ status: 404 });
    expect(await ask("POST /api/merchants/none/staff", { login: "x" })).toMatchObject(
      refused(404, "not-found", "no merchant none"),
    );
    expect(await ask("GET /api/merchants/none/staff")).toMatchObject({ status: 404 });
  });
});

describe("a user", () => {
  const enter = (login: string, password: string) => signIn("/oauth2/mineLogin", { login, password });
  const add = (body: object) => ask("POST /api/users", body);
  const known = testPerson(7, "王小明");

  it("is added, listed by the login, stopped, let in again, given a new password and removed", async () => {
    const password = "correct horse battery";
    const person = testPerson(5);
    const { userId } = await done("POST /api/users", {
      ...person,
      login: "life.user",
      password,
      mustChangePassword: false,
    });
    const one = `/api/users/${String(userId)}`;
    expect(await idsOf("/api/users?login=life.", "users", "login")).toEqual(["life.user"]);
    expect(await idsOf("/api/users", "users", "login", 1)).toEqual(await idsOf("/api/users", "users", "login"));
    const shown = await done(`GET ${one}`);
    expect(shown).toMatchObject({ userId, login: "life.user", disabled: false, mustChangePassword: false });
    expect(JSON.stringify(shown)).not.toContain(person.name);
    expect(await enter("life.user", password)).toBe(303);
    expect(await done(`PATCH ${one}`, { disabled: true })).toMatchObject({ disabled: true });
    expect(await idsOf("/api/users?disabled=true", "users", "login")).toEqual(["life.user"]);
    expect(await enter("life.user", password)).toBe(401);
    expect(await done(`PATCH ${one}`, { disabled: false })).toMatchObject({ disabled: false });
    const reset = await done(`POST ${one}/reset`);
    expect(reset).toMatchObject({ userId, login: "life.user" });
    expect(await enter("life.user", password)).toBe(401);
    expect(await done(`GET ${one}`)).toMatchObject({ mustChangePassword: true });
    expect(await done(`DELETE ${one}`)).toEqual({ done: true });
    for (const verb of ["GET", "DELETE"]) expect((await ask(`${verb} ${one}`)).status).toBe(404);
    expect(await enter("life.user", String(reset["password"]))).toBe(401);
    expect((await add({ ...person, login: "life.user" })).status).toBe(201);
  });

  it("who consented to something is not removed", async () => {
    const { user_id: userId } = userByLogin(kaimen.sandbox, "average");
    expect(await ask(`DELETE /api/users/${userId}`)).toMatchObject(
      refused(409, "conflict", expect.stringContaining("disable the login instead")),
    );
  });

  it("gets no login for an identity number that is stored with another name, whose name is not told", async () => {
    expect((await add({ ...known, login: "first" })).status).toBe(201);
    const other = await add({ ...known, name: "李四", login: "second" });
    expect(other).toMatchObject(refused(409, "conflict", expect.stringContaining("stored with another name")));
    expect(JSON.stringify(other.answer)).not.toMatch(/王|小明|李四/);
    // Nothing is left of it: the login is free, and the other name is not known now.
    expect((await add({ ...known, name: "李四", login: "second" })).status).toBe(409);
    expect((await add({ ...testPerson(8), login: "second" })).status).toBe(201);
    // However the name and the number are written.
    const wide = known.credentialsNo.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));
    expect((await add({ name: " 王小明 ", credentialsNo: wide, login: "third" })).status).toBe(201);
    expect((await add({ name: "李四", credentialsNo: wide.toLowerCase(), login: "fourth" })).status).toBe(409);
  });

  it("gets none either where the name was fed back by a merchant", async () => {
    const person = testPerson(9, "赵六");
    await feedBack(person);
    expect(await add({ ...person, name: "钱七", login: "qian" })).toMatchObject({ status: 409 });
    expect((await add({ ...person, login: "zhao" })).status).toBe(201);
  });

  it("gets none by two requests at once with two names", async () => {
    const person = testPerson(10);
    const answers = await Promise.all(
      ["甲", "乙", "丙"].map((name, at) => add({ ...person, name, login: `race-${at}` })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
  });

  it("of a sandbox gets none either", async () => {
    const users = [{ name: "李四", credentialsNo: known.credentialsNo }];
    expect(await ask("POST /api/sandbox/users", { users })).toMatchObject({
      status: 400,
      answer: { detail: expect.stringContaining("stored with another name") },
    });
  });

  it.each([
    [
      { credentialsNo: "11010519491231002Y" },
      "credentialsNo: is no identity number of 18 characters: its form is wrong",
    ],
    [
      { credentialsNo: "110105194912310021" },
      "credentialsNo: is no identity number of 18 characters: its check is wrong",
    ],
    [{ name: " " }, "name: has no letter or character of a name"],
    [{ name: "吴?安" }, "name: has lost characters"],
    [{ login: "a:b" }, "login: 1 to 64 characters without a colon"],
    [{ credentials_no: "x" }, "credentials_no: is no field of this route"],
  ])("with %j is refused, and nothing of it is told back", async (change, detail) => {
    const { status, answer } = await add({ ...testPerson(11), login: "refused", ...change });
    expect([status, answer["code"], answer["detail"]]).toEqual([400, "invalid-field", expect.stringContaining(detail)]);
    expect(JSON.stringify(answer)).not.toContain("110105");
  });
});

async function feedBack(person: { name: string; credentialsNo: string }): Promise<void> {
  const { sandbox } = kaimen;
  const own = await addApp(sandbox, "2021000000000505");
  const form = new FormData();
  const fields = {
    file_type: "json_data",
    file_charset: "UTF-8",
    columns: documentColumns,
    primary_key_columns: "order_no,pay_month",
    records: "1",
  };
  for (const [name, value] of await signedCall(own, "zhima.data.batch.feedback", fields)) form.append(name, value);
  form.append("file", new Blob([fileOf([recordOf(person, recentMonths(1)[0] ?? "")])]), "feedback.json");
  const reply = await (await fetch(sandbox.gateway_url, { method: "POST", body: form })).text();
  if (!reply.includes('"code":"10000"')) throw new Error(reply);
}

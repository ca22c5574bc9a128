import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askInSession, settleIn, signInToApi } from "../support/accounts.ts";
import { startBrowser } from "../support/browser.ts";
import { fitsItsWindow, openConsole, pictures } from "../support/console-browser.ts";
import { documentColumns, recentMonths, recordOf, testPerson } from "../support/feedback-data.ts";
import { askScore, newTransactionId, productCode } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { askAsOperator } from "../support/operator.ts";

const browser = await startBrowser();
const password = "another seat of ones own";

describe.skipIf(browser === undefined)("the console's desks", () => {
  let kaimen: RunningKaimen;
  const cookies = new Map<string, string>();

  beforeAll(async () => {
    kaimen = await startKaimen({ env: { KAIMEN_SECOND_PERSON: "on" } });
    const { sandbox } = kaimen;
    const { login, password: own } = sandbox.operator;
    cookies.set("admin", await signInToApi(sandbox.gateway_url, { login, password: own }));
    // The first is added by one person alone, every other is approved by this one.
    const second = await askAsOperator(sandbox, "POST /api/operators", { login: "second", role: "admin" });
    const secondCookie = await settle("operator", "second", String(second.answer["password"]));
    cookies.set("second", secondCookie);
    const asked = await askAsOperator(sandbox, "POST /api/operators", { login: "risk", role: "risk" });
    const { answer } = await as("second", `POST /api/approvals/${String(asked.answer["approvalId"])}/approve`);
    const made = answer["answer"] as { password: string };
    cookies.set("risk", await settle("operator", "risk", made.password));
    const staff = await askAsOperator(sandbox, `POST /api/merchants/${sandbox.merchant_id}/staff`, { login: "desk" });
    cookies.set("staff", await settle("merchant", "desk", String(staff.answer["password"])));
  });
  afterAll(async () => {
    await browser?.close();
    await kaimen.stop();
  });

  async function settle(kind: "operator" | "merchant", login: string, first: string): Promise<string> {
    return (await settleIn(kaimen.sandbox.gateway_url, { kind, login, password: first }, password)).cookie;
  }
  const as = (who: string, name: string, body?: unknown) =>
    askInSession(kaimen.sandbox.gateway_url, cookies.get(who), name, body);
  const open = (who: string, path: string, options: Parameters<typeof openConsole>[3] = {}) =>
    openConsole(browser, kaimen.sandbox, path, { ...options, cookie: cookies.get(who) ?? "" });
  const shoot = (page: Page, name: string) => page.screenshot({ path: `${pictures}${name}.png`, fullPage: true });

  it("shows a person's score and reasons to whoever says what for, and the look in the audit trail", async () => {
    const { credentials_no: number } = userByLogin(kaimen.sandbox, "average");
    const { page, context, complaints } = await open("admin", "/console/people");
    await page.getByLabel("证件号码").fill(number);
    await page.getByRole("button", { name: "查看", exact: true }).click();
    await page.getByText("请填写查看目的").waitFor();
    await page.getByLabel("查看目的").fill("异议工单 1102");
    await page.getByRole("button", { name: "查看", exact: true }).click();
    await page.getByRole("heading", { name: "主要原因" }).waitFor();
    await page.getByRole("tab", { name: "谁查询过" }).click();
    await page.getByRole("heading", { name: "工作人员的查看" }).waitFor();
    await shoot(page, "person");
    expect(page.url()).not.toContain(number);

    await page.goto(new URL("/console/audit", kaimen.sandbox.gateway_url).href);
    await page.getByLabel("身份证号").fill(number);
    await page.getByRole("button", { name: "查询", exact: true }).click();
    const row = page.getByRole("row", { name: /score\.explain/ });
    await row.getByText("异议工单 1102").waitFor();
    await shoot(page, "audit");
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("mends a bad file in the grid and sends it again, until all of it is stored", async () => {
    const columns = documentColumns.split(",");
    const rows = recentMonths(2).map((month) => recordOf(testPerson(21), month));
    const lines = rows.map((row, at) =>
      columns.map((name) => (at === 0 && name === "overdue_cnt" ? "many" : String(row[name] ?? ""))).join(","),
    );
    const { page, context, complaints } = await open("staff", "/console/feedback/send");
    await page.getByText("order_no").first().waitFor();
    const buffer = Buffer.from([documentColumns, ...lines].join("\n"));
    await page.locator("input[type=file]").setInputFiles({ name: "十月.csv", mimeType: "text/csv", buffer });
    await page.getByRole("button", { name: "提交", exact: true }).click();
    await page.getByText("1 处需要修改").waitFor();
    await shoot(page, "feedback-bad");
    await page.getByLabel("overdue_cnt 1", { exact: true }).fill("0");
    await page.getByRole("button", { name: "改好了，再次提交" }).click();
    await page.getByText("全部记录无误").waitFor();
    await page.getByRole("link", { name: "查看批次" }).click();
    await page.getByText("已入库").waitFor();
    await page.getByText("共 2：新增 2").waitFor();
    await shoot(page, "feedback-batch");
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("shows a quota that is used up, and the month's usage", async () => {
    const { sandbox } = kaimen;
    const path = `/api/merchants/${sandbox.merchant_id}/arrangements/${productCode}`;
    await askAsOperator(sandbox, `PATCH ${path}`, { quota: 2 });
    const sdk = officialSdk(sandbox);
    const token = userByLogin(sandbox, "average").access_token;
    const replies = [];
    for (let call = 0; call < 3; call += 1)
      replies.push(await askScore(sdk, token, { transaction_id: newTransactionId(), product_code: productCode }));
    expect(replies.at(-1)?.["subCode"]).toBe("ARRANGEMENT_OVER_LIMIT");
    const { page, context, complaints } = await open("staff", "/console/arrangements", { width: 390, dark: true });
    await page.getByText("已用完，查询被拒绝").waitFor();
    await page.getByRole("img", { name: /每日查询次数，共 2 次/ }).waitFor();
    await shoot(page, "quota-narrow-dark");
    expect(await fitsItsWindow(page)).toBe(true);
    expect(complaints).toEqual([]);
    await context.close();
    await askAsOperator(sandbox, `PATCH ${path}`, { quota: null });
  });

  it("puts a card in force when a second person approves it, and not by who asked", async () => {
    const { sandbox } = kaimen;
    const listed = await askAsOperator(sandbox, "GET /api/cards");
    const [{ cardVersion }] = listed.answer["cards"] as [{ cardVersion: string }];
    const { card } = (await askAsOperator(sandbox, `GET /api/cards/${cardVersion}`)).answer as {
      card: { basePoints: number };
    };
    const { goldenVectors: _, ...rest } = card as { basePoints: number; goldenVectors?: unknown };
    const added = await as("risk", "POST /api/cards", { card: { ...rest, basePoints: card.basePoints + 1 } });
    const version = String(added.answer["cardVersion"]);
    for (const state of ["validated", "shadow"]) await as("risk", `POST /api/cards/${version}/state`, { state });
    const asked = await askAsOperator(sandbox, `PUT /api/cards/${version}/champion`, { reason: "新卡上线" });
    expect(asked.status).toBe(202);

    const own = await open("admin", "/console/approvals", { locale: "en-GB" });
    await own.page.getByRole("button", { name: "Withdraw" }).waitFor();
    expect(await own.page.getByRole("button", { name: "Approve" }).count()).toBe(0);
    await own.context.close();

    const { page, context, complaints } = await open("second", "/console/approvals", { locale: "en-GB" });
    await page.getByText("Put a card in force").waitFor();
    await page.getByText(`version=${version}`).waitFor();
    await shoot(page, "approvals");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "OK" }).click();
    await page.getByText("Nothing waits for a second person").waitFor();
    const shown = await askAsOperator(sandbox, `GET /api/cards/${version}`);
    expect(shown.answer["state"]).toBe("champion");
    expect(complaints).toEqual([]);
    await context.close();
  });
});

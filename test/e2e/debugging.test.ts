import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCertificate, rootSerialNumber } from "#kaimen/keys/certificates.ts";
import { startBrowser } from "../support/browser.ts";
import { fitsItsWindow, openConsole, pictures } from "../support/console-browser.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { sandboxApp, signedCall } from "../support/operator.ts";

const browser = await startBrowser();
const verifies = "应答验签通过";

describe.skipIf(browser === undefined)("the pages for developers", () => {
  let kaimen: RunningKaimen;
  beforeAll(async () => {
    kaimen = await startKaimen();
  });
  afterAll(async () => {
    await browser?.close();
    await kaimen.stop();
  });

  it("signs a score inquiry by key and by certificate, encrypted and in GBK, and each reply verifies", async () => {
    const { page, context, complaints } = await openConsole(browser, kaimen.sandbox, "/console/debugging");
    const send = page.getByRole("button", { name: "签名并发送" });
    const result = page.getByRole("region", { name: "结果" });
    await page.getByText("两年按时还款，已结清三笔贷款").waitFor();
    await send.click();
    await result.getByText("10000", { exact: true }).waitFor();
    await result.getByText(verifies).waitFor();
    await page.screenshot({ path: `${pictures}debugging.png`, fullPage: true });

    const mode = page.getByRole("group", { name: "模式" });
    await mode.getByText("证书").click();
    await page.getByRole("group", { name: "字符集" }).getByText("GBK").click();
    await page.getByRole("combobox", { name: "内容加密" }).click();
    await page.getByTitle("AES_V2").click();
    await page.getByRole("button", { name: "换新" }).click();
    await send.click();
    await result.getByText("证书序列号相符").waitFor();
    await result.getByText(verifies).waitFor();
    await result.getByText("解密后").waitFor();

    await page.getByRole("button", { name: "原样重发" }).click();
    await page.getByRole("list").last().getByRole("listitem").nth(2).waitFor();
    await result.getByRole("tab", { name: "待签名字符串" }).click();
    await result.getByText(/alipay_root_cert_sn=/).waitFor();
    await result.getByRole("tab", { name: "代码" }).click();
    await result.getByText("Python", { exact: true }).click();
    await result
      .getByText(/urllib\.request/)
      .first()
      .waitFor();
    await page.screenshot({ path: `${pictures}debugging-certificate.png`, fullPage: true });
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("makes one thing wrong, says whether the answer is the documented one, and leads to the steps", async () => {
    const { page, context, complaints } = await openConsole(browser, kaimen.sandbox, "/console/debugging");
    await page.getByRole("button", { name: "错一处" }).click();
    await page.getByText("不传 product_code").waitFor();
    await page.screenshot({ path: `${pictures}debugging-mistakes.png` });
    await page.getByText("不传 product_code").click();
    await page.getByText("如文档所述：PRODUCT_CODE_IS_NULL").waitFor();
    await page.getByRole("link", { name: "查看每一步" }).click();
    await page.getByText("PRODUCT_CODE_IS_NULL").first().waitFor();
    await page.getByRole("link", { name: "在线调试这次调用" }).click();
    await page.getByRole("button", { name: "签名并发送" }).waitFor();
    expect(await page.getByRole("textbox", { name: /^transaction_id/ }).inputValue()).toMatch(/^DEBUG\d+$/);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("sends a feedback file made of a grid, on a narrow screen", async () => {
    const path = "/console/debugging/zhima.data.batch.feedback";
    const { page, context, complaints } = await openConsole(browser, kaimen.sandbox, path, { width: 390 });
    await page.getByRole("button", { name: "签名并发送" }).click();
    const result = page.getByRole("region", { name: "结果" });
    await result.getByText("10000", { exact: true }).waitFor();
    await result.getByText(verifies).waitFor();
    expect(await fitsItsWindow(page)).toBe(true);
    await page.screenshot({ path: `${pictures}debugging-feedback-390.png`, fullPage: true });
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("puts a call together again from its link, in English and in the dark", async () => {
    const link = "/console/debugging/zhima.credit.score.get#sign_type=RSA&charset=gbk&f.transaction_id=LINKED1";
    const { page, context } = await openConsole(browser, kaimen.sandbox, link, { locale: "en-GB", dark: true });
    const field = page.getByRole("textbox", { name: /^transaction_id/ });
    await field.waitFor();
    expect(await field.inputValue()).toBe("LINKED1");
    expect(await page.getByRole("group", { name: "Charset" }).getByRole("radio", { name: "GBK" }).isChecked()).toBe(
      true,
    );
    await page.getByRole("button", { name: "Sign and send" }).click();
    await page.getByRole("region", { name: "Result" }).getByText("aop.invalid-auth-token").first().waitFor();
    await page.screenshot({ path: `${pictures}debugging-dark-en.png`, fullPage: true });
    await context.close();
  });

  it("say why a signature does not verify, with both strings and the first difference", async () => {
    const { page, context, complaints } = await openConsole(browser, kaimen.sandbox, "/console/doctor");
    const parameters = await signedCall(sandboxApp(kaimen.sandbox), "zhima.credit.score.get", {
      biz_content: '{"a":1}',
    });
    parameters.set("version", "2.0");
    await page.getByLabel("请求、curl、URL、日志行或待签名字符串").fill(`${kaimen.sandbox.gateway_url}?${parameters}`);
    await page.getByRole("button", { name: "诊断" }).click();
    await page.getByText("string_unknown").waitFor();
    const text = "version=1.0&app_id=1&charset=utf-8&method=m&sign_type=RSA2&timestamp=2026-11-30 12:00:00";
    await page.getByLabel("请求、curl、URL、日志行或待签名字符串").fill(text);
    await page.getByRole("button", { name: "诊断" }).click();
    await page.getByText("not_sorted").waitFor();
    await page.getByText("第一个不同的字节：第 1 个").waitFor();
    expect(await page.locator("mark").allTextContents()).toEqual(["v", "a"]);
    await page.screenshot({ path: `${pictures}doctor.png`, fullPage: true });
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("make, convert and match keys, ask for a certificate and read serials, narrow, too", async () => {
    const { page, context, complaints } = await openConsole(browser, kaimen.sandbox, "/console/keys", { width: 390 });
    await page.getByRole("button", { name: "生成一对密钥" }).click();
    await page.getByText("成对：是同一对密钥").waitFor();
    await page.getByRole("tab", { name: /PKCS#1（PHP/ }).click();
    await page.getByText("BEGIN RSA PRIVATE KEY").waitFor();
    await page.getByLabel("CN：应用的 app_id 或名称").fill("2021000000000009");
    await page.getByRole("button", { name: "生成 CSR" }).click();
    await page.getByText("BEGIN CERTIFICATE REQUEST").waitFor();
    const file = (name: string, text: string) => ({
      name,
      mimeType: "application/x-x509-ca-cert",
      buffer: Buffer.from(text),
    });
    const { app_cert: appCert, alipay_root_cert: rootCert } = kaimen.sandbox;
    await page.locator("input[type=file]").setInputFiles([file("app.crt", appCert), file("root.crt", rootCert)]);
    await page.getByText(parseCertificate(appCert).sn, { exact: true }).waitFor();
    await page.getByText(rootSerialNumber(rootCert), { exact: true }).last().waitFor();
    await page.getByLabel("密钥：私钥或公钥，任何格式").fill(kaimen.sandbox.app_private_key_pkcs1);
    await page.getByText("不成对：不是同一对密钥").waitFor();
    await page.getByText("成对", { exact: true }).waitFor();
    expect(await fitsItsWindow(page)).toBe(true);
    await page.screenshot({ path: `${pictures}keys-390.png`, fullPage: true });
    await page.setViewportSize({ width: 1_440, height: 900 });
    await page.screenshot({ path: `${pictures}keys.png`, fullPage: true });
    expect(complaints).toEqual([]);
    await context.close();
  });
});

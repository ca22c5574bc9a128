import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseCertificate, rootSerialNumber } from "#kaimen/keys/certificates.ts";
import { parsePrivateKey } from "#kaimen/keys/formats.ts";
import { signParameters } from "#kaimen/keys/signed-request.ts";
import { askScore } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { send } from "../support/operator.ts";

const command = new URL("../../dist/cli/main.js", import.meta.url).pathname;
let kaimen: RunningKaimen;
let directory = "";

beforeAll(async () => {
  kaimen = await startKaimen();
  directory = await mkdtemp(join(tmpdir(), "kaimen-keys-"));
});
afterAll(async () => {
  await kaimen.stop();
  await rm(directory, { recursive: true, force: true });
});

async function run(...words: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [command, ...words], {
    env: { ...process.env, KAIMEN_DATA: kaimen.dataDirectory },
  });
  return stdout;
}
const runJson = async (...words: string[]) => JSON.parse(await run(...words)) as Record<string, string>;
const file = (name: string): string => join(directory, name);
const keyOf = async (name: string): Promise<string> =>
  (await readFile(file(name), "utf8")).replaceAll(/-----[A-Z ]+-----|\s/g, "");

/** A refusal by the token: whoever is told so has passed the signature, and could verify the reply. */
const passes = { code: "20001", subCode: "aop.invalid-auth-token" };

it("an app changes its key without a moment in which neither works", async () => {
  const id = "2021000000008888";
  await run("key", "create", "--out", file("old"));
  await run("key", "create", "--out", file("new"));
  await run("app", "add", "--id", id, "--public-key", file("old.public.pem"));
  const ask = async (name: string) =>
    askScore(officialSdk(kaimen.sandbox, { appId: id, privateKey: await keyOf(`${name}.pkcs8.pem`) }), "x");
  expect(await ask("old")).toMatchObject(passes);
  expect(await ask("new")).toMatchObject({ subCode: "isv.invalid-signature" });
  await run("app", "key", "--id", id, "--next", file("new.public.pem"));
  expect(await ask("old")).toMatchObject(passes);
  expect(await ask("new")).toMatchObject(passes);
  const metrics = await (await fetch(new URL("/metrics", kaimen.sandbox.gateway_url))).text();
  expect(metrics).toContain("kaimen_gateway_next_key_calls_total 1");
  await run("app", "key", "--id", id, "--promote");
  expect(await ask("new")).toMatchObject(passes);
  expect(await ask("old")).toMatchObject({ subCode: "isv.invalid-signature" });
});

it("the gateway changes its key, and every app is answered by the one it was given until it is moved", async () => {
  const { sandbox } = kaimen;
  const rotated = await runJson("gateway-key", "rotate");
  expect(rotated["alipay_public_key"]).not.toBe(sandbox.alipay_public_key);
  const token = sandbox.users[0]?.access_token ?? "";
  expect(await askScore(officialSdk(sandbox), token)).toMatchObject({ code: "10000" });
  await run("app", "key", "--id", sandbox.app_id, "--gateway-key", rotated["gateway_key_id"] ?? "");
  await expect(askScore(officialSdk(sandbox), token)).rejects.toThrow(/验签/);
  expect(
    await askScore(officialSdk(sandbox, { alipayPublicKey: rotated["alipay_public_key"] ?? "" }), token),
  ).toMatchObject({ code: "10000" });
  await run("app", "key", "--id", sandbox.app_id, "--gateway-key", "1");
});

it("an app's signing request is signed, and the official SDK runs in certificate mode with what comes back", async () => {
  const id = "2021000000007777";
  await run("key", "create", "--out", file("cert"));
  await writeFile(file("cert.csr"), await run("certificate", "request", "--key", file("cert.pkcs1.pem"), "--id", id));
  const signed = await runJson("certificate", "sign", "--request", file("cert.csr"), "--id", id);
  await writeFile(file("cert.crt"), signed["app_cert"] ?? "");
  const added = await runJson(
    "app",
    "add",
    "--id",
    id,
    "--public-key",
    file("cert.public.pem"),
    "--certificate",
    file("cert.crt"),
  );
  expect(added["alipay_root_cert"]).toBe(await run("certificate", "root"));
  const sdk = officialSdk(kaimen.sandbox, {
    appId: id,
    privateKey: await keyOf("cert.pkcs8.pem"),
    appCertPath: file("cert.crt"),
    alipayPublicCertContent: added["alipay_cert"] ?? "",
    alipayRootCertContent: added["alipay_root_cert"] ?? "",
  });
  expect(await askScore(sdk, "x")).toMatchObject(passes);
});

it("an app moves from its key to a certificate: it is loaded as it is signed, and either is taken until one is required", async () => {
  const id = "2021000000005555";
  const added = await runJson("app", "add", "--id", id, "--public-key", file("cert.public.pem"));
  await writeFile(file("move.csr"), await run("certificate", "request", "--key", file("cert.pkcs1.pem"), "--id", id));
  const signed = await runJson("certificate", "sign", "--request", file("move.csr"), "--id", id, "--load");
  const byKey = officialSdk(kaimen.sandbox, {
    appId: id,
    privateKey: await keyOf("cert.pkcs8.pem"),
    alipayPublicKey: added["alipay_public_key"] ?? "",
  });
  const byCertificate = officialSdk(kaimen.sandbox, {
    appId: id,
    privateKey: await keyOf("cert.pkcs8.pem"),
    appCertContent: signed["app_cert"] ?? "",
    alipayPublicCertContent: signed["alipay_cert"] ?? "",
    alipayRootCertContent: signed["alipay_root_cert"] ?? "",
  });
  expect(await askScore(byKey, "x")).toMatchObject(passes);
  expect(await askScore(byCertificate, "x")).toMatchObject(passes);
  await run("app", "key", "--id", id, "--certificate-required", "yes");
  expect(await askScore(byCertificate, "x")).toMatchObject(passes);
  // In key mode, so that who asked so can verify it.
  expect(await askScore(byKey, "x")).toMatchObject({ code: "40002", subCode: "isv.missing-app-cert-sn" });
  await run("app", "key", "--id", id, "--without-key");
  await expect(askScore(byKey, "x")).rejects.toThrow(/./); // Unsigned, as on the real gateway.
});

it("a certificate that is signed and not loaded is told of; with it comes the gateway's that answers the app", async () => {
  const { app_id: id, alipay_cert: answering } = kaimen.sandbox;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [command, "certificate", "sign", "--request", file("cert.csr"), "--id", id],
    { env: { ...process.env, KAIMEN_DATA: kaimen.dataDirectory } },
  );
  expect(stderr).toContain(`kaimen app key --id ${id} --certificate FILE`);
  // The gateway has a newer one by now, which this app has not been moved to.
  expect(JSON.parse(stdout)).toMatchObject({ alipay_cert: answering });
});

it("a certificate of the gateway's is given to a call without version, as the official PHP SDK makes it", async () => {
  const { sandbox } = kaimen;
  const parameters = await signParameters(
    {
      app_id: sandbox.app_id,
      method: "alipay.open.app.alipaycert.download",
      charset: "utf-8",
      timestamp: "2026-11-22 12:00:00",
      app_cert_sn: parseCertificate(sandbox.app_cert).sn,
      alipay_root_cert_sn: rootSerialNumber(sandbox.alipay_root_cert),
      biz_content: JSON.stringify({ alipay_cert_sn: parseCertificate(sandbox.alipay_cert).sn }),
    },
    { privateKey: parsePrivateKey(sandbox.app_private_key_pkcs8), signType: "RSA2" },
  );
  const { node } = await send(sandbox, parameters);
  expect(Buffer.from(String(node["alipay_cert_content"]), "base64").toString()).toBe(sandbox.alipay_cert);
});

it("a certificate for another key is refused, and so is a request that nobody signed", async () => {
  await expect(
    run(
      "app",
      "add",
      "--id",
      "2021000000006666",
      "--public-key",
      file("old.public.pem"),
      "--certificate",
      file("cert.crt"),
    ),
  ).rejects.toThrow(/certificate is for another key/);
  await writeFile(file("bad.csr"), "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n");
  await expect(run("certificate", "sign", "--request", file("bad.csr"), "--id", "x")).rejects.toThrow(
    /not a signing request/,
  );
});

it("the doctor names what is wrong with a pasted request", async () => {
  const { sandbox } = kaimen;
  const url = `${sandbox.gateway_url}?app_id=${sandbox.app_id}&method=a.b&sign_type=RSA2&sign=AAAA`;
  await writeFile(file("request.txt"), `curl '${url}'\n`);
  const failed = await run("doctor", "signature", file("request.txt"), "--json").catch(
    (error: { code: number; stdout: string }) => error,
  );
  expect(failed).toMatchObject({ code: 1 });
  expect(JSON.parse((failed as { stdout: string }).stdout)).toMatchObject({
    verifies: false,
    findings: [{ name: "key_unknown" }],
    expected: `app_id=${sandbox.app_id}&method=a.b&sign_type=RSA2`,
  });
});

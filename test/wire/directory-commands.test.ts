import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../support/command.ts";
import { testPerson } from "../support/feedback-data.ts";
import { productCode } from "../support/integrator.ts";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { rsaKeys } from "../support/operator.ts";

/** Everything that an operator does to merchants, apps, keys, arrangements and users is done by commands, too. */
let kaimen: RunningKaimen;
let keyFile = "";
beforeAll(async () => {
  kaimen = await startKaimen();
  keyFile = join(kaimen.dataDirectory, "app.pem");
  await writeFile(keyFile, rsaKeys().publicKey);
});
afterAll(() => kaimen?.stop());

const words = (line: string): string[] => line.split(" ");
async function run(...parameters: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(kaimen, ...parameters);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
const json = async (...parameters: string[]) => JSON.parse(await run(...parameters)) as Record<string, unknown>;
const id = "2088000000000601";
const appId = "2021000000000601";

it("a merchant, with an app and an arrangement, from the first command to the last", async () => {
  expect(await json("merchant", "add", "--id", id, "--name", "命令示例商户")).toMatchObject({
    merchant_id: id,
    name: "命令示例商户",
  });
  expect(await run("merchant", "list", "--search", "命令")).toMatch(
    new RegExp(`^id +name +state +added\\n${id} +命令示例商户 +active +2\\S+Z\\n$`),
  );
  expect(await json("merchant", "list", "--limit", "1", "--json")).toMatchObject({
    merchants: [{ merchant_id: expect.any(String) }],
  });
  expect(await json("merchant", "set", "--id", id, "--name", "新名")).toMatchObject({ name: "新名" });
  expect(await json("merchant", "suspend", "--id", id)).toMatchObject({ merchant_id: id, suspended: true });
  expect(await json("merchant", "resume", "--id", id)).toMatchObject({ merchant_id: id, suspended: false });
  expect(await run("merchant", "show", "--id", id)).toMatch(/^merchant_id +2088000000000601$/m);
  expect(await json("merchant", "show", "--id", id, "--json")).toMatchObject({ suspended_at: null });

  const added = await json(
    "app",
    "add",
    "--id",
    appId,
    "--public-key",
    keyFile,
    "--merchant",
    id,
    "--sign-types",
    "RSA2, RSA",
  );
  expect(added).toEqual({
    app_id: appId,
    merchant_id: id,
    sign_types: "RSA2,RSA",
    alipay_public_key: kaimen.sandbox.alipay_public_key,
  });
  expect(await run("app", "list", "--merchant", id)).toMatch(
    new RegExp(`^${appId} +${id} +${appId} +active +RSA2,RSA +1$`, "m"),
  );
  const set = ["app", "set", "--id", appId, "--methods", "zhima.credit.score.get", "--isv", "yes", "--name", "x"];
  expect(await json(...set)).toMatchObject({
    app_id: appId,
    feedback_policy: "whole_file",
    permitted_methods: ["zhima.credit.score.get"],
    acts_for_merchants: true,
    sign_types: "RSA2,RSA",
    suspended: false,
  });
  expect(await json("app", "set", "--id", appId, "--methods", "all", "--sign-types", "RSA2")).toMatchObject({
    permitted_methods: "all",
    sign_types: "RSA2",
  });
  expect(await json("app", "suspend", "--id", appId)).toMatchObject({ app_id: appId, suspended: true });
  expect(await json("app", "list", "--suspended", "yes", "--json")).toMatchObject({ apps: [{ app_id: appId }] });
  expect(await json("app", "resume", "--id", appId)).toMatchObject({ suspended: false });
  expect(await json("app", "show", "--id", appId, "--json")).toMatchObject({ name: "x", has_encrypt_key: false });
  expect(await run("app", "show", "--id", appId)).toMatch(/^permitted_methods +all$/m);

  const named = ["--merchant", id, "--product", productCode];
  const terms = ["--from", "2026-01-01", "--to", "2036-01-01", "--price-fen", "40", "--quota", "3"];
  expect(await json("arrangement", "set", ...named, ...terms)).toMatchObject({
    merchant_id: id,
    product_code: productCode,
    price_fen: 40,
    quota: 3,
  });
  expect(await json("arrangement", "suspend", ...named)).toMatchObject({ suspended: true, quota: 3 });
  expect(await json("arrangement", "resume", ...named)).toMatchObject({ suspended: false });
  expect(await run("arrangement", "list", "--merchant", id)).toMatch(
    new RegExp(`^${id} +${productCode} +active `, "m"),
  );
  expect(await json("arrangement", "show", ...named, "--json")).toMatchObject({ quota_used: 0 });

  const staff = ["--id", id, "--login", "staff@601"];
  const { password } = await json("merchant", "login", ...staff);
  expect(password).toMatch(/^[\w-]{20}$/);
  expect(await run("merchant", "staff", "list", "--id", id)).toMatch(
    /^staff@601 +has to change the password +no +never$/m,
  );
  expect(await json("merchant", "staff", "disable", ...staff)).toMatchObject({ disabled: true });
  expect(await json("merchant", "staff", "enable", ...staff)).toMatchObject({ disabled: false });
  expect((await json("merchant", "staff", "reset", ...staff))["password"]).not.toBe(password);

  const removal = await runCommand(kaimen, "merchant", "remove", "--id", id);
  expect(removal).toMatchObject({
    code: 1,
    stderr: `kaimen: the merchant ${id} has apps, arrangements, staff: remove these first, or suspend it\n`,
  });
  expect(await json("merchant", "staff", "remove", ...staff)).toEqual({
    merchant_id: id,
    login: "staff@601",
    removed: true,
  });
  expect(await json("arrangement", "remove", ...named)).toMatchObject({ removed: true });
  expect(await json("app", "remove", "--id", appId)).toEqual({ app_id: appId, removed: true });
  expect(await json("merchant", "remove", "--id", id)).toEqual({ merchant_id: id, removed: true });
}, 120_000);

it("a user, and the gateway's keys", async () => {
  const person = testPerson(21);
  const user = await json("user", "add", "--name", person.name, "--credentials-no", person.credentialsNo);
  expect(user).toEqual({
    user_id: expect.stringMatching(/^2088\d{12}$/),
    access_token: expect.any(String),
    refresh_token: expect.any(String),
  });
  const { user_id: userId, login } = userByLogin(kaimen.sandbox, "average");
  expect(await run("user", "list", "--login", login)).toContain(userId);
  expect(await json("user", "disable", "--id", userId)).toMatchObject({ user_id: userId, disabled: true });
  expect(await json("user", "list", "--disabled", "yes", "--json")).toMatchObject({ users: [{ user_id: userId }] });
  expect(await json("user", "enable", "--id", userId)).toMatchObject({ disabled: false });
  expect(await json("user", "reset", "--id", userId)).toMatchObject({ login, password: expect.any(String) });
  expect(await run("user", "show", "--id", userId)).toMatch(/^must_change_password +true$/m);
  expect(await runCommand(kaimen, "user", "remove", "--id", userId)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("disable the login instead"),
  });

  const { gateway_key_id: keyId } = await json("gateway-key", "rotate");
  expect(await run("gateway-key", "list")).toMatch(new RegExp(`^${String(keyId)} +current +0 `, "m"));
  await json("gateway-key", "rotate");
  expect(await json("gateway-key", "remove", "--id", String(keyId))).toEqual({ gateway_key_id: keyId, removed: true });
}, 60_000);

describe("what is said wrong is told, and nothing is done:", () => {
  it.each([
    ["app set --id x --isv perhaps", "--isv is yes or no"],
    ["app set --id x --feedback-policy some", "feedback_policy is whole_file or accept_valid"],
    ["app set --id x --name y", "no app x"],
    ["app list --suspended maybe", "--suspended is yes or no"],
    ["app list --limit some", '--limit is "some"; write a whole number'],
    ["app add --id x --public-key /nowhere", "cannot read /nowhere: ENOENT"],
    ["app key --id x --gateway-key first", "gatewayKeyId: the number of a gateway's key"],
  ])("%s", async (line, sentence) => {
    const { code, stdout, stderr } = await runCommand(kaimen, ...words(line));
    expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining(`kaimen: ${sentence}`)]);
  });
});

import { createPublicKey, randomBytes } from "node:crypto";
import { addAccount, findAccount } from "../accounts/account.ts";
import { addApiToken, endApiTokenCalled } from "../accounts/api-tokens.ts";
import { hashGeneratedPassword, type PasswordHash } from "../accounts/password-hash.ts";
import { beijingMonth, dayUs, later } from "../clock.ts";
import { findAuthorisation, grantAuthorisation, scoreScope } from "../consent/authorisations.ts";
import { identityCard } from "../consent/people.ts";
import { issueTokens } from "../consent/tokens.ts";
import { findUser, registerUser } from "../consent/users.ts";
import { receiveFeedback } from "../feedback/receive.ts";
import { parseCertificate } from "../keys/certificates.ts";
import { exportKey, parsePrivateKey } from "../keys/formats.ts";
import { generateRsaKeys } from "../keys/rsa.ts";
import { randomToken } from "../keys/secrets.ts";
import type { App } from "../merchants/app.ts";
import { setArrangement } from "../merchants/arrangements.ts";
import { addMerchant, sandboxMerchantId } from "../merchants/merchants.ts";
import { anyRedirect } from "../merchants/redirects.ts";
import { signTypes } from "../protocol/signing.ts";
import { briefProductCode } from "../methods/zhima.credit.score.brief.get.ts";
import { scoreProductCode } from "../methods/zhima.credit.score.get.ts";
import type { Platform } from "../platform.ts";
import { latestScore } from "../scoring/latest-score.ts";
import { ensurePartner, type SandboxMerchant } from "./partner.ts";
import { demoColumns, demoPeople, demoRecords } from "./demo-people.ts";

/** What an integrator needs to start: the contents of sandbox.json, but for the addresses. */
export interface SandboxAccess {
  readonly app_id: string;
  readonly merchant_id: string;
  readonly app_private_key_pkcs8: string;
  readonly app_private_key_pkcs1: string;
  readonly app_public_key: string;
  readonly alipay_public_key: string;
  readonly encrypt_key: string;
  /** PEM, for certificate mode: the app's, the gateway's with the one that signed it, and the root. */
  readonly app_cert: string;
  readonly alipay_cert: string;
  readonly alipay_root_cert: string;
  /** An admin, to sign in with on the console; the token is what programs and commands send. */
  readonly operator: { readonly login: string; readonly password: string; readonly token: string };
  /** Merchants who may authorise the app to act for them. */
  readonly merchants: readonly SandboxMerchant[];
  readonly users: readonly SandboxUser[];
}

interface SandboxUser {
  readonly user_id: string;
  readonly name: string;
  readonly credentials_type: string;
  readonly credentials_no: string;
  readonly login: string;
  readonly password: string;
  readonly access_token: string;
  /** "350" to "950", or "N/A". */
  readonly score: string;
}

/** The secrets of the sandbox, which only its owner may know, as they lie sealed in the database. */
interface Secrets {
  readonly appPrivateKey: string;
  readonly encryptKey: string;
  readonly operatorPassword: string;
  readonly userPassword: string;
}

export const sandboxAppId = "2021000000000001";
export const operatorLogin = "operator@sandbox.kaimen";
/** Made anew at every start; the one before ends. */
const operatorTokenName = "sandbox.json";
/** The clock may be put forward by ten years while the sandbox runs, and the token serves on. */
const operatorTokenDays = 3_650 + 366;
const secretsContext = "setting.sandbox";

/** Makes the sandbox's merchant, app, arrangement, operator and people, once; issues fresh tokens at every start. */
export async function seedSandbox(platform: Platform): Promise<SandboxAccess> {
  const secrets = await readOrCreateSecrets(platform);
  const app = await ensureCertificate(platform, secrets, await ensureMerchant(platform, secrets));
  await ensurePeople(platform, secrets);
  await feedBackHistories(platform, app);
  const key = parsePrivateKey(secrets.appPrivateKey);
  return {
    app_id: app.appId,
    merchant_id: app.merchantId,
    app_private_key_pkcs8: exportKey(key, "pkcs8"),
    app_private_key_pkcs1: exportKey(key, "pkcs1"),
    app_public_key: exportKey(createPublicKey(key), "spki"),
    alipay_public_key: platform.gatewayKeys.byId(app.gatewayKeyId).publicKey,
    encrypt_key: secrets.encryptKey,
    app_cert: app.certificate?.pem ?? "",
    alipay_cert: platform.gatewayKeys.byId(app.gatewayKeyId).certificate,
    alipay_root_cert: platform.gatewayKeys.authority.rootCertificate,
    operator: await ensureOperator(platform, secrets),
    merchants: [await ensurePartner(platform)],
    users: await describeUsers(platform, secrets),
  };
}

async function readOrCreateSecrets(platform: Platform): Promise<Secrets> {
  const { store, vault } = platform;
  const [row] = await store.query<{ value: string }>("select value from setting where name = 'sandbox'");
  if (row !== undefined) {
    return JSON.parse(vault.open(Buffer.from(row.value, "base64"), secretsContext).toString()) as Secrets; // Sealed below by this very code.
  }
  const secrets: Secrets = {
    appPrivateKey: exportKey((await generateRsaKeys()).privateKey, "pkcs8"),
    encryptKey: randomBytes(16).toString("base64"),
    operatorPassword: randomToken(16),
    userPassword: randomToken(12),
  };
  const sealed = Buffer.from(vault.seal(JSON.stringify(secrets), secretsContext)).toString("base64");
  await store.query("insert into setting (name, value) values ('sandbox', $1) on conflict (name) do nothing", [
    JSON.stringify(sealed),
  ]);
  return readOrCreateSecrets(platform);
}

async function ensureMerchant(platform: Platform, secrets: Secrets): Promise<App> {
  const { store, clock, apps, gatewayKeys } = platform;
  const existing = await apps.find(sandboxAppId);
  if (existing !== undefined) return existing;
  const now = clock.now();
  const [merchant] = await store.query("select from merchant where merchant_id = $1", [sandboxMerchantId]);
  if (merchant === undefined)
    await store.transaction(async (transaction) => {
      await addMerchant(transaction, { merchantId: sandboxMerchantId, name: "开门示例商户" }, now);
      await setArrangement(transaction, {
        merchantId: sandboxMerchantId,
        productCode: scoreProductCode,
        validFrom: later(now, -dayUs),
        validTo: later(now, 3_650 * dayUs),
        priceFen: 40,
        billsNa: false,
      });
      await setArrangement(transaction, {
        merchantId: sandboxMerchantId,
        productCode: briefProductCode,
        validFrom: later(now, -dayUs),
        validTo: later(now, 3_650 * dayUs),
        priceFen: 20,
        billsNa: false,
      });
    });
  return apps.add({
    appId: sandboxAppId,
    merchantId: sandboxMerchantId,
    name: "开门示例应用",
    publicKey: exportKey(createPublicKey(parsePrivateKey(secrets.appPrivateKey)), "spki"),
    encryptKey: secrets.encryptKey,
    gatewayKeyId: gatewayKeys.current.gatewayKeyId,
    // Old SDKs are tried on it.
    signTypes,
    redirectUris: [anyRedirect],
    // It stands for an app of the years in which integrators learnt user_id, which sandbox.json names.
    userIdentity: "user_id",
  });
}

async function ensureOperator(platform: Platform, { operatorPassword }: Secrets): Promise<SandboxAccess["operator"]> {
  const { store, clock } = platform;
  const operator = { kind: "operator", login: operatorLogin } as const;
  if ((await findAccount(store, operator.kind, operator.login)) === undefined) {
    const passwordHash = await hashGeneratedPassword(operatorPassword);
    await addAccount(store, { ...operator, role: "admin", passwordHash }, clock.now());
  }
  await endApiTokenCalled(store, operator, operatorTokenName);
  const { secret } = await addApiToken(platform, operator, { name: operatorTokenName, days: operatorTokenDays });
  return { login: operatorLogin, password: operatorPassword, token: secret };
}

/** The sandbox's app calls in key mode and in certificate mode, as it likes, and for other merchants. */
async function ensureCertificate({ apps, gatewayKeys }: Platform, secrets: Secrets, app: App): Promise<App> {
  if (app.certificate !== undefined) return app;
  const publicKey = createPublicKey(parsePrivateKey(secrets.appPrivateKey));
  const issued = await gatewayKeys.authority.issue({ commonName: app.appId, organisationalUnit: "App" }, publicKey);
  return apps.change(app.appId, {
    certificate: parseCertificate(issued).pem,
    certificateRequired: false,
    actsForMerchants: true,
  });
}

async function ensurePeople(platform: Platform, secrets: Secrets): Promise<void> {
  const { store, vault, clock } = platform;
  // The demo users have one password, so one hash does for all: the start would wait for five more.
  let passwordHash: PasswordHash | undefined;
  for (const demo of demoPeople) {
    if ((await findUser(store, demo.userId)) !== undefined) continue;
    passwordHash ??= await hashGeneratedPassword(secrets.userPassword);
    const identity = { credentialsType: identityCard, credentialsNo: demo.credentialsNo, name: demo.name };
    await registerUser(store, vault, { userId: demo.userId, login: demo.login, passwordHash, identity }, clock.now());
  }
}

/** The histories end in the month before the as-of month, so they are fed back again when that month is another one. */
async function feedBackHistories(platform: Platform, app: App): Promise<void> {
  const { store, clock, config } = platform;
  const asOf = config.asOfMonth ?? beijingMonth(clock.now());
  const [fed] = await store.query<{ value: number }>("select value from setting where name = 'sandbox_histories'");
  if (fed?.value === asOf) return;
  const records = demoRecords(asOf);
  const outcome = await receiveFeedback(
    platform,
    { app, merchantId: app.merchantId },
    {
      fileCharset: "UTF-8",
      columns: demoColumns,
      primaryKeyColumns: "order_no,pay_month",
      records: String(records.length),
      file: { filename: "demo-histories.json", content: Buffer.from(JSON.stringify({ records })) },
      fileDescription: "demo histories",
    },
  );
  if ("refusal" in outcome) throw new Error(`the demo histories were refused: ${outcome.detail}`);
  await store.query(
    "insert into setting (name, value) values ('sandbox_histories', $1) on conflict (name) do update set value = excluded.value",
    [JSON.stringify(asOf)],
  );
}

async function describeUsers(platform: Platform, secrets: Secrets): Promise<SandboxUser[]> {
  const { store, clock, config, rescorer } = platform;
  await rescorer.markAllIfStale();
  await rescorer.run();
  const described: SandboxUser[] = [];
  for (const demo of demoPeople) {
    const user = await findUser(store, demo.userId);
    if (user === undefined) throw new Error(`the demo user ${demo.userId} is missing`);
    const wanted = { userId: demo.userId, appId: sandboxAppId, scopes: [scoreScope] };
    const consent =
      (await findAuthorisation(store, clock, wanted)) ??
      (await grantAuthorisation(store, clock, { ...wanted, days: config.authorisationDays, channel: "sandbox" }));
    const tokens = await issueTokens(store, clock, config, consent);
    const scored = await latestScore(store, user.person);
    described.push({
      user_id: demo.userId,
      name: demo.name,
      credentials_type: identityCard,
      credentials_no: demo.credentialsNo,
      login: demo.login,
      password: secrets.userPassword,
      access_token: tokens.accessToken,
      score: String(scored?.score ?? "N/A"),
    });
  }
  return described;
}

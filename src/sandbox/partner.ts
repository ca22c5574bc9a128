import { addAccount } from "../accounts/account.ts";
import { hashGeneratedPassword } from "../accounts/password-hash.ts";
import { dayUs, later } from "../clock.ts";
import { exportKey } from "../keys/formats.ts";
import { generateRsaKeys } from "../keys/rsa.ts";
import { randomToken } from "../keys/secrets.ts";
import { setArrangement } from "../merchants/arrangements.ts";
import { addMerchant } from "../merchants/merchants.ts";
import { anyRedirect } from "../merchants/redirects.ts";
import type { Platform } from "../platform.ts";
import { scoreProductCode } from "../methods/zhima.credit.score.get.ts";

/** The sandbox's second merchant, who can authorise the sandbox's app to act for it. */
export interface SandboxMerchant {
  readonly merchant_id: string;
  readonly app_id: string;
  readonly login: string;
  readonly password: string;
}

const partner = {
  merchantId: "2088000000000026",
  name: "开门合作商户",
  appId: "2021000000000002",
  login: "merchant@sandbox.kaimen",
};
const context = "setting.sandbox_partner";

/** Makes the partner once. The password lies sealed beside the sandbox's other secrets. */
export async function ensurePartner(platform: Platform): Promise<SandboxMerchant> {
  const { store, vault, clock, apps, gatewayKeys } = platform;
  const [row] = await store.query<{ value: string }>("select value from setting where name = 'sandbox_partner'");
  const described = { merchant_id: partner.merchantId, app_id: partner.appId, login: partner.login };
  if (row !== undefined)
    return { ...described, password: vault.open(Buffer.from(row.value, "base64"), context).toString() };

  const password = randomToken(12);
  const passwordHash = await hashGeneratedPassword(password);
  const now = clock.now();
  await store.transaction(async (transaction) => {
    await addMerchant(transaction, partner, now);
    await setArrangement(transaction, {
      merchantId: partner.merchantId,
      productCode: scoreProductCode,
      validFrom: later(now, -dayUs),
      validTo: later(now, 3_650 * dayUs),
      priceFen: 40,
      billsNa: false,
    });
    const account = { kind: "merchant", login: partner.login, subject: partner.merchantId, passwordHash } as const;
    await addAccount(transaction, account, now);
    const sealed = Buffer.from(vault.seal(password, context)).toString("base64");
    await transaction.query("insert into setting (name, value) values ('sandbox_partner', $1)", [
      JSON.stringify(sealed),
    ]);
  });
  // An app has to have a key, and nobody calls with this one: its private half is thrown away.
  const key = exportKey((await generateRsaKeys()).publicKey, "spki");
  await apps.add({
    appId: partner.appId,
    merchantId: partner.merchantId,
    name: partner.name,
    publicKey: key,
    gatewayKeyId: gatewayKeys.current.gatewayKeyId,
    redirectUris: [anyRedirect],
    // It stands for an app of the years in which integrators learnt user_id, by which sandbox.json names its users.
    userIdentity: "user_id",
  });
  return { ...described, password };
}

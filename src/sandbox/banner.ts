import type { SandboxFile } from "./sandbox-file.ts";

/** What somebody needs who has just started a sandbox, ready to paste. */
export function sandboxBanner(sandbox: SandboxFile, path: string): string {
  const [first] = sandbox.users;
  const people = sandbox.users.map(({ name, login, score }) => `    ${score.padStart(4)}  ${login.padEnd(28)} ${name}`);
  return `
  开门 Kaimen is open.

  gateway      ${sandbox.gateway_url}
  authorise    ${sandbox.authorize_url}
  console      ${sandbox.console_sign_in_url}
               (signs in once, within 15 minutes)
  app id       ${sandbox.app_id}
  keys, users, passwords, tokens: ${path}
  operator     ${sandbox.operator.login}

  people (score, login):
${people.join("\n")}

  ask for a score:  npx kaimen call zhima.credit.score.get --user ${first?.login ?? ""}

  or with the official SDK (npm install alipay-sdk), from this directory:

    import { readFileSync } from "node:fs";
    import { AlipaySdk } from "alipay-sdk";
    const box = JSON.parse(readFileSync(${JSON.stringify(path)}, "utf8"));
    const sdk = new AlipaySdk({ appId: box.app_id, keyType: "PKCS8", privateKey: box.app_private_key_pkcs8,
      alipayPublicKey: box.alipay_public_key, gateway: box.gateway_url });
    console.log(await sdk.exec("zhima.credit.score.get", { auth_token: box.users[0].access_token,
      bizContent: { transaction_id: "T" + Date.now(), product_code: "w1010100100000000001" } }, { validateSign: true }));

  Ctrl-C stops it.
`;
}

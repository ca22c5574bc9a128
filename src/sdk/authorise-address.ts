import type { Settings } from "./config.ts";
import { ConfigurationError } from "./call-error.ts";

export interface Authorisation {
  /** Where the user comes back to: one of the app's registered addresses. */
  readonly redirectUri: string;
  /** Comes back as it is: what only this browser knows, so that nobody can slip in an answer to another question. */
  readonly state: string;
  /** `auth_zhima` unless given. */
  readonly scope?: string;
  /** RFC 7636, method S256; for platforms that take it. */
  readonly codeChallenge?: string;
}

const page = "/oauth2/publicAppAuthorize.htm";

/** The page of the platform on which a user authorises an app. */
export function authoriseAddress(
  { gateway, appId }: Settings,
  authorizeUrl: string | undefined,
  { redirectUri, state, scope = "auth_zhima", codeChallenge }: Authorisation,
): string {
  if (!URL.canParse(redirectUri)) throw new ConfigurationError("redirectUri is no address");
  const address = new URL(authorizeUrl ?? page, authorizeUrl === undefined ? authoriseOrigin(gateway) : undefined);
  const parameters = { app_id: appId, scope, redirect_uri: redirectUri, state };
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  if (codeChallenge !== undefined) {
    address.searchParams.set("code_challenge", codeChallenge);
    address.searchParams.set("code_challenge_method", "S256");
  }
  return address.href;
}

/** openapi.alipay.com has its pages at openauth.alipay.com, its sandbox likewise; others have them at their own address. */
function authoriseOrigin(gateway: URL): string {
  return gateway.origin.replace(/^(https?:\/\/)openapi(?=[.-])/, "$1openauth");
}

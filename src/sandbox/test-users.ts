import { loginForm } from "../accounts/account.ts";
import type { PasswordHash } from "../accounts/password-hash.ts";
import { hashNewPassword, PasswordError } from "../accounts/password-rules.ts";
import { grantAuthorisation, scoreScope } from "../consent/authorisations.ts";
import { NameError } from "../consent/name-rule.ts";
import { nameFault } from "../consent/name-fault.ts";
import { identityCard, identityNumberFault, normaliseCredentialsNo } from "../consent/people.ts";
import { issueTokens } from "../consent/tokens.ts";
import { newUserId, registerUser } from "../consent/users.ts";
import type { Platform } from "../platform.ts";
import { failedWith, uniqueViolation } from "../store/sql-state.ts";
import { sandboxAppId } from "./seed.ts";

/** A person that a test needs: somebody with this identity number, who has authorised an app. */
export interface TestUserRequest {
  readonly name: string;
  readonly credentialsNo: string;
  /** To sign in with on the authorise page; both or neither. */
  readonly login?: string | undefined;
  readonly password?: string | undefined;
  /** The app that the user authorises; the sandbox's own when left out. */
  readonly appId?: string | undefined;
}

export interface TestUser {
  readonly user_id: string;
  readonly access_token: string;
  readonly refresh_token: string;
}

/** Why a test user cannot be added. */
export class TestUserError extends Error {
  override readonly name = "TestUserError";
}

const attempts = 5;

/** Adds a user and lets them authorise the app, without the pages: an integrator's CI has no hands. */
export async function addTestUser(platform: Platform, wanted: TestUserRequest): Promise<TestUser> {
  const { store, vault, clock, config } = platform;
  const fault = identityNumberFault(normaliseCredentialsNo(identityCard, wanted.credentialsNo));
  if (fault !== undefined) throw new TestUserError(`not an identity number of 18 characters: its ${fault} is wrong`);
  if (wanted.name.trim() === "" || wanted.name.length > 64) throw new TestUserError("a name has 1 to 64 characters");
  const wrongName = nameFault(wanted.name);
  if (wrongName !== undefined) throw new TestUserError(`the name ${wrongName.en}`);
  if (wanted.login !== undefined && !loginForm.test(wanted.login))
    throw new TestUserError("a login has 1 to 64 characters, no colon among them");
  if ((wanted.login === undefined) !== (wanted.password === undefined))
    throw new TestUserError("give login and password, or neither");
  const appId = wanted.appId ?? sandboxAppId;
  if ((await platform.apps.find(appId)) === undefined) throw new TestUserError(`no app ${appId.slice(0, 32)}`);
  const identity = { credentialsType: identityCard, credentialsNo: wanted.credentialsNo, name: wanted.name };
  const passwordHash = await hashOf(wanted);
  const userId = await addUnderFreeId(async (id) =>
    registerUser(store, vault, { userId: id, login: wanted.login ?? id, passwordHash, identity }, clock.now()),
  );
  const consent = await grantAuthorisation(store, clock, {
    userId,
    appId,
    scopes: [scoreScope],
    days: config.authorisationDays,
    channel: "sandbox",
  });
  const tokens = await issueTokens(store, clock, config, consent);
  return { user_id: userId, access_token: tokens.accessToken, refresh_token: tokens.refreshToken };
}

async function hashOf({ login, password }: TestUserRequest): Promise<PasswordHash | undefined> {
  if (login === undefined || password === undefined) return undefined;
  try {
    return await hashNewPassword({ login, password });
  } catch (error) {
    if (error instanceof PasswordError) throw new TestUserError(error.message);
    throw error;
  }
}

/** An id is drawn again when it is taken. */
async function addUnderFreeId(add: (userId: string) => Promise<void>): Promise<string> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const userId = newUserId();
    try {
      await add(userId);
      return userId;
    } catch (error) {
      if (error instanceof NameError) throw new TestUserError(error.message);
      if (!failedWith(error, uniqueViolation)) throw error;
    }
  }
  throw new TestUserError("the login exists already");
}

import { describe, expect, it } from "vitest";
import type { Account } from "#kaimen/accounts/account.ts";
import { instantOf } from "#kaimen/clock.ts";
import { type Caller, checkMayCall, merchantAskedAbout } from "#kaimen/console/caller.ts";
import type { Problem } from "#kaimen/console/problem.ts";
import { merchantsAnd, operatorsWho } from "#kaimen/console/route.ts";
import type { Who } from "#kaimen/console/who.ts";

const account = (changes: Partial<Account>): Account => ({
  kind: "operator",
  login: "anna",
  subject: undefined,
  role: "operations",
  hasTotp: false,
  mustChangePassword: false,
  createdAt: instantOf(0),
  disabledAt: undefined,
  lastSignInAt: undefined,
  ...changes,
});
const caller = (changes: Partial<Caller> = {}): Caller => ({
  actor: { account: "x", role: "", session: "", address: "" },
  account: undefined,
  sessionId: undefined,
  narrowedTo: undefined,
  ownMerchantId: undefined,
  ...changes,
});

const stranger = caller();
const app = caller({ ownMerchantId: "M1" });
const staff = caller({
  account: account({ kind: "merchant", subject: "M1", role: undefined }),
  ownMerchantId: "M1",
});
const operator = caller({ account: account({}) });
const auditor = caller({ account: account({ role: "auditor" }) });
const narrowed = caller({ account: account({}), narrowedTo: ["merchants:read"] });
const newcomer = caller({ account: account({ mustChangePassword: true }) });

const codeOf = (act: () => unknown): string => {
  try {
    act();
    return "let in";
  } catch (error) {
    return (error as Problem).code;
  }
};

describe("who may call a route:", () => {
  const anybody: Who = { anybody: true };
  const accounts: Who = { accounts: true };
  const write = operatorsWho("merchants:write");
  const read = operatorsWho("merchants:read");

  it.each([
    ["a stranger, what is anybody's", stranger, anybody, "let in"],
    ["a stranger, what is an account's own", stranger, accounts, "not-signed-in"],
    ["a stranger, what is a merchant's", stranger, merchantsAnd("feedback:read"), "not-signed-in"],
    ["an app, what is a merchant's", app, merchantsAnd("feedback:read"), "let in"],
    ["an app, what is an account's own", app, accounts, "not-signed-in"],
    ["an app, what is an operator's", app, read, "not-signed-in"],
    ["staff, what is a merchant's", staff, merchantsAnd("feedback:read"), "let in"],
    ["staff, what is any operator's", staff, operatorsWho("any"), "not-permitted"],
    ["an operator, what their role may", operator, write, "let in"],
    ["an operator, what their role may not", auditor, write, "not-permitted"],
    ["an operator, what any may", auditor, operatorsWho("any"), "let in"],
    ["a token, what it is for", narrowed, read, "let in"],
    ["a token, what it is not for though its owner may", narrowed, write, "not-permitted"],
    ["one whose password others know, their account", newcomer, accounts, "let in"],
    ["one whose password others know, anything else", newcomer, read, "password-change-needed"],
  ])("%s", (_, who, route, expected) => {
    expect(codeOf(() => checkMayCall(who, route))).toBe(expected);
  });
});

describe("the merchant that is asked about", () => {
  it.each([
    ["is the app's own", app, undefined, "M1"],
    ["is the staff's own, named or not", staff, "M1", "M1"],
    ["is the one that an operator names", operator, "M2", "M2"],
  ])("%s", (_, who, named, expected) => {
    expect(merchantAskedAbout(who, named)).toBe(expected);
  });

  it.each([
    ["is not another's, for staff", staff, "M2", "not-found"],
    ["is none where an operator names none", operator, undefined, "invalid-field"],
  ])("%s", (_, who, named, expected) => {
    expect(codeOf(() => merchantAskedAbout(who, named))).toBe(expected);
  });
});

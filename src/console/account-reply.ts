import { Type } from "typebox";
import { type Instant, instantToText } from "../clock.ts";
import * as field from "./fields.ts";

/** What operators are told of an account, of whatever kind: nothing that signs in. */
export const accountFields = {
  login: field.login,
  disabled: Type.Boolean(),
  hasTotp: Type.Boolean(),
  mustChangePassword: Type.Boolean(),
  createdAt: field.instant,
  lastSignInAt: field.optionalInstant,
};

interface Described {
  readonly login: string;
  readonly hasTotp: boolean;
  readonly mustChangePassword: boolean;
  readonly createdAt: Instant;
  readonly disabledAt?: Instant | null | undefined;
  readonly lastSignInAt?: Instant | null | undefined;
}

export function describeAccount(account: Described) {
  const { login, hasTotp, mustChangePassword, createdAt, disabledAt, lastSignInAt } = account;
  return {
    login,
    disabled: disabledAt !== null && disabledAt !== undefined,
    hasTotp,
    mustChangePassword,
    createdAt: instantToText(createdAt),
    lastSignInAt: field.orNull(lastSignInAt),
  };
}

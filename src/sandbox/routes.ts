import { Type } from "typebox";
import type { SettableClock } from "../clock.ts";
import * as field from "../console/fields.ts";
import { Problem } from "../console/problem.ts";
import { defineRoute, operatorsWho, type Route } from "../console/route.ts";
import type { SignatureDoctor } from "../gateway/signature-doctor/doctor.ts";
import { clockRoutes } from "./clock.ts";
import { diagnosisRoutes } from "./diagnosis.ts";
import { readMaterialRoute } from "./material.ts";
import { addSignInLinkRoute, useSignInLinkRoute } from "./sign-in-link.ts";
import { addTestUser, TestUserError } from "./test-users.ts";

/** Asked for in one request; more take several. */
const usersLimit = 200;
const usersBodyBytes = 1_048_576;

export const addUsersRoute = defineRoute(
  {
    method: "POST",
    path: "/api/sandbox/users",
    title: { en: "Add users who have authorised an app", zh: "新增沙箱用户并授权" },
    doc: "Without the pages: an integrator's CI has no hands.",
    who: operatorsWho("sandbox:write"),
    body: field.object({
      users: Type.Array(
        field.object({
          name: Type.String({ description: "1 to 64 characters" }),
          credentialsNo: field.credentialsNo,
          login: Type.Optional(Type.String({ description: "to sign in with; both or neither of login and password" })),
          password: Type.Optional(Type.String({ description: "10 to 256 characters" })),
          appId: Type.Optional(Type.String({ description: "the app they authorise; the sandbox's own when left out" })),
        }),
        { minItems: 1, maxItems: usersLimit, description: `a list of 1 to ${usersLimit} users` },
      ),
    }),
    reply: field.object({
      users: Type.Array(
        field.object({ userId: Type.String(), accessToken: Type.String(), refreshToken: Type.String() }),
      ),
    }),
    status: 201,
    errors: ["refused"],
    action: "sandbox.users",
    bodyLimitBytes: usersBodyBytes,
  },
  async ({ body, note }, platform) => {
    note({ details: { users: body.users.length } });
    const users = [];
    try {
      for (const each of body.users) {
        const {
          user_id: userId,
          access_token: accessToken,
          refresh_token: refreshToken,
        } = await addTestUser(platform, each);
        users.push({ userId, accessToken, refreshToken });
      }
    } catch (error) {
      throw error instanceof TestUserError
        ? new Problem("refused", `user ${users.length + 1}: ${error.message}`)
        : error;
    }
    return { users };
  },
);

/** The sandbox's routes by name, from which the types of commands come. */
export const declaredInSandbox = (clock: SettableClock, doctor?: SignatureDoctor) => ({
  clock: clockRoutes(clock),
  diagnosis: diagnosisRoutes(doctor),
  users: { addUsersRoute },
  signIn: { useSignInLinkRoute, addSignInLinkRoute },
  material: { readMaterialRoute },
});

/** What a sandbox does for tests, for its operator. Not there in production. */
export function sandboxRoutes(clock: SettableClock, doctor?: SignatureDoctor): readonly Route[] {
  return Object.values(declaredInSandbox(clock, doctor)).flatMap((file): Route[] => Object.values(file));
}

import type { FastifyInstance } from "fastify";
import { operatorsOnly } from "../console/guard.ts";
import { refuse } from "../http/refuse.ts";
import type { Platform } from "../platform.ts";
import { addTestUser, TestUserError, type TestUserRequest } from "./test-users.ts";

/** Asked for in one request; more take several. */
const usersLimit = 200;

/** What a sandbox does for tests, for its operator. Not there in production. */
export function registerSandboxApi(server: FastifyInstance, platform: Platform): void {
  server.post("/api/sandbox/users", { ...operatorsOnly(), bodyLimit: 1_048_576 }, async (request, reply) => {
    const wanted = readUsers(request.body);
    if (wanted === undefined) {
      return refuse(
        reply,
        `send {"users": [{"name", "credentials_no", "login"?, "password"?, "app_id"?}]}, 1 to ${usersLimit} of them`,
      );
    }
    const users = [];
    try {
      for (const each of wanted) users.push(await addTestUser(platform, each));
    } catch (error) {
      if (error instanceof TestUserError) return refuse(reply, `user ${users.length + 1}: ${error.message}`);
      throw error;
    }
    return reply.code(201).send({ users });
  });
}

function readUsers(body: unknown): TestUserRequest[] | undefined {
  const list: unknown = isRecord(body) ? body["users"] : undefined;
  if (!Array.isArray(list) || list.length === 0 || list.length > usersLimit) return undefined;
  const users: TestUserRequest[] = [];
  for (const each of list as unknown[]) {
    if (!isRecord(each)) return undefined;
    const { name, credentials_no: credentialsNo, login, password, app_id: appId } = each;
    if (typeof name !== "string" || typeof credentialsNo !== "string") return undefined;
    if (![login, password, appId].every((value) => value === undefined || typeof value === "string")) return undefined;
    users.push({
      name,
      credentialsNo,
      login: login as string | undefined, // Seen just above to be text or absent, as the next two.
      password: password as string | undefined,
      appId: appId as string | undefined,
    });
  }
  return users;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

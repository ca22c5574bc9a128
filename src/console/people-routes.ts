import type { FastifyInstance } from "fastify";
import type { Platform } from "../platform.ts";
import { erasePerson } from "../people/erase-person.ts";
import { exportPerson } from "../people/export-person.ts";
import type { PersonRequest } from "../people/person-events.ts";
import { objectOf, openOperatorRoute, personOf } from "./operator-route.ts";

/** What a person may ask of who holds their file: what `kaimen person` asks for. */
export function registerPeopleApi(server: FastifyInstance, platform: Platform): void {
  const { vault, log } = platform;
  const route = openOperatorRoute(server);

  route("POST", "/api/people/export", async (request, operator) => {
    const body = objectOf(request.body);
    const person = personOf(vault, body);
    const exported = await exportPerson(platform, person, requestOf(body, operator));
    log.info({ operator, person: person.personId }, "a person's file was exported");
    return exported;
  });
  route("POST", "/api/people/erase", async (request, operator) => {
    const body = objectOf(request.body);
    const person = personOf(vault, body);
    // Whoever does not say so plainly gets the numbers and nothing else.
    const erasure = await erasePerson(platform, person, {
      ...requestOf(body, operator),
      isTrial: body["confirm"] !== true,
    });
    log.info(
      { operator, person: person.personId, done: erasure.done },
      "a person's file was erased, or what would be was counted",
    );
    return erasure;
  });
}

function requestOf(body: Record<string, unknown>, operator: string): PersonRequest {
  return { operator, reason: typeof body["reason"] === "string" ? body["reason"] : "" };
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type MonthIndex, parseMonth } from "../clock.ts";
import { identityCard, normaliseCredentialsNo, type PersonKey, personKey } from "../consent/people.ts";
import type { Vault } from "../keys/vault.ts";
import { PersonError } from "../people/person-events.ts";
import { CardFormatError } from "../scoring/card/card-json.ts";
import { CardError } from "../scoring/cards.ts";
import { type Labelled, LeakError, trainingRowsLimit } from "../scoring/training-rows.ts";
import { callingOperator, operatorsOnly } from "./guard.ts";
import { refuse } from "../http/refuse.ts";

const bodyLimit = 4_194_304;
/** A training asks for the features of a million people in some hundred requests. */
const requestsPerMinute = 1_200;

/** `operator` is the login of who asks, proved. */
export type Answer = (request: FastifyRequest, operator: string) => Promise<unknown>;
export type Route = (method: "GET" | "POST", url: string, answer: Answer) => void;

/** Routes for operators only, whose refusals are told in words. */
export function openOperatorRoute(server: FastifyInstance): Route {
  return (method, url, answer) => {
    server.route({
      method,
      url,
      bodyLimit,
      ...operatorsOnly({ requestsPerMinute }),
      handler: async (request, reply): Promise<FastifyReply> => {
        try {
          return await reply.send(await answer(request, callingOperator(request)));
        } catch (error) {
          if (
            error instanceof CardError ||
            error instanceof CardFormatError ||
            error instanceof LeakError ||
            error instanceof PersonError
          )
            return refuse(reply, error.message);
          throw error;
        }
      },
    });
  };
}

export function readPeople({ people }: Record<string, unknown>): Labelled[] {
  if (!Array.isArray(people) || people.length === 0 || people.length > trainingRowsLimit) {
    throw new CardError(`people must be a list of 1 to ${trainingRowsLimit} {credentials_no, credentials_type?}`);
  }
  return (people as unknown[]).map((each) => readCredentials(objectOf(each)));
}

export function personOf(vault: Vault, body: Record<string, unknown>): PersonKey {
  const { credentialsNo, credentialsType } = readCredentials(body);
  return personKey(vault, credentialsType, normaliseCredentialsNo(credentialsNo));
}

function readCredentials({
  credentials_no: credentialsNo,
  credentials_type: credentialsType = identityCard,
}: Record<string, unknown>): Labelled {
  if (
    typeof credentialsNo !== "string" ||
    credentialsNo.length > 64 ||
    typeof credentialsType !== "string" ||
    credentialsType.length > 64
  ) {
    throw new CardError("credentials_no is needed, as a text of at most 64 characters");
  }
  return { credentialsNo, credentialsType };
}

export function monthOf(value: unknown): MonthIndex {
  const month = typeof value === "string" ? parseMonth(value) : undefined;
  if (month === undefined) throw new CardError("a month is written yyyy-MM");
  return month;
}

export function parameterOf(request: FastifyRequest, name: "version" | "biz_no"): string {
  return (request.params as Record<string, string>)[name] ?? ""; // The route's own parameter.
}

export function queryOf(request: FastifyRequest): Record<string, string | undefined> {
  const query = request.query as Record<string, unknown>; // What Fastify's parser gives: texts, or lists of them.
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, typeof value === "string" ? value : undefined]),
  );
}

export function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new CardError("a JSON object is needed");
  return value as Record<string, unknown>; // An object, seen just above.
}

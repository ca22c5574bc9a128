import type { FastifyInstance } from "fastify";
import type { Clock } from "../clock.ts";
import { identityCard, identityNumberFault, normaliseCredentialsNo, rememberPerson } from "../consent/people.ts";
import { addUser, newUserId } from "../consent/users.ts";
import type { Vault } from "../keys/vault.ts";
import { addMerchant } from "../merchants/merchants.ts";
import { isOperatorHeader } from "../merchants/operators.ts";
import { type Store, StoreError } from "../store/store.ts";
import { operatorLimit, refuse, refuseStranger } from "./routes.ts";

export interface DirectoryParts {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
}

const uniqueViolation = "23505";
const shortText = /^[^\p{Cc}]{1,64}$/u;

/** Whom an operator enters: merchants, and people who may sign in to authorise. */
export function registerDirectoryApi(server: FastifyInstance, { store, vault, clock }: DirectoryParts): void {
  server.post("/api/merchants", operatorLimit, async (request, reply) => {
    if (!(await isOperatorHeader(store, request.headers.authorization))) return refuseStranger(reply);
    const { merchant_id: merchantId = "", name = "" } = textsOf(request.body);
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(merchantId)) return refuse(reply, "merchant_id has 1 to 32 letters, digits, _ or -");
    if (!shortText.test(name)) return refuse(reply, "name has 1 to 64 characters");
    try {
      await addMerchant(store, { merchantId, name }, clock.now());
    } catch (error) {
      if (error instanceof StoreError && error.sqlState === uniqueViolation) return refuse(reply, `the merchant ${merchantId} exists already`);
      throw error;
    }
    return reply.code(201).send({ merchant_id: merchantId, name });
  });

  server.post("/api/users", operatorLimit, async (request, reply) => {
    if (!(await isOperatorHeader(store, request.headers.authorization))) return refuseStranger(reply);
    const { name = "", credentials_no: credentialsNo = "", login = "", password = "" } = textsOf(request.body);
    const fault = identityNumberFault(normaliseCredentialsNo(credentialsNo));
    if (fault !== undefined) return refuse(reply, `credentials_no is no identity number of 18 characters: its ${fault} is wrong`);
    if (!shortText.test(name) || !shortText.test(login)) return refuse(reply, "name and login have 1 to 64 characters");
    if (password.length < 8 || password.length > 256) return refuse(reply, "password has 8 to 256 characters");
    const person = await rememberPerson(store, vault, { credentialsType: identityCard, credentialsNo, name }, clock.now());
    const userId = newUserId();
    try {
      await addUser(store, { userId, login, password, person }, clock.now());
    } catch (error) {
      if (error instanceof StoreError && error.sqlState === uniqueViolation) return refuse(reply, "the login exists already");
      throw error;
    }
    return reply.code(201).send({ user_id: userId, login });
  });
}

function textsOf(body: unknown): Partial<Record<string, string>> {
  const entries = typeof body === "object" && body !== null ? Object.entries(body) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

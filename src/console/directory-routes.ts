import type { FastifyInstance } from "fastify";
import { hashNewPassword, PasswordError } from "../accounts/password-rules.ts";
import type { Clock } from "../clock.ts";
import { identityCard, identityNumberFault, normaliseCredentialsNo } from "../consent/people.ts";
import { newUserId, registerUser } from "../consent/users.ts";
import type { Vault } from "../keys/vault.ts";
import { addMerchantLogin } from "../merchants/merchant-logins.ts";
import { addMerchant, suspendMerchant } from "../merchants/merchants.ts";
import { failedWith, foreignKeyViolation, uniqueViolation } from "../store/sql-state.ts";
import type { Store } from "../store/store.ts";
import { operatorsOnly } from "./guard.ts";
import { refuse } from "../http/refuse.ts";
import { textsOf } from "./routes.ts";

export interface DirectoryParts {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
}

const shortText = /^[^\p{Cc}]{1,64}$/u;

/** Whom an operator enters: merchants, who signs in for them, and people who may sign in to authorise. */
export function registerDirectoryApi(server: FastifyInstance, { store, vault, clock }: DirectoryParts): void {
  server.post("/api/merchants", operatorsOnly(), async (request, reply) => {
    const text = textsOf(request.body);
    const merchantId = text("merchant_id") ?? "";
    const name = text("name") ?? "";
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(merchantId))
      return refuse(reply, "merchant_id has 1 to 32 letters, digits, _ or -");
    if (!shortText.test(name)) return refuse(reply, "name has 1 to 64 characters");
    try {
      await addMerchant(store, { merchantId, name }, clock.now());
    } catch (error) {
      if (failedWith(error, uniqueViolation)) return refuse(reply, `the merchant ${merchantId} exists already`);
      throw error;
    }
    return reply.code(201).send({ merchant_id: merchantId, name });
  });

  server.post("/api/merchants/logins", operatorsOnly(), async (request, reply) => {
    const text = textsOf(request.body);
    const [merchantId, login, password] = [text("merchant_id") ?? "", text("login") ?? "", text("password") ?? ""];
    if (!shortText.test(login)) return refuse(reply, "login has 1 to 64 characters");
    try {
      await addMerchantLogin(
        store,
        { merchantId, login, passwordHash: await hashNewPassword({ login, password }) },
        clock.now(),
      );
    } catch (error) {
      if (error instanceof PasswordError) return refuse(reply, error.message);
      if (failedWith(error, uniqueViolation)) return refuse(reply, "the login exists already");
      if (failedWith(error, foreignKeyViolation)) return refuse(reply, `no merchant ${merchantId}`);
      throw error;
    }
    return reply.code(201).send({ merchant_id: merchantId, login });
  });

  server.post("/api/merchants/suspension", operatorsOnly(), async (request, reply) => {
    const text = textsOf(request.body);
    const [merchantId, suspended] = [text("merchant_id") ?? "", text("suspended")];
    if (suspended !== "true" && suspended !== "false") return refuse(reply, "suspended is true or false");
    const found = await suspendMerchant(store, merchantId, suspended === "true" ? clock.now() : undefined);
    return found
      ? reply.send({ merchant_id: merchantId, suspended: suspended === "true" })
      : refuse(reply, `no merchant ${merchantId}`);
  });

  server.post("/api/users", operatorsOnly(), async (request, reply) => {
    const text = textsOf(request.body);
    const [name, credentialsNo, login, password] = [
      text("name") ?? "",
      text("credentials_no") ?? "",
      text("login") ?? "",
      text("password") ?? "",
    ];
    const fault = identityNumberFault(normaliseCredentialsNo(credentialsNo));
    if (fault !== undefined)
      return refuse(reply, `credentials_no is no identity number of 18 characters: its ${fault} is wrong`);
    if (!shortText.test(name) || !shortText.test(login)) return refuse(reply, "name and login have 1 to 64 characters");
    const userId = newUserId();
    try {
      const passwordHash = await hashNewPassword({ login, password });
      const identity = { credentialsType: identityCard, credentialsNo, name };
      await registerUser(store, vault, { userId, login, passwordHash, identity }, clock.now());
    } catch (error) {
      if (error instanceof PasswordError) return refuse(reply, error.message);
      if (failedWith(error, uniqueViolation)) return refuse(reply, "the login exists already");
      throw error;
    }
    return reply.code(201).send({ user_id: userId, login });
  });
}

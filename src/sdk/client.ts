import { authoriseAddress, type Authorisation } from "./authorise-address.ts";
import { CallError, ConfigurationError } from "./call-error.ts";
import { encodeJson } from "./charset.ts";
import { type ClientConfig, type Credentials, readCredentials, readSettings, type Settings, within } from "./config.ts";
import { methodFacts, type MethodMap } from "./derived/index.ts";
import { type Feedback, feedbackFields } from "./feedback.ts";
import { type FileInput, readFileInput } from "./file-input.ts";
import type { MethodFacts } from "./method-facts.ts";
import { MethodRequest } from "./method-request.ts";
import { readReply } from "./reply.ts";
import { readResult } from "./read-result.ts";
import type { FieldsOf, MethodName, Result, UntypedResult } from "./result.ts";
import { isWorthRepeating, pause, pauseMs, sendOnce } from "./send.ts";
import { type Body, signedBody, type SentFile } from "./signed-body.ts";
import { beijingTime } from "./time.ts";
import { wireFields } from "./wire-fields.ts";

export interface CallOptions {
  /** The access token of the user on whose behalf the call is made. */
  readonly authToken?: string;
  /** The token of the merchant for whom the app calls. */
  readonly appAuthToken?: string;
  /** Ends the call. */
  readonly signal?: AbortSignal;
  /** For each attempt of this call, in milliseconds. */
  readonly timeoutMs?: number;
  /** How often this call is repeated at most; 0 sends it once. Calls that the protocol makes unsafe to repeat never are. */
  readonly retries?: number;
  /** `false` sends the fields in the clear although the client has a key for AES. */
  readonly encrypt?: boolean;
}

/** A method that is called for a user needs the user's token. */
type OptionsOf<M extends MethodName> = MethodMap[M]["auth"] extends "user"
  ? [options: CallOptions & { readonly authToken: string }]
  : [options?: CallOptions];

/**
 * Calls a gateway of this protocol, and takes no reply that its signature does not vouch for.
 *
 * What the gateway says, a refusal too, is a result; what gave no answer that can be trusted is thrown as a CallError, and
 * what was set up wrongly as a ConfigurationError before anything is sent.
 */
export class Client {
  readonly #config: ClientConfig;
  readonly #settings: Settings;
  #credentials: Promise<Credentials> | undefined;

  /** @throws ConfigurationError; keys are read at the first call, or by `ready`. */
  constructor(config: ClientConfig) {
    this.#config = { ...config };
    this.#settings = readSettings(config);
  }

  /** Reads the keys now, so that a wrong one is told when the program starts. @throws ConfigurationError */
  async ready(): Promise<this> {
    await this.#read();
    return this;
  }

  /** Calls a method with its fields, or with a request object. @throws CallError @throws ConfigurationError */
  execute<M extends MethodName>(request: MethodRequest<M, FieldsOf<M>>, ...options: OptionsOf<M>): Promise<Result<M>>;
  execute<M extends MethodName>(method: M, fields: FieldsOf<M>, ...options: OptionsOf<M>): Promise<Result<M>>;
  async execute<M extends MethodName>(
    first: M | MethodRequest<M, FieldsOf<M>>,
    ...rest: readonly unknown[]
  ): Promise<Result<M>> {
    const isRequest = first instanceof MethodRequest;
    const method = isRequest ? first.method : first;
    if (!Object.hasOwn(methodFacts, method)) {
      throw new ConfigurationError(`${method} is no method that this client knows: call it by executeUntyped`);
    }
    const fields = (isRequest ? first.fields : (rest[0] ?? {})) as Readonly<Record<string, unknown>>; // By the overloads.
    const options = (isRequest ? rest[0] : rest[1]) as CallOptions | undefined; // Likewise.
    const facts = methodFacts[method];
    if (facts.auth === "user" && (options?.authToken ?? "") === "") {
      throw new ConfigurationError(`${method} is called for a user: give the user's access token as authToken`);
    }
    const result = await this.#call(facts, wireFields(facts, fields), options ?? {}, facts);
    // The facts are derived from the same spec as the types of the reply.
    return (result.ok ? { ...result.reply, ...traced(result), ok: true } : result) as Result<M>;
  }

  /** Calls any method of the platform by its name, with its fields by their wire names in biz_content. */
  executeUntyped(
    method: string,
    bizContent: Readonly<Record<string, unknown>>,
    options: CallOptions & { readonly repeatable?: boolean } = {},
  ): Promise<UntypedResult> {
    const target = { name: method, place: "biz_content", repeatable: options.repeatable ?? false } as const;
    return this.#call(target, bizContent, options, undefined);
  }

  /** Exchanges the code of an authorisation for the user's tokens. It serves once, so the call is never repeated. */
  token(code: string, options: CallOptions & { readonly codeVerifier?: string } = {}) {
    const { codeVerifier } = options;
    const fields = { grantType: "authorization_code", code, codeVerifier } as const;
    return this.execute("alipay.system.oauth.token", fields, options);
  }

  /** Exchanges a refresh token for new tokens. It serves once, so the call is never repeated. */
  refresh(refreshToken: string, options: CallOptions = {}) {
    return this.execute("alipay.system.oauth.token", { grantType: "refresh_token", refreshToken }, options);
  }

  /** The page to send a user to, who comes back to `redirectUri` with `auth_code` and `state`. */
  authoriseAddress(authorisation: Authorisation): string {
    return authoriseAddress(this.#settings, this.#config.authorizeUrl, authorisation);
  }

  /** Feeds back records: as objects, or as a file that holds them. Sending the same again overwrites, so it may be repeated. */
  async feedback(feedback: Feedback, options: CallOptions = {}): Promise<Result<"zhima.data.batch.feedback">> {
    return this.execute("zhima.data.batch.feedback", await feedbackFields(feedback), options);
  }

  async #call(
    target: Pick<MethodFacts, "name" | "place" | "repeatable">,
    fields: Readonly<Record<string, unknown>>,
    options: CallOptions,
    facts: MethodFacts | undefined,
  ): Promise<UntypedResult> {
    const credentials = await this.#read();
    const timeoutMs = within("timeoutMs", options.timeoutMs ?? this.#settings.timeoutMs, 1, 600_000);
    const retries = target.repeatable ? within("retries", options.retries ?? this.#settings.retries, 0, 10) : 0;
    const { files, texts } = await filesOf(fields);
    for (let repeat = 0; ; repeat += 1) {
      try {
        const body = await this.#body(target, { texts, files }, options, credentials);
        const result = await this.#attempt(
          target.name,
          body,
          { timeoutMs, signal: options.signal },
          credentials,
          facts,
        );
        if (result.ok || result.code !== "20000" || repeat >= retries) return result;
      } catch (error) {
        if (!(error instanceof CallError) || !isWorthRepeating(error) || repeat >= retries) throw error;
      }
      await pause(pauseMs(repeat, Math.random()), options.signal);
    }
  }

  async #attempt(
    method: string,
    body: Body,
    limits: { timeoutMs: number; signal: AbortSignal | undefined },
    credentials: Credentials,
    facts: MethodFacts | undefined,
  ): Promise<UntypedResult> {
    const { gateway, charset } = this.#settings;
    const address = new URL(gateway);
    // The real gateway looks for the charset in the address first, before it reads a body in it.
    address.searchParams.set("charset", charset);
    const { bytes, traceId, httpStatus } = await sendOnce({ address, body, ...limits, fetch: this.#config.fetch });
    try {
      return readResult(await readReply(bytes, { method, charset, credentials }, traceId), facts, traceId);
    } catch (error) {
      if (!(error instanceof CallError) || error.reason !== "malformed" || httpStatus === 200) throw error;
      throw new CallError("http", `not the gateway answered, but something before it, with HTTP ${httpStatus}`, {
        httpStatus,
        ...(traceId === undefined ? {} : { traceId }),
      });
    }
  }

  async #body(
    target: Pick<MethodFacts, "name" | "place">,
    { texts, files }: { texts: Readonly<Record<string, unknown>>; files: readonly SentFile[] },
    options: CallOptions,
    credentials: Credentials,
  ): Promise<Body> {
    const { appId, charset, signType } = this.#settings;
    const { certificates, cipher } = credentials;
    const parameters: Record<string, string> = {
      app_id: appId,
      method: target.name,
      format: "JSON",
      charset,
      sign_type: signType,
      timestamp: beijingTime(Date.now()),
      version: "1.0",
      auth_token: options.authToken ?? "",
      app_auth_token: options.appAuthToken ?? "",
      app_cert_sn: certificates?.appCertSn ?? "",
      alipay_root_cert_sn: certificates?.alipayRootCertSn ?? "",
    };
    if (target.place === "biz_content") {
      const json = JSON.stringify(texts);
      if (options.encrypt === true && cipher === undefined) {
        throw new ConfigurationError("encrypt is asked for, and the client has no encryptKey");
      }
      const isEncrypted = cipher !== undefined && options.encrypt !== false;
      if (isEncrypted) parameters["encrypt_type"] = "AES";
      parameters["biz_content"] = isEncrypted ? await cipher.encrypt(encodeJson(json, charset)) : json;
    } else {
      for (const [name, value] of Object.entries(texts)) if (value !== undefined) parameters[name] = String(value);
    }
    return signedBody(parameters, files, { charset, sign: credentials.sign });
  }

  #read(): Promise<Credentials> {
    return (this.#credentials ??= readCredentials(this.#config, this.#settings.signType));
  }
}

function traced({ traceId }: { traceId?: string }): { traceId?: string } {
  return traceId === undefined ? {} : { traceId };
}

/** The files among the fields, read, and all else. */
async function filesOf(
  fields: Readonly<Record<string, unknown>>,
): Promise<{ files: SentFile[]; texts: Record<string, unknown> }> {
  const files: SentFile[] = [];
  const texts: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields)) {
    if (isFile(value)) files.push({ field, ...(await readFileInput(value)) });
    else texts[field] = value;
  }
  return { files, texts };
}

function isFile(value: unknown): value is FileInput {
  return typeof value === "object" && value !== null && ("path" in value || "content" in value);
}

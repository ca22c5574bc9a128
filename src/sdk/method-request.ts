import { ConfigurationError } from "./call-error.ts";

/**
 * A request as an object that is filled step by step, as the platform's own examples write it:
 *
 *     const request = new ZhimaCreditScoreGetRequest();
 *     request.setTransactionId("T1").setProductCode("w1010100100000000001");
 *     const result = await client.execute(request, { authToken });
 */
export abstract class MethodRequest<M extends string, Fields extends object> {
  abstract readonly method: M;
  #fields: Record<string, unknown>;

  constructor(fields: Partial<Fields> = {}) {
    this.#fields = { ...fields };
  }

  /** The fields so far; what is still missing the gateway says. */
  get fields(): Fields {
    return { ...this.#fields } as unknown as Fields; // Whoever fills the request answers for its being whole.
  }

  /** All fields at once: an object, or JSON as the platform's examples have it. Wire names and camelCase are both taken. */
  setBizContent(bizContent: string | Partial<Fields> | Readonly<Record<string, unknown>>): this {
    this.#fields = { ...(typeof bizContent === "string" ? parsed(bizContent) : bizContent) };
    return this;
  }

  protected set<Name extends keyof Fields & string>(name: Name, value: Fields[Name]): this {
    this.#fields[name] = value;
    return this;
  }
}

function parsed(json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new ConfigurationError("setBizContent was given a text that is no JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigurationError("setBizContent was given JSON that is no object");
  }
  return { ...value };
}

import type { TObject, TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import type { ProblemBody } from "../http/refuse.ts";

/** Told at once; who has sent more wrong fields mends these first. */
const faultsTold = 10;

type Fields = NonNullable<ProblemBody["fields"]>;

/** Holds what came in against a schema; the fields that are wrong, or nothing. Compiled when it is first needed. */
export class InputCheck {
  readonly #schema: TSchema;
  #validator: Validator | undefined;

  constructor(schema: TSchema) {
    this.#schema = schema;
  }

  faultsOf(value: unknown): Fields | undefined {
    this.#validator ??= Compile(this.#schema);
    if (this.#validator.Check(value)) return undefined;
    const faults = new Map<string, string>();
    for (const error of this.#validator.Errors(value)) {
      const { field, fault } = this.#describe(error as SchemaError);
      if (!faults.has(field)) faults.set(field, fault);
    }
    return [...faults].slice(0, faultsTold).map(([field, fault]) => ({ field, fault }));
  }

  /** In the words of the schema's own description, where it has one: it says what the field may be. */
  #describe({ keyword, instancePath, params, message }: SchemaError): { field: string; fault: string } {
    const path = instancePath.split("/").slice(1);
    const at = path.join(".");
    const name = (more: string): string => (at === "" ? more : `${at}.${more}`);
    if (keyword === "required") {
      const missing = params.requiredProperties?.[0] ?? "";
      return {
        field: name(missing),
        fault: `is needed: ${describedAt(this.#schema, [...path, missing]) ?? "see the docs"}`,
      };
    }
    if (keyword === "additionalProperties" || (keyword === "boolean" && message === "schema is false"))
      return { field: safeName(at || (params.additionalProperties?.[0] ?? "")), fault: "is no field of this route" };
    return { field: at === "" ? "the body" : at, fault: describedAt(this.#schema, path) ?? message };
  }
}

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: {
    readonly requiredProperties?: readonly string[];
    readonly additionalProperties?: readonly string[];
  };
  readonly message: string;
}

/** A name that the caller made up is not told back at any length. */
function safeName(name: string): string {
  return /^[\w.]{1,64}$/.test(name) ? name : "a field";
}

function describedAt(schema: TSchema, path: readonly string[]): string | undefined {
  let at: AnySchema | undefined = schema as AnySchema;
  for (const step of path) at = /^\d+$/.test(step) ? at?.items : at?.properties?.[step];
  return at?.description;
}

interface AnySchema {
  readonly description?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, AnySchema>>;
  readonly items?: AnySchema;
}

/** An address holds texts: those of whole numbers and of booleans become what the schema says they are. */
export function readQuery(schema: TObject, query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const properties = schema.properties as Readonly<Record<string, AnySchema>>;
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, typed(properties[name]?.type, value)]));
}

function typed(type: string | undefined, value: unknown): unknown {
  if (type === "integer" && typeof value === "string" && /^-?\d{1,15}$/.test(value)) return Number(value);
  if (type === "boolean" && (value === "true" || value === "false")) return value === "true";
  return value;
}

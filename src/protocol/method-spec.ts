import type { PlainReplyValue, ReplyValue } from "./envelope.ts";
import type { Bilingual, ErrorSpec } from "./refusal.ts";

/**
 * A method's contract. Validation, the documents in docs/, openapi.json and the types of the handler all derive from
 * it; nothing about a method is written twice.
 */
export interface MethodSpec {
  /** The wire name, as in `method=`. */
  readonly name: string;
  readonly title: Bilingual;
  readonly description: Bilingual;
  /** Who calls: an app, or an app on behalf of a user whose token it sends as auth_token. */
  readonly auth: "app" | "user";
  /** Whether an app may call it for a merchant who has authorised it, with app_auth_token. */
  readonly actsForMerchants?: boolean;
  /** Where the request's fields travel: inside the JSON of biz_content, or as form fields of their own. */
  readonly fields: "biz_content" | "form";
  /** Checked in this order; the first failure is the answer. */
  readonly request: Readonly<Record<string, FieldSpec>>;
  readonly response: Readonly<Record<string, ResponseFieldSpec>>;
  /** `bare` replies carry no code and msg, and their refusals stand in error_response. */
  readonly reply: "coded" | "bare";
  readonly errors: Readonly<Record<string, ErrorSpec>>;
}

export interface FieldSpec {
  readonly type: "string" | "file";
  readonly required: boolean;
  /** The longest value, in characters, or in bytes for a file; absent where only the limit of the body counts. */
  readonly maxLength?: number;
  readonly pattern?: RegExp;
  readonly oneOf?: readonly string[];
  /** The sub_code of a required field that is absent or empty. Default isv.invalid-parameter. */
  readonly missing?: string;
  /** The sub_code of a value that is too long or breaks pattern or oneOf. Default isv.invalid-parameter. */
  readonly invalid?: string;
  readonly doc: Bilingual;
  readonly example: string;
}

export type ResponseFieldSpec = PlainResponseFieldSpec | ResponseListSpec;

export interface PlainResponseFieldSpec {
  readonly type: "string" | "number" | "boolean";
  readonly required: boolean;
  readonly maxLength?: number;
  readonly doc: Bilingual;
  readonly example: string | number | boolean;
}

/** A list of objects, each with these fields. */
export interface ResponseListSpec {
  readonly type: "list";
  readonly required: boolean;
  readonly items: Readonly<Record<string, PlainResponseFieldSpec>>;
  readonly doc: Bilingual;
}

/** What the fields hold in an example, by their wire names. */
export function exampleFields(fields: Readonly<Record<string, ResponseFieldSpec>>): Record<string, ReplyValue> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      // A list's own fields are plain, and so are their examples.
      field.type === "list" ? [exampleFields(field.items) as Record<string, PlainReplyValue>] : field.example,
    ]),
  );
}

export interface UploadedFile {
  /** The name that the client gave the file, without any path. */
  readonly filename: string;
  readonly content: FileContent;
}

/** The bytes of a file that was uploaded: in memory, or put aside on the disk while they arrived. */
export type FileContent = Uint8Array | AsideFile;

/** A file of this process that has no name, encrypted under a key of its own: see keys/aside-file.ts. */
export interface AsideFile {
  readonly length: number;
  readonly sha256: Uint8Array;
  readonly descriptor: number;
  readonly key: Uint8Array;
}

/** `transaction_id` to `transactionId`: wire names stay in the spec, camelCase begins in the handler. */
export type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

export function camelCase(name: string): string {
  let known = camelCased.get(name);
  if (known === undefined) {
    known = name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    camelCased.set(name, known);
  }
  return known;
}

/** The camelCase form of names that were asked for before: only those of the specs, which are few. */
const camelCased = new Map<string, string>();

type FieldValue<F extends FieldSpec> = F["type"] extends "file" ? UploadedFile : string;
type Fields<S extends MethodSpec> = S["request"];

/** The validated request, as its handler gets it. */
export type RequestOf<S extends MethodSpec> = {
  readonly [K in keyof Fields<S> as Fields<S>[K]["required"] extends true ? CamelCase<K & string> : never]: FieldValue<
    Fields<S>[K]
  >;
} & {
  readonly [K in keyof Fields<S> as Fields<S>[K]["required"] extends true ? never : CamelCase<K & string>]:
    FieldValue<Fields<S>[K]> | undefined;
};

type ResponseValue<F extends ResponseFieldSpec> = F extends ResponseListSpec
  ? readonly FieldsOf<F["items"]>[]
  : F["type"] extends "number"
    ? number
    : F["type"] extends "boolean"
      ? boolean
      : string;

type FieldsOf<R extends Readonly<Record<string, ResponseFieldSpec>>> = {
  readonly [K in keyof R as R[K]["required"] extends true ? CamelCase<K & string> : never]: ResponseValue<R[K]>;
} & {
  readonly [K in keyof R as R[K]["required"] extends true ? never : CamelCase<K & string>]?: ResponseValue<R[K]>;
};

/** The business fields that its handler returns. */
export type ResponseOf<S extends MethodSpec> = FieldsOf<S["response"]>;

import type { Bilingual } from "../protocol/refusal.ts";

/** What the client knows of a method: derived/ says it of each. */
export interface MethodFacts {
  /** The wire name, as in `method=`. */
  readonly name: string;
  readonly auth: "app" | "user";
  /** Where the fields travel: inside the JSON of biz_content, or as form fields of their own. */
  readonly place: "biz_content" | "form";
  /** Whether the protocol makes it safe to send the call again when nobody knows what became of the first. */
  readonly repeatable: boolean;
  /** The wire name of each field, by its name in camelCase. */
  readonly request: Readonly<Record<string, string>>;
  /** What a field of the reply is read as, by its wire name. */
  readonly response: Readonly<Record<string, FieldKind | FieldKinds>>;
  /** What to do about each of the method's own sub_codes. */
  readonly remedies: Readonly<Record<string, Bilingual>>;
}

export type FieldKind = "string" | "number" | "boolean" | "score";
/** Of the objects in a list. */
export type FieldKinds = Readonly<Record<string, FieldKind>>;

/** A credit score of 350 to 950, or "N/A" where the data do not suffice for one. */
export type Score = number | "N/A";

import { Type } from "typebox";
import { areas, type Permission, permissions, roles } from "../accounts/roles.ts";
import { type Instant, instantToText } from "../clock.ts";

/**
 * The fields that several routes have, each described in the words that a caller reads when it is wrong. Patterns, lengths
 * and bounds are checked before a handler runs; what only the database or the domain knows, the handler refuses.
 */
export const text = (most: number, description: string) =>
  Type.String({ minLength: 1, maxLength: most, pattern: "^[^\\p{Cc}\\p{Cs}]+$", description });

export const object = <Fields extends Parameters<typeof Type.Object>[0]>(fields: Fields) =>
  Type.Object(fields, { additionalProperties: false });

export const merchantId = Type.String({
  pattern: "^[A-Za-z0-9_-]{1,32}$",
  description: "1 to 32 letters, digits, _ or -; Alipay's are 2088 and twelve digits",
});
export const appId = Type.String({ pattern: "^[A-Za-z0-9_-]{1,32}$", description: "1 to 32 letters, digits, _ or -" });
export const shortName = text(64, "1 to 64 characters");
export const login = Type.String({
  pattern: "^[^\\p{Cc}\\p{Cs}:]{1,64}$",
  description: "1 to 64 characters without a colon",
});
/** The rules of what a password may be are told when it is set. */
export const password = Type.String({ minLength: 1, maxLength: 256, description: "10 to 256 characters" });
export const reason = text(200, "1 to 200 characters in one line: why, for the record");
export const purpose = text(200, "1 to 200 characters in one line: what the personal data are read for");
export const credentialsNo = Type.String({ minLength: 1, maxLength: 64, description: "an identity number, as text" });
export const credentialsType = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'the type of the credential; "0", the resident identity card, when left out',
});
export const day = Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$", description: "a day in Beijing, yyyy-MM-dd" });
export const month = Type.String({ pattern: "^\\d{4}-\\d{2}$", description: "a month, yyyy-MM" });
export const uuid = Type.String({ pattern: "^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$", description: "an id" });
export const role = Type.Enum([...roles], { description: `one of ${roles.join(", ")}` });
export const permission = Type.Unsafe<Permission>(
  Type.Enum([...permissions], { description: `${areas.join(", ")}, each with :read or :write` }),
);
/** ISO 8601 in UTC. */
export const instant = Type.String({ format: "date-time", description: "ISO 8601, UTC" });
/** The field, or null where there is none. */
export const nullable = <Field extends Parameters<typeof Type.Union>[0][number]>(field: Field) =>
  Type.Union([field, Type.Null()]);
export const optionalInstant = nullable(instant);
export const flag = (description: string) => Type.Boolean({ description: `true or false: ${description}` });
export const done = object({ done: Type.Literal(true) });

/** How a list is paged: from after the last one of the page before. */
export const paging = {
  after: Type.Optional(Type.String({ maxLength: 256, description: "where the page before ended: its `next`" })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, description: "1 to 200; 50 when left out" })),
};
export const usualPage = 50;
/** What follows a page: undefined on the last one. */
export const next = Type.Optional(
  Type.String({ description: "what `after` is for the next page; absent on the last" }),
);

/** Of one row more than asked for only its being there is told. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => string,
): { rows: Row[]; next?: string } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return rows.length > limit && last !== undefined ? { rows: page, next: keyOf(last) } : { rows: page };
}

export const orNull = (instantOrNone: Instant | null | undefined): string | null =>
  instantOrNone === null || instantOrNone === undefined ? null : instantToText(instantOrNone);

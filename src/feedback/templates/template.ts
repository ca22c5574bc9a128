import type { Bilingual } from "../../protocol/refusal.ts";

/** What a column's value must look like. Amounts are yuan, months yyyy-MM, days yyyy-MM-dd with or without a time. */
export const columnTypes = ["text", "identity_type", "identity_number", "amount", "month", "day", "count"] as const;
export type ColumnType = (typeof columnTypes)[number];

/** What a column means to the score and the file of a person; a column without a role is kept as it came. */
export const columnRoles = [
  "name",
  "credentials_type",
  "credentials_no",
  "order_no",
  "biz_type",
  "order_status",
  "create_amt",
  "month",
  /** The day a record speaks of: also its month, unless a column has that role. */
  "reported_on",
  "overdue_cnt",
  "overdue_days",
  "overdue_since",
  "overdue_amt",
  "pay_amt",
  "credit_limit",
  /** When what was overdue came to its end: from here the law counts the years that adverse data are kept. */
  "ended_on",
  /** When the person was told before adverse data were fed back (regulation of 2013, article 15). */
  "notice_on",
  /** 0 as usual, 1 delete an order's history up to a day, 2 delete a record, 3 modify a record. */
  "rectify_flag",
] as const;
export type ColumnRole = (typeof columnRoles)[number];

export interface Code {
  readonly code: string;
  readonly doc: Bilingual;
}

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly role?: ColumnRole;
  /** Its value may not be empty, and the column may not be left out. */
  readonly required: boolean;
  readonly maxLength: number;
  /** The values there are; without it any of the type. */
  readonly codes?: readonly Code[];
  readonly doc: Bilingual;
}

/** How the number of a type of credential is judged. */
export const credentialRules = ["resident_identity_card", "passport", "travel_permit", "alipay_user_id"] as const;
export type CredentialRule = (typeof credentialRules)[number];

/** What a value of the order's status says, beyond "the order is being performed". */
export interface Status {
  readonly stage?: "application";
  readonly settled?: true;
  /** The person gave the order up before it began. */
  readonly abandoned?: true;
  /** In default, whether or not a count of periods says so. */
  readonly overdue?: true;
}

/** A rule between columns: where `column` has one of the values, the columns of `required` may not be empty. */
export interface CrossRule {
  readonly column: string;
  readonly oneOf: readonly string[];
  readonly required: readonly string[];
}

/** A data feedback template (数据反馈模板): which columns a merchant may feed back, and what they mean. */
export interface Template {
  readonly name: string;
  readonly version: number;
  readonly title: Bilingual;
  readonly industry: string;
  readonly columns: readonly Column[];
  /** The values of the credential type column, and the rule of each. */
  readonly credentials: Readonly<Record<string, CredentialRule>>;
  /** By the value of the status column, in upper case; any other value is an order that is being performed. */
  readonly statuses: Readonly<Record<string, Status>>;
  readonly crossRules: readonly CrossRule[];
  /** What may follow when an order is settled (or was abandoned): a record that is not overdue, none, or any. */
  readonly afterSettled: "not_overdue" | "nothing" | "anything";
  /** Adverse records must say when the person was told (the column with the role notice_on). */
  readonly needsNotice: boolean;
  /** What the template's primary key usually is. */
  readonly primaryKey: readonly string[];
}

/** Anything a merchant may name a column: lower case, as in every template known. */
export const columnNamePattern = /^[a-z][a-z0-9_]{0,63}$/;

/**
 * What the law forbids to collect of anybody, whatever a template says: religion, genes, fingerprints, blood type,
 * disease and its history (Regulation on the Administration of the Credit Reporting Industry, article 14).
 */
const forbiddenColumns =
  /religio|faith|gene(?:tic|_|$)|dna|fingerprint|blood|illness|disease|medical|宗教|信仰|基因|指纹|血型|疾病|病史/i;

export function isForbiddenColumn(name: string): boolean {
  return forbiddenColumns.test(name);
}

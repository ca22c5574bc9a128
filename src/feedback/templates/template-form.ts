import type { Bilingual } from "../../protocol/refusal.ts";
import {
  type Code,
  type Column,
  columnNamePattern,
  type ColumnRole,
  columnRoles,
  type ColumnType,
  columnTypes,
  credentialRules,
  type CrossRule,
  isForbiddenColumn,
  type Status,
  type Template,
} from "./template.ts";

/** What is wrong with a template that an operator wrote, in words that say what to write instead. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

type Fields = Readonly<Record<string, unknown>>;

const columnsLimit = 100;
const codesLimit = 500;
const neededRoles = ["name", "credentials_type", "credentials_no", "order_no"] as const;

/** What a role computes with; a count has no more digits than a stored number of periods can come from. */
const roleForms: Partial<Record<ColumnRole, { readonly type: ColumnType; readonly digits?: number }>> = {
  credentials_type: { type: "identity_type" },
  credentials_no: { type: "identity_number" },
  create_amt: { type: "amount" },
  month: { type: "month" },
  reported_on: { type: "day" },
  overdue_cnt: { type: "count", digits: 4 },
  overdue_days: { type: "count", digits: 5 },
  overdue_since: { type: "day" },
  overdue_amt: { type: "amount" },
  pay_amt: { type: "amount" },
  credit_limit: { type: "amount" },
  ended_on: { type: "day" },
  notice_on: { type: "day" },
};

/** Reads a template from JSON that an operator wrote. Its version is given by whoever stores it. Throws a TemplateError. */
export function parseTemplate(form: unknown): Template {
  const fields = objectOf(form, "a template");
  const name = textOf(fields["name"], "name", 32);
  if (!columnNamePattern.test(name))
    throw new TemplateError("name has lower-case letters, digits and _, and begins with a letter");
  const columns = listOf(fields["columns"], "columns", columnsLimit).map(columnOf);
  judgeColumns(columns);
  const known = (column: string, where: string): string => {
    if (!columns.some((each) => each.name === column))
      throw new TemplateError(`${where} names ${column}, which is no column`);
    return column;
  };
  const primaryKey = listOf(fields["primaryKey"], "primaryKey", 20).map((each) =>
    known(textOf(each, "primaryKey", 64), "primaryKey"),
  );
  const order = columns.find(({ role }) => role === "order_no");
  if (order !== undefined && !primaryKey.includes(order.name))
    throw new TemplateError(`primaryKey must have ${order.name}`);
  const needsNotice = fields["needsNotice"] === true;
  if (needsNotice && !columns.some(({ role }) => role === "notice_on")) {
    throw new TemplateError("needsNotice needs a column of type day with the role notice_on");
  }
  return {
    name,
    version: 0,
    title: bilingualOf(fields["title"] ?? name, "title"),
    industry: textOf(fields["industry"] ?? "any", "industry", 32),
    columns,
    credentials: Object.fromEntries(
      Object.entries(objectOf(fields["credentials"] ?? { "0": "resident_identity_card" }, "credentials")).map(
        ([type, rule]) => [type, oneOf(rule, `credentials.${type}`, credentialRules)],
      ),
    ),
    statuses: Object.fromEntries(
      Object.entries(objectOf(fields["statuses"] ?? {}, "statuses")).map(([code, status]) => [
        code,
        statusOf(status, code),
      ]),
    ),
    crossRules: listOf(fields["crossRules"] ?? [], "crossRules", 50).map((rule) => crossRuleOf(rule, known)),
    afterSettled: oneOf(fields["afterSettled"] ?? "not_overdue", "afterSettled", [
      "not_overdue",
      "nothing",
      "anything",
    ] as const),
    needsNotice,
    primaryKey,
  };
}

function judgeColumns(columns: readonly Column[]): void {
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TemplateError(`the column ${twice} stands twice`);
  for (const role of columnRoles) {
    const [column, second] = columns.filter((each) => each.role === role);
    if (second !== undefined) throw new TemplateError(`two columns have the role ${role}`);
    const { type, digits } = roleForms[role] ?? {};
    if (column === undefined || type === undefined) continue;
    if (column.type !== type)
      throw new TemplateError(`the column ${column.name} with the role ${role} must be of the type ${type}`);
    if (digits !== undefined && column.maxLength > digits)
      throw new TemplateError(`${column.name}.maxLength is at most ${digits} for the role ${role}`);
  }
  for (const role of neededRoles) {
    const column = columns.find((each) => each.role === role);
    if (column === undefined) throw new TemplateError(`a column with the role ${role} is needed`);
    if (!column.required) throw new TemplateError(`the column ${column.name} with the role ${role} must be required`);
  }
}

function columnOf(form: unknown): Column {
  const fields = objectOf(form, "a column");
  const name = textOf(fields["name"], "a column's name", 64);
  if (!columnNamePattern.test(name) || name === "constructor") {
    throw new TemplateError(
      `the column ${name}: a name has lower-case letters, digits and _, and begins with a letter`,
    );
  }
  const doc = bilingualOf(fields["doc"] ?? name, `${name}.doc`);
  if (isForbiddenColumn(name) || isForbiddenColumn(doc.zh) || isForbiddenColumn(doc.en)) {
    throw new TemplateError(
      `the column ${name} would collect what the law forbids (religion, genes, fingerprints, blood type, illness)`,
    );
  }
  const maxLength = fields["maxLength"];
  if (typeof maxLength !== "number" || !Number.isInteger(maxLength) || maxLength < 1 || maxLength > 4_000) {
    throw new TemplateError(`${name}.maxLength is a whole number from 1 to 4000`);
  }
  const codes = fields["codes"];
  return {
    name,
    type: oneOf(fields["type"], `${name}.type`, columnTypes),
    ...(fields["role"] === undefined ? {} : { role: oneOf(fields["role"], `${name}.role`, columnRoles) }),
    required: fields["required"] === true,
    maxLength,
    ...(codes === undefined
      ? {}
      : { codes: listOf(codes, `${name}.codes`, codesLimit).map((code) => codeOf(code, name)) }),
    doc,
  };
}

function codeOf(form: unknown, column: string): Code {
  const fields = objectOf(form, `a code of ${column}`);
  const code = textOf(fields["code"], `a code of ${column}`, 64);
  return { code, doc: bilingualOf(fields["doc"] ?? code, `the code ${code} of ${column}`) };
}

function statusOf(form: unknown, code: string): Status {
  const fields = objectOf(form, `statuses.${code}`);
  return {
    ...(fields["stage"] === "application" ? { stage: "application" as const } : {}),
    ...(fields["settled"] === true ? { settled: true as const } : {}),
    ...(fields["abandoned"] === true ? { abandoned: true as const } : {}),
    ...(fields["overdue"] === true ? { overdue: true as const } : {}),
  };
}

function crossRuleOf(form: unknown, known: (column: string, where: string) => string): CrossRule {
  const fields = objectOf(form, "a cross rule");
  return {
    column: known(textOf(fields["column"], "a cross rule's column", 64), "a cross rule"),
    oneOf: listOf(fields["oneOf"], "a cross rule's oneOf", codesLimit).map((value) => String(value)),
    required: listOf(fields["required"], "a cross rule's required", columnsLimit).map((each) =>
      known(String(each), "a cross rule"),
    ),
  };
}

function objectOf(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TemplateError(`${what} must be an object`);
  return value as Fields; // Just seen to be one.
}

function listOf(value: unknown, what: string, limit: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > limit)
    throw new TemplateError(`${what} must be a list of at most ${limit}`);
  return value;
}

function textOf(value: unknown, what: string, limit: number): string {
  if (typeof value !== "string" || value === "" || value.length > limit)
    throw new TemplateError(`${what} must be a text of 1 to ${limit}`);
  return value;
}

function bilingualOf(value: unknown, what: string): Bilingual {
  if (typeof value === "string") return { en: value, zh: value };
  const fields = objectOf(value, what);
  return { en: textOf(fields["en"], `${what}.en`, 500), zh: textOf(fields["zh"], `${what}.zh`, 500) };
}

function oneOf<T extends string>(value: unknown, what: string, choices: readonly T[]): T {
  const choice = choices.find((each) => each === value);
  if (choice === undefined) throw new TemplateError(`${what} must be one of ${choices.join(", ")}`);
  return choice;
}

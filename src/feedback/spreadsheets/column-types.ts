import { loanTemplate } from "../templates/loan.ts";
import { rentalTemplate } from "../templates/rental.ts";
import { sceneTemplate } from "../templates/scene.ts";
import { type ColumnType, columnTypes } from "../templates/template.ts";

/** What a template's workbook calls the types, on the sheet that says what each column is. */
export const columnTypeWords: Readonly<Record<ColumnType, string>> = {
  text: "文本",
  identity_type: "证件类型代码",
  identity_number: "证件号码",
  amount: "金额（元，最多两位小数）",
  month: "月份 yyyy-MM",
  day: "日期 yyyy-MM-dd 或 yyyy-MM-dd HH:mm:ss",
  count: "非负整数",
};

/** Names of columns, each with its type. */
export type ColumnTypes = ReadonlyMap<string, ColumnType>;

/** The columns of the built-in templates, for files that do not say what their columns are; without those of several types. */
export function builtInColumnTypes(): ColumnTypes {
  const types = new Map<string, ColumnType>();
  const disputed = new Set<string>();
  for (const { name, type } of [loanTemplate, sceneTemplate, rentalTemplate].flatMap(({ columns }) => columns)) {
    if ((types.get(name) ?? type) !== type) disputed.add(name);
    types.set(name, type);
  }
  for (const name of disputed) types.delete(name);
  return types;
}

/** The type that a template's workbook names in words. */
export function columnTypeOf(words: string): ColumnType | undefined {
  return columnTypes.find((type) => columnTypeWords[type] === words.trim());
}

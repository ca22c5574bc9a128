import { describe, expect, it, test } from "vitest";
import { parseTemplate } from "#kaimen/feedback/templates/template-form.ts";
import { loanTemplate } from "#kaimen/feedback/templates/loan.ts";
import { rentalTemplate } from "#kaimen/feedback/templates/rental.ts";
import { sceneTemplate } from "#kaimen/feedback/templates/scene.ts";

describe("a template that an operator writes", () => {
  it.each([loanTemplate, sceneTemplate, rentalTemplate])(
    "may be the built-in one, as it is printed: $name",
    (template) => {
      const { version: _, ...form } = template;
      expect(parseTemplate(JSON.parse(JSON.stringify(form)))).toMatchObject(form);
    },
  );

  const changed = (name: string, change: Record<string, unknown>): unknown => ({
    ...loanTemplate,
    columns: loanTemplate.columns.map((column) => (column.name === name ? { ...column, ...change } : column)),
  });
  test.each([
    ["overdue_cnt", { maxLength: 5 }, "overdue_cnt.maxLength is at most 4 for the role overdue_cnt"],
    ["overdue_days", { maxLength: 6 }, "overdue_days.maxLength is at most 5 for the role overdue_days"],
    ["overdue_cnt", { type: "text" }, "the column overdue_cnt with the role overdue_cnt must be of the type count"],
    ["create_amt", { type: "text" }, "the column create_amt with the role create_amt must be of the type amount"],
    ["user_name", { required: false }, "the column user_name with the role name must be required"],
    ["memo", { maxLength: 4_001 }, "memo.maxLength is a whole number from 1 to 4000"],
    ["memo", { name: "overdue_cnt" }, "the column overdue_cnt stands twice"],
    ["memo", { name: "religion" }, "the column religion would collect what the law forbids"],
  ])("is refused with %s %j: %s", (name, change, message) => {
    expect(() => parseTemplate(changed(name, change))).toThrow(message);
  });
});

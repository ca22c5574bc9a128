import { describe, expect, test } from "vitest";
import { edgesLimit, OverrideError, parseOverrides } from "#kaimen/scoring/training/overrides.ts";

const reason = "as the desk counts";

test("edges, and objects of edges, use and reason, are read; a reason of one's own counts before the common one", () => {
  expect(
    parseOverrides(
      {
        worst_overdue_6: [1, 2],
        credit_limit: { edges: [-5, 10_000], reason: " two products " },
        file_age: { use: "exclude" },
        merchants: { use: "include", edges: [2] },
      },
      reason,
    ),
  ).toEqual({
    worst_overdue_6: { edges: [1, 2], reason },
    credit_limit: { edges: [-5, 10_000], reason: "two products" },
    file_age: { use: "exclude", reason },
    merchants: { use: "include", edges: [2], reason },
  });
});

describe("what is not of this form is refused in words that name it", () => {
  test.each<[string, unknown, string | undefined, RegExp]>([
    ["null", null, reason, /the overrides are null; it is an object of features/],
    ["a list", [1], reason, /the overrides are a list/],
    ["an empty list", [], reason, /the overrides are an empty list/],
    ["a text", "worst_overdue_6", reason, /the overrides are the text "worst_overdue_6"/],
    ["a number", 3, reason, /the overrides are 3/],
    ["a feature that is none", { shoe_size: [1] }, reason, /there is no feature "shoe_size"/],
    ["null as edges", { worst_overdue_6: null }, reason, /worst_overdue_6 is null/],
    ["a text as edges", { worst_overdue_6: "1,2" }, reason, /worst_overdue_6 is the text "1,2"/],
    ["no edges", { worst_overdue_6: [] }, reason, /has no edges: one bin tells nobody apart/],
    ["unsorted edges", { worst_overdue_6: [1, 4, 2] }, reason, /must ascend: 2 stands after 4/],
    ["an edge twice", { worst_overdue_6: [1, 1] }, reason, /must ascend: 1 stands after 1/],
    ["half an edge", { worst_overdue_6: [1.5] }, reason, /is 1.5; edges are whole numbers/],
    ["an edge as a text", { worst_overdue_6: ["1"] }, reason, /is the text "1"; edges are whole numbers/],
    ["null among the edges", { worst_overdue_6: [null] }, reason, /an edge of worst_overdue_6 is null/],
    [
      "too many edges",
      { worst_overdue_6: Array.from({ length: edgesLimit + 1 }, (_, index) => index) },
      reason,
      /51 edges; 50 at most/,
    ],
    ["an object that says nothing", { worst_overdue_6: {} }, reason, /says nothing/],
    ["a name that is none", { worst_overdue_6: { egdes: [1] } }, reason, /has "egdes"/],
    ["a use that is none", { worst_overdue_6: { use: "maybe" } }, reason, /is the text "maybe"; it is "include"/],
    ["edges of what is excluded", { file_age: { use: "exclude", edges: [1] } }, reason, /is excluded and has edges/],
    ["no reason", { worst_overdue_6: [1] }, undefined, /has no reason, which the card keeps/],
    ["an empty reason", { worst_overdue_6: [1] }, "  ", /must be a text of 1 to 500/],
    ["a reason that is no text", { worst_overdue_6: { edges: [1], reason: 7 } }, reason, /must be a text of 1 to 500/],
  ])("%s", (_name, json, common, message) => {
    expect(() => parseOverrides(json, common)).toThrow(message);
    expect(() => parseOverrides(json, common)).toThrow(OverrideError);
  });
});

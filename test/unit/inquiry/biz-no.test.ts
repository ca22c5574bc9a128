import { describe, expect, test } from "vitest";
import { instantFromText } from "#kaimen/clock.ts";
import { createBizNoSource, parseBizNo } from "#kaimen/inquiry/biz-no.ts";

describe("a biz_no", () => {
  test.each([
    ["2026-11-22T15:59:59.999999Z", "ZM20261122235959"],
    ["2026-11-22T16:00:00.000000Z", "ZM20261123000000"],
    ["2026-12-31T16:00:01.000000Z", "ZM20270101000001"],
    ["2024-02-29T01:02:03.000000Z", "ZM20240229090203"],
  ])("of %s begins with %s, the day and time in Beijing", (text, expected) => {
    expect(createBizNoSource(0)(instantFromText(text)).slice(0, 16)).toBe(expected);
  });

  test.each([
    [0, "000000"],
    [7, "000007"],
    [999_999, "999999"],
  ])("of the node %i carries it as %s", (node, expected) => {
    expect(createBizNoSource(node)(instantFromText("2026-11-22T03:59:00Z")).slice(16, 22)).toBe(expected);
  });

  test("is ZM, the day as yyyyMMdd and 22 digits, 32 characters, and unique over 200,000 draws from five sources at one instant", () => {
    const now = instantFromText("2026-11-22T03:59:00Z");
    const sources = [0, 1, 10, 123_456, 999_999].map((node) => createBizNoSource(node));
    const drawn = new Set<string>();
    let malformed = 0;
    for (let draw = 0; draw < 40_000; draw += 1) {
      for (const next of sources) {
        const bizNo = next(now);
        if (bizNo.length !== 32 || !/^ZM20261122\d{22}$/.test(bizNo)) malformed += 1;
        drawn.add(bizNo);
      }
    }
    expect(malformed).toBe(0);
    expect(drawn.size).toBe(200_000);
  });

  test("comes after those that the same source gave before, also when the clock stands", () => {
    const next = createBizNoSource();
    const times = ["2026-11-22T03:59:00Z", "2026-11-22T03:59:00Z", "2026-11-22T03:59:01Z", "2026-11-22T16:00:00Z"];
    const drawn = times.flatMap((time) => Array.from({ length: 100 }, () => next(instantFromText(time))));
    expect(drawn).toEqual(drawn.toSorted());
  });

  test("has another node in each process by chance: twenty sources do not all share one", () => {
    const nodes = Array.from({ length: 20 }, () =>
      createBizNoSource()(instantFromText("2026-11-22T03:59:00Z")).slice(16, 22),
    );
    expect(new Set(nodes).size).toBeGreaterThan(1);
  });
});

describe("a biz_no taken apart", () => {
  test.each(["2026-11-22T15:59:59Z", "2026-11-22T16:00:00Z", "2024-02-29T01:02:03Z"])(
    "gives back the second of %s, the node and the count",
    (text) => {
      const at = instantFromText(text);
      const next = createBizNoSource(42);
      const [first, second] = [parseBizNo(next(at)), parseBizNo(next(at))];
      expect(first).toMatchObject({ at, node: 42 });
      expect(second?.count).toBe((first?.count ?? 0) + 1);
    },
  );

  test.each([
    "",
    "ZM",
    `ZM${"0".repeat(30)}`,
    `ZM20261332${"0".repeat(22)}`,
    `ZM20260229${"0".repeat(22)}`,
    `ZM20261122240000${"0".repeat(16)}`,
    `zm20261122${"0".repeat(22)}`,
    `ZM20261122${"0".repeat(23)}`,
  ])("is none: %j", (text) => expect(parseBizNo(text)).toBeUndefined());
});

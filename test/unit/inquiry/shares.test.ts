import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lastOfLargest, shareOut } from "#kaimen/inquiry/shares.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

const ownerOf = (each: string): string => each.slice(0, 1);

describe("a group that cannot take all", () => {
  test.each([
    ["a1 a2 a3 a4 b1", 2, "a1 b1"],
    ["a1 a2 a3 a4 b1", 3, "a1 a2 b1"],
    ["a1 a2 a3 b1 b2 b3 c1", 3, "a1 b1 c1"],
    ["a1 a2 a3 b1 b2 b3 c1", 5, "a1 a2 b1 b2 c1"],
    ["a1 a2 a3 a4", 2, "a1 a2"],
  ])("of %s takes, of %i, %s", (waiting, limit, taken) => {
    expect(shareOut(waiting.split(" "), limit, ownerOf)[0]).toEqual(taken.split(" "));
  });

  test("takes as many as it may, loses nobody, keeps the order, and gives nobody more where somebody who waits has less", () => {
    const waiting = fc.array(
      fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.nat()).map(([owner, number]) => `${owner}${number}`),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(waiting, fc.integer({ min: 1, max: 60 }), (all, limit) => {
        const marked = all.map((each, index) => ({ owner: ownerOf(each), index }));
        const [taken, left] = shareOut(marked, limit, ({ owner }) => owner);
        expect(taken.length).toBe(Math.min(limit, all.length));
        expect([...taken, ...left].toSorted((one, other) => one.index - other.index)).toEqual(marked);
        for (const part of [taken, left]) expect(part).toEqual(part.toSorted((one, other) => one.index - other.index));
        const got = (owner: string): number => taken.filter((each) => each.owner === owner).length;
        for (const { owner } of left)
          for (const other of ["a", "b", "c", "d"]) expect(got(other)).toBeLessThanOrEqual(got(owner) + 1);
      }),
    );
  });
});

describe("where too many wait", () => {
  test.each([
    ["a1 a2 a3", "b", 2],
    ["a1 b1 a2 a3 b2", "b", undefined],
    ["a1 b1 a2 a3 b2", "c", 3],
    ["a1 a2", "a", undefined],
    ["a1 b1", "c", undefined],
  ])("of %s, %s takes the place of number %s", (waiting, newcomer, place) => {
    expect(lastOfLargest(waiting.split(" "), newcomer, ownerOf)).toBe(place);
  });
});

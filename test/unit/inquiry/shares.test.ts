import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OwnerCounts, shareOut } from "#kaimen/inquiry/shares.ts";

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
    ["aaa", "b", "a"],
    ["abaab", "b", undefined],
    ["abaab", "c", "a"],
    ["aa", "a", undefined],
    ["ab", "c", undefined],
    ["", "a", undefined],
  ])("of %s, %s takes the place of one of %s", (waiting, newcomer, largest) => {
    const counts = new OwnerCounts();
    for (const owner of waiting) counts.add(owner);
    expect(counts.whoGivesWayTo(newcomer)).toBe(largest);
  });

  test("one of whoever has the most gives way, whoever came and went before", () => {
    const owner = fc.constantFrom("a", "b", "c", "d");
    fc.assert(
      fc.property(fc.array(fc.tuple(owner, fc.boolean()), { maxLength: 80 }), owner, (moves, newcomer) => {
        const counts = new OwnerCounts();
        const model = new Map<string, number>();
        const countOf = (each: string | undefined): number => model.get(each ?? "") ?? 0;
        for (const [each, comes] of moves) {
          if (!comes && countOf(each) === 0) continue;
          if (comes) counts.add(each);
          else counts.remove(each);
          model.set(each, countOf(each) + (comes ? 1 : -1));
        }
        const most = Math.max(0, ...model.values());
        const largest = counts.whoGivesWayTo(newcomer);
        if (countOf(newcomer) + 1 >= most) expect(largest).toBe(undefined);
        else expect(countOf(largest)).toBe(most);
      }),
    );
  });
});

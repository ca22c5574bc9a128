import fc from "fast-check";
import { expect, test } from "vitest";
import { Recent } from "#kaimen/keys/recent.ts";

test("keeps the last half of its limit, no more than its limit, and never an older value than the last", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 12 }), fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 60 }), (limit, names) => {
      const recent = new Recent<number>(limit);
      const last = new Map<number, number>();
      names.forEach((name, at) => {
        recent.set(String(name), at);
        last.set(name, at);
        const kept = [...last.keys()].filter((each) => recent.get(String(each)) !== undefined);
        expect(kept.length).toBeLessThanOrEqual(limit);
        for (const each of kept) expect(recent.get(String(each))).toBe(last.get(each));
        for (const each of names.slice(Math.max(0, at + 1 - Math.floor(limit / 2)), at + 1)) expect(kept).toContain(each);
      });
    }),
  );
});

test("forgets what is deleted, wherever it stands", () => {
  const recent = new Recent<string>(4);
  for (const name of ["a", "b", "c"]) recent.set(name, name);
  for (const name of ["a", "c"]) recent.delete(name);
  expect(["a", "b", "c"].map((name) => recent.get(name))).toEqual([undefined, "b", undefined]);
});

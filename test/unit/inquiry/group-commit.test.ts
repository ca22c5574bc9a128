import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createGroupCommit, type GroupCommit, GroupQueueFull } from "#kaimen/inquiry/group-commit.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

/** A commit that ends when told to, and the groups it was given. */
function heldCommit(): {
  groups: number[][];
  finish: (end: (items: readonly number[]) => readonly (number | undefined)[]) => Promise<void>;
  commit: (items: readonly number[]) => Promise<readonly number[]>;
} {
  const groups: number[][] = [];
  const held: {
    items: readonly number[];
    resolve: (results: readonly number[]) => void;
    reject: (reason: unknown) => void;
  }[] = [];
  return {
    groups,
    commit: (items) => {
      groups.push([...items]);
      return new Promise((resolve, reject) => held.push({ items, resolve, reject }));
    },
    async finish(end) {
      const next = held.shift();
      if (next === undefined) throw new Error("no commit is under way");
      try {
        next.resolve(end(next.items) as readonly number[]); // A commit that breaks its promise is one of the cases.
      } catch (error) {
        next.reject(error);
      }
      await turn();
    },
  };
}

const doubled = (items: readonly number[]): number[] => items.map((item) => item * 2);
const wide = { groupLimit: 100, queueLimit: 1_000 };
const outcome = (promise: Promise<number>): Promise<string> =>
  promise.then(String, (error: Error) => `${error.name}: ${error.message}`);

describe("groups", () => {
  test("are of one for a lone caller, who waits for nobody", async () => {
    const { commit, groups, finish } = heldCommit();
    const result = createGroupCommit(commit, wide).submit(1);
    await turn();
    expect(groups).toEqual([[1]]);
    await finish(doubled);
    expect(await result).toBe(2);
  });

  test("hold all that came in one turn, in the order of their coming", async () => {
    const { commit, groups, finish } = heldCommit();
    const group = createGroupCommit(commit, wide);
    const results = Promise.all([3, 1, 2].map((item) => group.submit(item)));
    await turn();
    await finish(doubled);
    expect(groups).toEqual([[3, 1, 2]]);
    expect(await results).toEqual([6, 2, 4]);
  });

  test("hold what came while the last was being committed, and begin when it has ended", async () => {
    const { commit, groups, finish } = heldCommit();
    const group = createGroupCommit(commit, wide);
    const results = [group.submit(1)];
    await turn();
    for (const item of [2, 3, 4]) {
      results.push(group.submit(item));
      await turn();
    }
    expect(groups).toEqual([[1]]);
    await finish(doubled);
    expect(groups).toEqual([[1], [2, 3, 4]]);
    await finish(doubled);
    expect(await Promise.all(results)).toEqual([2, 4, 6, 8]);
  });

  test("are at most as large as the limit, the rest waits its turn", async () => {
    const { commit, groups, finish } = heldCommit();
    const group = createGroupCommit(commit, { groupLimit: 2, queueLimit: 10 });
    const results = Promise.all([1, 2, 3, 4, 5].map((item) => group.submit(item)));
    await turn();
    for (let count = 0; count < 3; count += 1) await finish(doubled);
    expect(groups).toEqual([[1, 2], [3, 4], [5]]);
    expect(await results).toEqual([2, 4, 6, 8, 10]);
  });

  test("too small for all are shared by their owners, and a full queue takes in one with less in place of one with more", async () => {
    const { commit, groups, finish } = heldCommit();
    // The tens say whose an item is.
    const group = createGroupCommit(commit, {
      groupLimit: 2,
      queueLimit: 4,
      ownerOf: (item) => String(Math.floor(item / 10)),
    });
    const results = [11, 12, 13, 14, 15, 21, 31].map((item) => outcome(group.submit(item)));
    await turn();
    for (let count = 0; count < 2; count += 1) await finish(doubled);
    expect(groups).toEqual([
      [11, 21],
      [12, 31],
    ]);
    const refused = "GroupQueueFull: too many wait for a commit";
    expect(await Promise.all(results)).toEqual(["22", "24", refused, refused, refused, "42", "62"]);
  });

  test("under any load keep order and limit, are committed one at a time, and answer each caller for its own item", async () => {
    const load = fc.array(
      fc.record({ gap: fc.nat({ max: 2 }), burst: fc.integer({ min: 1, max: 12 }), commitTurns: fc.nat({ max: 3 }) }),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(load, fc.integer({ min: 1, max: 7 }), async (bursts, groupLimit) => {
        const groups: number[][] = [];
        let running = 0;
        let most = 0;
        const group = createGroupCommit<number, number>(
          async (items) => {
            running += 1;
            most = Math.max(most, running);
            groups.push([...items]);
            for (let count = bursts[groups.length % bursts.length]?.commitTurns ?? 0; count > 0; count -= 1)
              await turn();
            running -= 1;
            return doubled(items);
          },
          { groupLimit, queueLimit: 1_000 },
        );
        const results: Promise<number>[] = [];
        for (const { gap, burst } of bursts) {
          for (let count = 0; count < gap; count += 1) await turn();
          for (let count = 0; count < burst; count += 1) results.push(group.submit(results.length));
        }
        expect(await Promise.all(results)).toEqual(results.map((_, item) => item * 2));
        await group.idle();
        expect(groups.flat()).toEqual(results.map((_, item) => item));
        expect(Math.max(...groups.map((each) => each.length))).toBeLessThanOrEqual(groupLimit);
        expect(most).toBe(1);
      }),
    );
  });
});

describe("a failure", () => {
  test.each<[string, (items: readonly number[]) => readonly (number | undefined)[], string[]]>([
    [
      "of the commit reaches each caller of its group",
      () => {
        throw new TypeError("no disk");
      },
      ["TypeError: no disk", "TypeError: no disk"],
    ],
    [
      "to answer an item reaches that item's caller alone",
      () => [7],
      ["7", "Error: the commit left an item unanswered"],
    ],
    [
      "to answer an item in the middle reaches that item's caller alone",
      () => [undefined, 8],
      ["Error: the commit left an item unanswered", "8"],
    ],
  ])("%s, and neither the group before nor the one after", async (_name, end, expected) => {
    const { commit, finish } = heldCommit();
    const group = createGroupCommit(commit, { groupLimit: 2, queueLimit: 10 });
    const results = [1, 2, 3, 4, 5, 6].map((item) => outcome(group.submit(item)));
    await turn();
    await finish(doubled);
    await finish(end);
    await finish(doubled);
    expect(await Promise.all(results)).toEqual(["2", "4", ...expected, "10", "12"]);
  });

  test("that the commit throws before it has a promise is one like any other", async () => {
    let failing = true;
    const group = createGroupCommit<number, number>((items) => {
      if (failing) throw new Error("no connection");
      return Promise.resolve(doubled(items));
    }, wide);
    await expect(group.submit(1)).rejects.toThrow("no connection");
    failing = false;
    expect(await group.submit(2)).toBe(4);
  });
});

describe("the queue", () => {
  test("asks once whose each refused one is, however many wait", async () => {
    const { commit } = heldCommit();
    let asked = 0;
    const group = createGroupCommit(commit, {
      groupLimit: 1,
      queueLimit: 1_000,
      ownerOf: () => {
        asked += 1;
        return "one";
      },
    });
    for (let item = 0; item < 1_000; item += 1) void group.submit(item);
    asked = 0;
    for (let item = 0; item < 10; item += 1) await expect(group.submit(item)).rejects.toBeInstanceOf(GroupQueueFull);
    expect(asked).toBeLessThanOrEqual(10 + 2 * 1_000);
  });

  test("refuses those beyond its limit at once, and takes more when it has emptied", async () => {
    const { commit, groups, finish } = heldCommit();
    const group = createGroupCommit(commit, { groupLimit: 10, queueLimit: 2 });
    const first = [1, 2, 3].map((item) => outcome(group.submit(item)));
    await turn();
    expect(groups).toEqual([[1, 2]]);
    const next = [4, 5, 6].map((item) => outcome(group.submit(item)));
    expect(await next[2]).toBe("GroupQueueFull: too many wait for a commit");
    await finish(doubled);
    await finish(doubled);
    expect(groups).toEqual([
      [1, 2],
      [4, 5],
    ]);
    expect(await Promise.all(first)).toEqual(["2", "4", "GroupQueueFull: too many wait for a commit"]);
    expect(await Promise.all(next.slice(0, 2))).toEqual(["8", "10"]);
    await expect(createGroupCommit(commit, { groupLimit: 1, queueLimit: 0 }).submit(1)).rejects.toBeInstanceOf(
      GroupQueueFull,
    );
  });
});

describe("idle", () => {
  const isIdle = async (group: GroupCommit<number, number>): Promise<boolean> => {
    let idle = false;
    void group.idle().then(() => {
      idle = true;
    });
    await turn();
    await turn();
    return idle;
  };

  test("comes at once where nothing was ever submitted", async () => {
    expect(await isIdle(createGroupCommit(heldCommit().commit, wide))).toBe(true);
  });

  test("comes when the last commit has ended, not before, and also when it failed", async () => {
    const { commit, finish } = heldCommit();
    const group = createGroupCommit(commit, { groupLimit: 1, queueLimit: 10 });
    const results = [1, 2].map((item) => outcome(group.submit(item)));
    expect(await isIdle(group)).toBe(false);
    await finish(doubled);
    expect(await isIdle(group)).toBe(false);
    await finish(() => {
      throw new Error("no disk");
    });
    expect(await isIdle(group)).toBe(true);
    expect(await Promise.all(results)).toEqual(["2", "Error: no disk"]);
  });

  test("waits also for what a caller submits on getting its result", async () => {
    const { commit, finish } = heldCommit();
    const group = createGroupCommit(commit, wide);
    let idle = false;
    const second = group.submit(1).then((result) => group.submit(result));
    void group.idle().then(() => {
      idle = true;
    });
    await turn();
    await finish(doubled);
    await turn();
    expect(idle).toBe(false);
    await finish(doubled);
    expect(await second).toBe(4);
    await turn();
    expect(idle).toBe(true);
  });
});

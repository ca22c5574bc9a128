import { describe, expect, it } from "vitest";
import { createHashQueue } from "#kaimen/accounts/hash-queue.ts";

const limits = { waitingOfLane: 4, waiting: 10 };

/** A queue whose jobs end when the test says so, and the names of those that have begun. */
function queueOfTest() {
  const queue = createHashQueue(limits);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  return {
    begun,
    queue,
    ask: (name: string, known = false) =>
      queue.run({ name, known }, () => {
        begun.push(known ? `known ${name}` : name);
        return new Promise<string>((end) => ends.push(() => end(name)));
      }),
    /** Ends jobs until none is left. */
    async drain(): Promise<void> {
      for (let turn = 0; turn < 100; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
        ends.shift()?.();
      }
    },
  };
}

describe("the queue of hashes", () => {
  it("does one at a time, and gives what it came to", async () => {
    const { ask, begun, drain } = queueOfTest();
    const [first, second] = [ask("a"), ask("a")];
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toEqual(["a"]);
    await drain();
    expect(await Promise.all([first, second])).toEqual(["a", "a"]);
  });

  it("takes lanes in turn, however many wait in one", async () => {
    const { ask, begun, drain } = queueOfTest();
    for (const name of ["a", "a", "a", "a", "b", "c", "b"]) void ask(name);
    await drain();
    expect(begun).toEqual(["a", "a", "b", "c", "a", "b", "a"]);
  });

  it("gives every other turn to known devices", async () => {
    const { ask, begun, drain } = queueOfTest();
    for (const name of ["a", "b", "c", "d"]) void ask(name);
    for (const name of ["x", "y"]) void ask(name, true);
    await drain();
    expect(begun).toEqual(["a", "known x", "b", "known y", "c", "d"]);
  });

  it("refuses at once the fifth that waits in a lane, and the eleventh in all", async () => {
    const { ask, begun, drain } = queueOfTest();
    void ask("begun");
    expect([1, 2, 3, 4, 5].map(() => ask("a") !== undefined)).toEqual([true, true, true, true, false]);
    expect([1, 2, 3, 4, 5].map(() => ask("b") !== undefined)).toEqual([true, true, true, true, false]);
    expect([1, 2, 3].map(() => ask("c") !== undefined)).toEqual([true, true, false]);
    expect(ask("d")).toBeUndefined();
    expect(ask("d", true)).toBeDefined();
    await drain();
    expect(begun.length).toBe(12);
    expect(ask("a")).toBeDefined();
  });

  it("goes on after a job that fails", async () => {
    const { queue } = queueOfTest();
    const failing = queue.run({ name: "a", known: false }, () => Promise.reject(new Error("no memory")));
    const next = queue.run({ name: "a", known: false }, () => Promise.resolve("done"));
    await expect(failing).rejects.toThrow("no memory");
    expect(await next).toBe("done");
  });
});

import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { BatchRead } from "#kaimen/store/batch-read.ts";

interface Held {
  readonly ids: readonly string[];
  readonly resolve: (rows: readonly string[]) => void;
  readonly reject: (reason: Error) => void;
}

/** A database in which every id that begins with "a" is found, once it is told to answer. */
function heldRead(): { batch: BatchRead<string>; held: Held[]; answerAll: () => Promise<void> } {
  const held: Held[] = [];
  const read = (ids: readonly string[]): Promise<readonly string[]> =>
    new Promise((resolve, reject) => held.push({ ids, resolve, reject }));
  return {
    batch: new BatchRead(read, (row) => row),
    held,
    async answerAll() {
      while (held.length > 0) {
        for (const { ids, resolve } of held.splice(0)) resolve(ids.filter((id) => id.startsWith("a")));
        await turn();
      }
    },
  };
}

describe("what strangers ask for", () => {
  test("takes two statements at a time at the most, each of 256 ids at the most, and everybody gets his own answer", async () => {
    const { batch, held, answerAll } = heldRead();
    const ids = Array.from({ length: 1_000 }, (_, number) => `${"ab"[number % 2] ?? ""}${number}`);
    const answers = Promise.all(ids.map((id) => batch.read(id)));
    await turn();
    expect(held.map((each) => each.ids.length)).toEqual([256, 256]);
    await answerAll();
    expect(await answers).toEqual(ids.map((id) => (id.startsWith("a") ? id : undefined)));
  });

  test("that comes while two are under way waits for the next one, also where one of them hangs or fails", async () => {
    const { batch, held } = heldRead();
    const asked: Promise<string | undefined>[] = [];
    for (const id of ["lost", "hangs", "a3", "b4"]) {
      asked.push(batch.read(id));
      await turn();
    }
    const [lost, , found, absent] = asked;
    expect(held.map(({ ids }) => ids)).toEqual([["lost"], ["hangs"]]);
    held[0]?.reject(new Error("the connection"));
    await expect(lost).rejects.toThrow("the connection");
    await turn();
    expect(held.map(({ ids }) => ids)).toEqual([["lost"], ["hangs"], ["a3", "b4"]]);
    held[2]?.resolve(["a3"]);
    expect(await Promise.all([found, absent])).toEqual(["a3", undefined]);
  });

  test("is refused past 10,000 that wait", async () => {
    const { batch, answerAll } = heldRead();
    const answers = Array.from({ length: 10_001 }, (_, number) =>
      batch.read(`a${number}`).then(
        () => "read",
        (error: Error) => error.message,
      ),
    );
    await turn();
    await answerAll();
    const outcomes = await Promise.all(answers);
    expect(outcomes.filter((outcome) => outcome !== "read")).toEqual(["10000 already wait to be read"]);
  });
});

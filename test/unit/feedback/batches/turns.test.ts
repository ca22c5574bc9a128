import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createTurns } from "#kaimen/feedback/batches/turns.ts";

/** Submits a file of each merchant named, in that order; those at work end when told to. */
function office(limits: Parameters<typeof createTurns>[0]): {
  submit: (merchants: string) => Promise<string>[];
  began: () => string;
  endOldest: () => Promise<void>;
} {
  const inTurn = createTurns(limits);
  const began: string[] = [];
  const ends: (() => void)[] = [];
  const work = (merchant: string) => async (): Promise<string> => {
    began.push(merchant);
    await new Promise<void>((end) => ends.push(end));
    return "done";
  };
  return {
    submit: (merchants) => [...merchants].map((merchant) => inTurn(merchant, work(merchant)).catch(() => "refused")),
    began: () => began.join(""),
    async endOldest() {
      ends.shift()?.();
      await turn();
    },
  };
}

describe("files of feedback", () => {
  test("of one merchant follow each other, and those of others do not wait for them", async () => {
    const { submit, began, endOldest } = office({ together: 2 });
    void submit("aaab");
    await turn();
    expect(began()).toBe("ab");
    await endOldest();
    expect(began()).toBe("aba");
  });

  test("of a merchant that has sent many come in turn with those of merchants that came later", async () => {
    const { submit, began, endOldest } = office({ together: 1 });
    const sent = submit("aaaaaabbbc");
    await turn();
    for (let end = 0; end < sent.length; end += 1) await endOldest();
    expect(began()).toBe("aabcababaa");
    expect(await Promise.all(sent)).toEqual(sent.map(() => "done"));
  });

  test("of one merchant fill its own part of the queue, and the queue refuses no merchant that has nothing in it", async () => {
    const { submit, endOldest } = office({ together: 1, waiting: 5, waitingOfOne: 3 });
    // One at work and three that wait; of b three, of which two are too many together.
    const sent = submit("aaaaabbbc");
    await turn();
    for (let end = 0; end < sent.length; end += 1) await endOldest();
    expect(await Promise.all(sent)).toEqual([
      "done",
      "done",
      "done",
      "done",
      "refused",
      "done",
      "done",
      "refused",
      "done",
    ]);
  });
});

import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import { PortionCredit } from "#kaimen/feedback/reading/portion-credit.ts";

const built = new URL("../../../../dist/feedback/reading/portion-credit.js", import.meta.url).href;
/** Takes credit as long as it gets any and says so each time, as the thread does that reads a file. */
const reader = `
  const { parentPort, workerData } = require("node:worker_threads");
  import(workerData.built).then(({ PortionCredit }) => {
    const credit = new PortionCredit(workerData.memory);
    parentPort.postMessage("began");
    while (credit.take()) parentPort.postMessage("took");
    parentPort.postMessage("gave up");
  });`;

const workers: Worker[] = [];
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.terminate())));

/** What a reading thread over this credit has said so far. */
function read(credit: PortionCredit): { said: string[]; until(count: number): Promise<void>; worker: Worker } {
  const worker = new Worker(reader, { eval: true, workerData: { built, memory: credit.memory } });
  workers.push(worker);
  const said: string[] = [];
  worker.on("message", (word: string) => said.push(word));
  return {
    said,
    worker,
    async until(count) {
      while (said.length < count) await once(worker, "message");
    },
  };
}

describe("the credit of a reading thread", () => {
  test("lasts for so many portions, and then for one more for each that is given back", async () => {
    const credit = PortionCredit.of(3);
    const { said, until } = read(credit);
    await until(4);
    await delay(50);
    expect(said).toEqual(["began", "took", "took", "took"]);
    credit.giveBack();
    await until(5);
    credit.giveBack();
    credit.giveBack();
    await until(7);
    await delay(50);
    expect(said.length).toBe(7);
    expect(credit.isGivenUp).toBe(false);
  });

  test("ends for a thread that waits for it when the reading is given up", async () => {
    const credit = PortionCredit.of(1);
    const { said, until, worker } = read(credit);
    await until(2);
    await delay(50);
    credit.giveUp();
    await once(worker, "exit");
    expect(said).toEqual(["began", "took", "gave up"]);
    expect(credit.isGivenUp).toBe(true);
  });

  test("ends at once when the reading was given up, however much is left", async () => {
    const credit = PortionCredit.of(3);
    credit.giveUp();
    const { said, worker } = read(credit);
    await once(worker, "exit");
    expect(said).toEqual(["began", "gave up"]);
    expect(credit.take()).toBe(false);
  });

  test("ends at whatever moment the reading is given up", async () => {
    for (let round = 0; round < 5; round += 1) {
      const credit = PortionCredit.of(1);
      const { said, until, worker } = read(credit);
      await until(1);
      for (let pause = 0; pause < round * 2_000; pause += 1) credit.giveBack();
      credit.giveUp();
      await once(worker, "exit");
      expect(said.at(-1)).toBe("gave up");
    }
  });
});

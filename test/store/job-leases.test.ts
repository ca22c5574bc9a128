import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Instant, instantToText, later, systemClock } from "#kaimen/clock.ts";
import { type Job, type JobOptions, openJobs } from "#kaimen/job.ts";
import type { Store } from "#kaimen/store/store.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";

const everyMs = 300;
const log = { error: () => undefined };

describeOnBothEngines("a job of several processes", (engine) => {
  let store: Store;
  let close = async (): Promise<void> => undefined;
  const jobs: Job[] = [];
  /** When each run began, and in which process. */
  let runs: { process: string; at: Instant }[] = [];

  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
  });
  afterEach(async () => {
    await Promise.all(jobs.splice(0).map((job) => job.stop()));
    runs = [];
  });
  afterAll(() => close());

  /** Starts the job in a process of that name; `work` is what a run does beside being noted. */
  function start(process: string, name: string, { work = async () => undefined, ...options }: Work = {}): Job {
    const run = async (): Promise<void> => {
      runs.push({ process, at: systemClock.now() });
      await work();
    };
    const job = openJobs({ store, clock: systemClock, log }).every(name, everyMs, run, options);
    jobs.push(job);
    return job;
  }
  const lease = async (name: string): Promise<Instant | undefined> =>
    (await store.query<{ until: Instant }>("select until from job_lease where name = $1", [name]))[0]?.until;
  const heldBySomebodyDead = (name: string, ms: number): Promise<unknown> =>
    store.query("insert into job_lease (name, holder, until) values ($1, $2, $3)", [
      name,
      randomUUID(),
      instantToText(later(systemClock.now(), ms * 1_000)),
    ]);

  test("is run once each time that it is due, by whoever is there", async () => {
    start("first", "shared");
    start("second", "shared");
    start("third", "shared");
    await until(() => runs.length >= 5);
    const gapsMs = runs.slice(1).map(({ at }, index) => (at - (runs[index]?.at ?? 0)) / 1_000);
    // A timer may fire a moment early; two runs of one due time would be much closer than that.
    expect(Math.min(...gapsMs)).toBeGreaterThan(everyMs * 0.9);
  });

  test("is not run while another process has its lease, and is as soon as that has passed", async () => {
    const leaseMs = 900;
    const before = systemClock.now();
    await heldBySomebodyDead("taken", leaseMs);
    start("survivor", "taken");
    await until(() => runs.length > 0);
    expect((runs[0]?.at ?? 0) - before).toBeGreaterThanOrEqual(leaseMs * 1_000);
  });

  test("is not begun by a second process however long a run of the first takes", async () => {
    let running = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, (running += 1));
      await delay(4 * everyMs); // Twice as long as the lease, which is renewed meanwhile.
      running -= 1;
    };
    start("first", "long", { work });
    start("second", "long", { work });
    await until(() => runs.length >= 2);
    expect(most).toBe(1);
  });

  test("is waited for when its process stops, which gives the lease back", async () => {
    let ended = false;
    const job = start("first", "stopped", {
      async work() {
        await delay(100);
        ended = true;
      },
    });
    await until(() => runs.length > 0);
    await job.stop();
    expect(ended).toBe(true);
    expect(await lease("stopped")).toBeLessThanOrEqual(systemClock.now());
    start("second", "stopped");
    await until(() => runs.length > 1);
    expect(runs[1]?.process).toBe("second");
  });

  test("is not run again by a process that has stopped it", async () => {
    const job = start("first", "again");
    await until(() => runs.length > 0);
    await job.stop();
    const count = runs.length;
    await delay(2 * everyMs);
    expect(runs.length).toBe(count);
  });

  test("that fails is run again when it is said to be, and not before, in any process", async () => {
    const work = (): Promise<void> => Promise.reject(new Error("broken"));
    start("first", "broken", { work, afterFailureMs: 900 });
    start("second", "broken", { work, afterFailureMs: 900 });
    await until(() => runs.length >= 2);
    expect((runs[1]?.at ?? 0) - (runs[0]?.at ?? 0)).toBeGreaterThanOrEqual(800_000);
  });

  test("is run by every process where the work is shared out by other means", async () => {
    start("first", "everywhere", { inEachProcess: true });
    start("second", "everywhere", { inEachProcess: true });
    await until(() => new Set(runs.map(({ process }) => process)).size === 2);
    expect(await lease("everywhere")).toBeUndefined();
  });

  test("is first run after the pause that it is given", async () => {
    const before = systemClock.now();
    start("first", "later", { firstAfterMs: 200 });
    await until(() => runs.length > 0);
    expect((runs[0]?.at ?? 0) - before).toBeGreaterThanOrEqual(199_000);
  });
});

interface Work extends JobOptions {
  readonly work?: () => Promise<void>;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(10);
}

describe("a job whose database cannot be asked", () => {
  test("is not run, and is logged; stopping it does no harm", async () => {
    const lines: string[] = [];
    const broken = { queryBriefly: () => Promise.reject(new Error("no database")) } as unknown as Store; // A job uses nothing else.
    const job = openJobs({
      store: broken,
      clock: systemClock,
      log: { error: (_, message) => void lines.push(message) },
    }).every("unlucky", everyMs, () => Promise.reject(new Error("it was run")));
    await until(() => lines.length > 1);
    await job.stop();
    expect(new Set(lines)).toEqual(new Set(["a job failed; it runs again when it is next due"]));
  });
});

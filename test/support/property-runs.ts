/**
 * How often a property is tried, and from where: `KAIMEN_RUNS` times, or `usual`. What fast-check prints of a failure, its
 * seed and path, replays the smallest example when it is given as `KAIMEN_SEED` and `KAIMEN_PATH`.
 */
export function propertyRuns(usual: number): {
  readonly seed: number;
  readonly path?: string;
  readonly numRuns: number;
  readonly interruptAfterTimeLimit: number;
} {
  const { KAIMEN_SEED: seed, KAIMEN_PATH: path, KAIMEN_RUNS: runs } = process.env;
  const numRuns = Number(runs ?? usual);
  return {
    seed: Number(seed ?? Date.now() % 2 ** 31),
    ...(path === undefined ? {} : { path }),
    numRuns,
    // Making a failure smaller takes as many runs again as the failure is long: then the smallest so far is told.
    interruptAfterTimeLimit: propertyTimeLimitMs(numRuns),
  };
}

const startLimitMs = 60_000;
const runLimitMs = 3_000;

export function propertyTimeLimitMs(numRuns: number): number {
  return startLimitMs + numRuns * runLimitMs;
}

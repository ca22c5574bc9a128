import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
    // Tests run the very files that `npm start` runs: the compiler's output, loaded by Node itself.
    server: { deps: { external: [/\/dist\//] } },
    pool: "forks",
    globalSetup: [new URL("./test/support/shared-postgres.ts", import.meta.url).pathname],
    // A worker ends with its runner, and with it what its tests have started.
    setupFiles: [new URL("./test/support/end-with-runner.ts", import.meta.url).pathname],
    // Most of these tests start servers and databases; more at once makes all of them slower.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
});

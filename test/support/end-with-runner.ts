/**
 * A test's process ends with its runner, which may have been killed: a test that waits for something would wait for ever,
 * and the servers it has started with it. Vitest takes process.exit for a mistake of the test's, so it is no exit.
 */
process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));

/**
 * Loaded into a server before its own code: it ends with the process that started it, however that ended. A test that
 * fails in its beforeAll, runs out of time or is killed leaves no server behind.
 */
import { isMainThread } from "node:worker_threads";

const patienceMs = 10_000;

if (isMainThread) {
  process.once("disconnect", () => {
    setTimeout(() => process.kill(process.pid, "SIGKILL"), patienceMs).unref();
    process.kill(process.pid, "SIGTERM");
  });
  process.channel?.unref(); // The listener alone would keep the server from ending by itself.
}

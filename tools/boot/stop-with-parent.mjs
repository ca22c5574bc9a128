/**
 * Loaded into the child before its own code. The child has a process group of its own, so a parent killed without a
 * chance to pass anything on (kill -9 of the group) would leave it behind, holding its port and its data folder.
 */
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref(); // The listener alone would keep the child alive after its work is done.

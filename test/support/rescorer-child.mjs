// A process that scores whoever is marked, and everybody, until it is told to stop: node rescorer-child.mjs URL MONTH
import process from "node:process";
import { systemClock } from "#kaimen/clock.ts";
import { createLog } from "#kaimen/log.ts";
import { expertCard } from "#kaimen/scoring/card/expert-card.ts";
import { openRescorer } from "#kaimen/scoring/rescore.ts";
import { openStore } from "#kaimen/store/open.ts";

const [url, month] = process.argv.slice(2);
const asOfMonth = /** @type {import("#kaimen/clock.ts").MonthIndex} */ (Number(month)); // As the test has it.
const store = await openStore({ databaseUrl: url, dataDirectory: "" });
const rescorer = openRescorer(store, systemClock, expertCard, { asOfMonth, log: createLog("warn") });
let stopping = false;
process.on("message", () => (stopping = true));
process.on("disconnect", () => process.exit()); // Whoever started it is gone.
process.send?.("ready");
while (!stopping) {
  await rescorer.markAllIfStale();
  await rescorer.run();
}
await store.close();
process.disconnect?.();

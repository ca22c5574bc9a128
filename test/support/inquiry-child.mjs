// A process of the platform that will be killed: opens an inquiry desk on the database it is given and asks what it is
// told to, saying when it has begun.
import { instantOf } from "#kaimen/clock.ts";
import { openInquiryDesk } from "#kaimen/inquiry/inquire.ts";
import { createLog } from "#kaimen/log.ts";
import { openStore } from "#kaimen/store/open.ts";

let nowUs = 0;
const store = await openStore({ databaseUrl: process.argv[2], dataDirectory: "" });
const desk = openInquiryDesk(store, { now: () => instantOf(nowUs) }, { log: createLog("silent"), deadlineMs: 20_000 });
await store.query("select 1"); // A connection is ready, so that what comes is under way at once.

process.on("disconnect", () => process.exit());
process.on("message", (message) => {
  const told = /** @type {{ nowUs: number, requests: import("#kaimen/inquiry/inquiry.ts").InquiryRequest[] }} */ (
    message
  );
  nowUs = told.nowUs;
  for (const request of told.requests) desk.inquire(request).catch(() => undefined);
  process.send?.("begun");
});
process.send?.("ready");

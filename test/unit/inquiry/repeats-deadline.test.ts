import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { instantOf, systemClock } from "#kaimen/clock.ts";
import { InquiryTimeout, openInquiryDesk } from "#kaimen/inquiry/inquire.ts";
import type { AnsweredInquiry } from "#kaimen/inquiry/inquiry.ts";
import { createLog } from "#kaimen/log.ts";
import type { Store } from "#kaimen/store/store.ts";

const deadlineMs = 300;

test("whoever asks again while the database hangs waits for the deadline once, and takes one connection together", async () => {
  let underWay = 0;
  const query = (): Promise<never[]> => {
    underWay += 1;
    return delay(60_000, [], { ref: false });
  };
  const store = { engine: "postgresql", queryBriefly: query } as unknown as Store; // All that a desk asks of it here.
  const desk = openInquiryDesk(store, systemClock, { log: createLog("warn"), deadlineMs });
  const grant = {
    userId: "u",
    person: { bucket: 1, personId: "00000000-0000-0000-0000-000000000001" },
    authorisationId: "a",
    purpose: "p",
    consentExpiresAt: instantOf(Number.MAX_SAFE_INTEGER),
    tokenHash: new Uint8Array(32),
  };
  const answered = (number: number): AnsweredInquiry => ({
    merchantId: "m",
    transactionId: `T${number}`,
    grant,
    bizNo: `B${number}`,
  });
  const started = performance.now();
  // More than five groups.
  const outcomes = await Promise.all(
    Array.from({ length: 1_500 }, (_, number) =>
      desk.isAnsweredAgain(answered(number)).catch((error: unknown) => error),
    ),
  );
  expect(outcomes.every((outcome) => outcome instanceof InquiryTimeout)).toBe(true);
  expect(performance.now() - started).toBeLessThan(deadlineMs * 4);
  expect(underWay).toBe(1);
});

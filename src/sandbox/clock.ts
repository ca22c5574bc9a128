import type { FastifyInstance } from "fastify";
import { beijingTime, instantOfMs, type Instant, secondUs, type SettableClock } from "../clock.ts";
import { operatorsOnly } from "../console/guard.ts";
import { refuse } from "../http/refuse.ts";
import type { Store } from "../store/store.ts";

const settingName = "sandbox_clock";
/** Ten years: what a sandbox is made for lies within. */
const aheadLimitS = 315_360_000;

/** A sandbox's time goes on where it was: what it has stored must not lie in its future. */
export async function restoreSandboxClock(store: Store, clock: SettableClock): Promise<void> {
  const [row] = await store.query<{ value: number }>("select value from setting where name = $1", [settingName]);
  if (row !== undefined) clock.putForward(row.value);
}

/** `POST /api/sandbox/clock` with `{"advance_s": 86400}` or `{"now": "yyyy-MM-dd HH:mm:ss"}` (Beijing); `{}` tells the time. */
export function registerSandboxClock(server: FastifyInstance, store: Store, clock: SettableClock): void {
  server.post("/api/sandbox/clock", operatorsOnly(), async (request, reply) => {
    const wanted = (request.body ?? {}) as { advance_s?: unknown; now?: unknown }; // Each field is checked below.
    const forwardUs = forwardOf(wanted, clock.now());
    if (forwardUs === undefined || clock.aheadUs + forwardUs > aheadLimitS * secondUs) {
      return refuse(
        reply,
        'send {"advance_s": seconds} or {"now": "yyyy-MM-dd HH:mm:ss"}, at most ten years ahead; time never goes back',
      );
    }
    clock.putForward(forwardUs);
    await store.query(
      "insert into setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
      [settingName, JSON.stringify(clock.aheadUs)],
    );
    return reply.send({ now: beijingTime(clock.now()), ahead_s: Math.floor(clock.aheadUs / secondUs) });
  });
}

function forwardOf(wanted: { advance_s?: unknown; now?: unknown }, now: Instant): number | undefined {
  const { advance_s: seconds, now: time } = wanted;
  if (seconds === undefined && time === undefined) return 0;
  if (typeof seconds === "number" && time === undefined) {
    return Number.isFinite(seconds) && seconds >= 0 && seconds <= aheadLimitS
      ? Math.round(seconds * secondUs)
      : undefined;
  }
  if (typeof time !== "string" || !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(time)) return undefined;
  const atMs = Date.parse(`${time.replace(" ", "T")}+08:00`);
  const at = instantOfMs(atMs);
  if (at === undefined) return undefined;
  const forwardUs = at - now;
  return forwardUs >= 0 ? forwardUs : undefined;
}

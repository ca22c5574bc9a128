import { Type } from "typebox";
import { beijingTime, instantOfMs, type Instant, secondUs, type SettableClock } from "../clock.ts";
import * as field from "../console/fields.ts";
import { Problem } from "../console/problem.ts";
import { defineRoute, operatorsWho, staffAnd } from "../console/route.ts";
import type { Store } from "../store/store.ts";

const settingName = "sandbox_clock";
/** Ten years: what a sandbox is made for lies within. */
const aheadLimitS = 315_360_000;

/** A sandbox's time goes on where it was: what it has stored must not lie in its future. */
export async function restoreSandboxClock(store: Store, clock: SettableClock): Promise<void> {
  const [row] = await store.query<{ value: number }>("select value from setting where name = $1", [settingName]);
  if (row !== undefined) clock.putForward(row.value);
}

const time = field.object({
  now: Type.String({ description: "yyyy-MM-dd HH:mm:ss in Beijing" }),
  aheadS: Type.Integer({ description: "seconds ahead of the machine's clock" }),
});

const timeOf = (clock: SettableClock) => ({
  now: beijingTime(clock.now()),
  aheadS: Math.floor(clock.aheadUs / secondUs),
});

/** The routes of the sandbox's clock, by name. */
export function clockRoutes(clock: SettableClock) {
  return {
    readClockRoute: defineRoute(
      {
        method: "GET",
        path: "/api/sandbox/clock",
        title: { en: "Tell the sandbox's time", zh: "读取沙箱时间" },
        who: staffAnd("sandbox:read"),
        reply: time,
      },
      async () => timeOf(clock),
    ),
    setClockRoute: defineRoute(
      {
        method: "POST",
        path: "/api/sandbox/clock",
        title: { en: "Put the sandbox's time forward", zh: "向前调整沙箱时间" },
        doc: "By seconds, or to a time; at most ten years ahead. It never goes back.",
        who: operatorsWho("sandbox:write"),
        body: field.object({
          advanceS: Type.Optional(
            Type.Number({ minimum: 0, maximum: aheadLimitS, description: "seconds, 0 to 315360000 (ten years)" }),
          ),
          now: Type.Optional(
            Type.String({
              pattern: "^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d$",
              description: "yyyy-MM-dd HH:mm:ss in Beijing",
            }),
          ),
        }),
        reply: time,
        errors: ["refused"],
        action: "sandbox.clock",
      },
      async ({ body }, { store }) => {
        const forwardUs = forwardOf(body, clock.now());
        if (forwardUs === undefined || clock.aheadUs + forwardUs > aheadLimitS * secondUs)
          throw new Problem("refused", "send advanceS or now, at most ten years ahead; time never goes back");
        clock.putForward(forwardUs);
        await store.query(
          "insert into setting (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
          [settingName, JSON.stringify(clock.aheadUs)],
        );
        return timeOf(clock);
      },
    ),
  };
}

function forwardOf({ advanceS, now: to }: { advanceS?: number; now?: string }, now: Instant): number | undefined {
  if (to === undefined) return Math.round((advanceS ?? 0) * secondUs);
  if (advanceS !== undefined) return undefined;
  const at = instantOfMs(Date.parse(`${to.replace(" ", "T")}+08:00`));
  return at === undefined || at < now ? undefined : at - now;
}

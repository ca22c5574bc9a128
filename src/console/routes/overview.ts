import { Type } from "typebox";
import { beijingTime, instantToText, later, secondUs } from "../../clock.ts";
import { keptCalls } from "../../request-log/read-calls.ts";
import { readCounts, slotS } from "../../request-log/tallies.ts";
import { listLeases } from "../../store/job-lease.ts";
import * as field from "../fields.ts";
import { defineRoute, operatorsWho } from "../route.ts";

const dayHours = 24;

export const readOverviewRoute = defineRoute(
  {
    method: "GET",
    path: "/api/overview",
    title: { en: "How the platform is: what a start page shows", zh: "运行概览" },
    who: operatorsWho("any"),
    reply: field.object({
      mode: Type.Enum(["sandbox", "production"]),
      time: Type.String({ description: "yyyy-MM-dd HH:mm:ss in Beijing, by the platform's clock" }),
      database: Type.Enum(["postgresql", "embedded"]),
      node: Type.String(),
      cardVersion: Type.String(),
      calls: field.object({
        ofLastDay: Type.Integer(),
        refusedOfLastDay: Type.Integer(),
        byCode: Type.Array(field.object({ code: Type.String(), calls: Type.Integer() }), {
          description: "10000 or the sub_code, the most frequent first",
        }),
        keptInLog: Type.Integer(),
      }),
      scoring: field.object({
        peopleScored: Type.Integer({ description: "since everybody was last begun to be scored" }),
        marksWaiting: Type.Integer({ description: "people who are to be scored anew" }),
        bucketsDone: Type.Integer({ description: "of 256, of the scoring of everybody" }),
      }),
      jobs: Type.Array(
        field.object({
          name: Type.String(),
          until: field.instant,
          isOverdue: Type.Boolean({ description: "no process holds it: none runs it" }),
        }),
      ),
    }),
  },
  async (_, { config, clock, store, rescorer, requestLog }) => {
    await requestLog.flush();
    const to = later(clock.now(), slotS * secondUs);
    const from = later(to, -(dayHours * 3_600 + slotS) * secondUs);
    const counts = await readCounts(store, { from, to, stretchS: dayHours * 3_600 });
    const byCode = new Map<string, number>();
    for (const { code, calls } of counts) byCode.set(code, (byCode.get(code) ?? 0) + calls);
    const all = [...byCode.values()].reduce((sum, calls) => sum + calls, 0);
    const progress = await rescorer.progress();
    const leases = await listLeases(store);
    return {
      mode: config.mode,
      time: beijingTime(clock.now()),
      database: store.engine,
      node: process.version,
      cardVersion: rescorer.cardVersion,
      calls: {
        ofLastDay: all,
        refusedOfLastDay: all - (byCode.get("10000") ?? 0),
        byCode: [...byCode]
          .map(([code, calls]) => ({ code, calls }))
          .toSorted((left, right) => right.calls - left.calls),
        keptInLog: (await keptCalls(store)).calls,
      },
      scoring: { peopleScored: progress.people, marksWaiting: progress.marked, bucketsDone: progress.bucketsDone },
      jobs: leases.map(({ name, until, isOver }) => ({ name, until: instantToText(until), isOverdue: isOver })),
    };
  },
);

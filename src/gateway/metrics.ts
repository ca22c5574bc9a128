import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { secondUs } from "../clock.ts";

export interface Metrics {
  noteCall(call: {
    method: string;
    code: string;
    durationMs: number;
    deviations: readonly string[];
    nextKey: boolean;
  }): void;
  /** Counts adverse records that were deleted because their time was over. */
  noteDeleted(records: number): void;
  /** Counts a call that is answered with the reply which the very same request got before. */
  noteRepeat(): void;
  /** Counts a password that was checked, or that was refused unchecked (outcome `delayed` or `busy`). */
  notePassword(kind: string, outcome: string): void;
  /** Counts a fault of a page or an API beside the gateway, by its route. */
  noteFault(route: string): void;
  /** `held` gives what request bodies hold now, by kind: bytes of memory and of disk, files. */
  watchBodies(held: () => Readonly<Record<string, number>>): void;
  /** Counts a refused call that the log had no room for. */
  noteUnlogged(): void;
  /** Counts a call that the request log had no room for, or could not write. */
  noteLeftOut(): void;
  /** How far the database's clock was ahead of this process's; negative where it was behind. */
  noteDatabaseClock(aheadUs: number): void;
  /** Prometheus' text format. */
  render(): Promise<string>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const calls = new Counter({
    name: "kaimen_gateway_calls_total",
    help: "Calls answered, by method and by 10000 or the sub_code of the refusal",
    labelNames: ["method", "code"],
    registers: [registry],
  });
  const durations = new Histogram({
    name: "kaimen_gateway_call_seconds",
    help: "Time from the head of a request to its answer",
    labelNames: ["method"],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 30],
    registers: [registry],
  });
  const deviations = new Counter({
    name: "kaimen_gateway_deviations_total",
    help: "Requests accepted although their client signs otherwise than published, by deviation",
    labelNames: ["deviation"],
    registers: [registry],
  });
  const nextKeys = new Counter({
    name: "kaimen_gateway_next_key_calls_total",
    help: "Calls signed with an app's next public key, not yet its current one",
    registers: [registry],
  });
  const deleted = new Counter({
    name: "kaimen_adverse_records_deleted_total",
    help: "Adverse records deleted because the time that the law lets them be kept was over",
    registers: [registry],
  });
  const repeats = new Counter({
    name: "kaimen_gateway_repeats_total",
    help: "Calls answered with the reply that the very same request got before",
    registers: [registry],
  });
  const passwords = new Counter({
    name: "kaimen_password_checks_total",
    help: "Passwords that were hashed and right or wrong, or refused unhashed: delayed after failures, busy when too many waited",
    labelNames: ["kind", "outcome"],
    registers: [registry],
  });
  const faults = new Counter({
    name: "kaimen_http_faults_total",
    help: "Requests to pages and to the API that failed inside, by route",
    labelNames: ["route"],
    registers: [registry],
  });
  const unlogged = new Counter({
    name: "kaimen_gateway_refusals_unlogged_total",
    help: "Refused calls that were not logged, because there were too many in their second",
    registers: [registry],
  });
  const leftOut = new Counter({
    name: "kaimen_request_log_left_out_total",
    help: "Calls that are not in the request log: more in their second than it keeps, or the database did not keep up",
    registers: [registry],
  });
  const databaseClock = new Gauge({
    name: "kaimen_clock_database_offset_seconds",
    help: "How far the database's clock is ahead of this process's, as last measured",
    registers: [registry],
  });
  // What belongs to a method and a code is looked up by prom-client in two steps of string building; once is enough.
  const known = new Map<string, { calls: Counter.Internal; durations: Histogram.Internal<"method"> }>();
  const metersOf = (method: string, code: string) => {
    const name = `${method} ${code}`;
    const meters = known.get(name) ?? { calls: calls.labels(method, code), durations: durations.labels(method) };
    // Methods and codes are the published ones, a few hundred.
    known.set(name, meters);
    return meters;
  };
  return {
    noteDeleted: (records) => deleted.inc(records),
    noteCall(call) {
      const meters = metersOf(call.method, call.code);
      meters.calls.inc();
      meters.durations.observe(call.durationMs / 1_000);
      if (call.nextKey) nextKeys.inc();
      for (const deviation of call.deviations) deviations.inc({ deviation });
    },
    noteRepeat: () => repeats.inc(),
    notePassword: (kind, outcome) => passwords.inc({ kind, outcome }),
    noteFault: (route) => faults.inc({ route }),
    watchBodies(held) {
      const bodies = new Gauge({
        name: "kaimen_gateway_bodies_held",
        help: "What request bodies hold of the room that all share, by kind: bytes of memory, bytes of disk, files",
        labelNames: ["kind"],
        registers: [],
        collect() {
          for (const [kind, amount] of Object.entries(held())) this.set({ kind }, amount);
        },
      });
      registry.registerMetric(bodies);
    },
    noteUnlogged: () => unlogged.inc(),
    noteLeftOut: () => leftOut.inc(),
    noteDatabaseClock: (aheadUs) => databaseClock.set(aheadUs / secondUs),
    render: () => registry.metrics(),
  };
}

import { collectDefaultMetrics, Counter, Histogram, Registry } from "prom-client";

export interface Metrics {
  noteCall(call: { method: string; code: string; durationMs: number; deviations: readonly string[]; nextKey: boolean }): void;
  /** Of adverse records whose time was over. */
  noteDeleted(records: number): void;
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
  return {
    noteDeleted: (records) => deleted.inc(records),
    noteCall(call) {
      calls.inc({ method: call.method, code: call.code });
      durations.observe({ method: call.method }, call.durationMs / 1_000);
      if (call.nextKey) nextKeys.inc();
      for (const deviation of call.deviations) deviations.inc({ deviation });
    },
    render: () => registry.metrics(),
  };
}

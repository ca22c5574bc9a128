/**
 * A process of its own that asks at a fixed rate, whether or not it has been answered: who waits is not asked less. A
 * latency counts from the moment at which its request was due.
 */
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";
import { type Connection, openConnection } from "../inquiry/connection.ts";
import { signRequests } from "../inquiry/requests.ts";

const connectionCount = 64;
const tickMs = 1;

export type Order =
  | { readonly kind: "prepare"; readonly sandbox: SandboxFile; readonly count: number }
  | { readonly kind: "ask"; readonly perSecond: number }
  /** What was asked since then is answered first. */
  | { readonly kind: "stop" };

export interface Asked {
  readonly kind: "asked";
  readonly count: number;
  readonly elapsedMs: number;
  /** Sorted. */
  readonly latenciesMs: Float64Array;
}

export type Report = { readonly kind: "ready" } | Asked | { readonly kind: "failed"; readonly reason: string };

let target = new URL("http://127.0.0.1");
let requests: Buffer[] = [];
let next = 0;
let finish: (() => Promise<Asked>) | undefined;

async function obey(order: Order): Promise<Report> {
  if (order.kind === "prepare") {
    target = new URL(order.sandbox.gateway_url);
    requests = (await signRequests(order.sandbox, "beside", order.count)).map(({ bytes }) => bytes);
    return { kind: "ready" };
  }
  if (order.kind === "ask") {
    finish = await ask(order.perSecond);
    return { kind: "ready" };
  }
  if (finish === undefined) throw new Error("nothing is being asked");
  return finish();
}

/** Begins to ask; what is returned ends it. */
async function ask(perSecond: number): Promise<() => Promise<Asked>> {
  const address = { host: target.hostname, port: Number(target.port) };
  const idle: Connection[] = await Promise.all(Array.from({ length: connectionCount }, () => openConnection(address)));
  const all = [...idle];
  const latencies: number[] = [];
  const due: { at: number; request: Buffer }[] = [];
  let failure: unknown;
  let underWay = 0;
  const startedAt = performance.now();
  const first = next;

  const send = async (connection: Connection, { at, request }: { at: number; request: Buffer }): Promise<void> => {
    const { status, body } = await connection.ask(request);
    if (status !== 200 || !body.includes('"code":"10000"'))
      throw new Error(`an inquiry was answered with ${status}: ${body.slice(0, 200)}`);
    latencies.push(performance.now() - at);
    underWay -= 1;
    idle.push(connection);
    drain();
  };
  const drain = (): void => {
    while (due.length > 0 && idle.length > 0) {
      const one = due.shift();
      const connection = idle.pop();
      if (one !== undefined && connection !== undefined)
        send(connection, one).catch((error: unknown) => (failure ??= error));
    }
  };
  const timer = setInterval(() => {
    const now = performance.now();
    for (
      let at = startedAt + ((next - first) * 1_000) / perSecond;
      at <= now;
      at = startedAt + ((next - first) * 1_000) / perSecond
    ) {
      const request = requests[next];
      if (request === undefined) {
        failure ??= new Error(`the ${requests.length} prepared requests have all been sent`);
        break;
      }
      due.push({ at, request });
      underWay += 1;
      next += 1;
    }
    drain();
  }, tickMs);

  return async () => {
    clearInterval(timer);
    const elapsedMs = performance.now() - startedAt;
    while (underWay > 0 && failure === undefined) await new Promise((settle) => setTimeout(settle, 5));
    for (const connection of all) connection.close();
    if (failure !== undefined) throw failure;
    return { kind: "asked", count: latencies.length, elapsedMs, latenciesMs: Float64Array.from(latencies).toSorted() };
  };
}

process.on("message", (order: Order) => {
  obey(order).then(
    (report) => process.send?.(report),
    (error: unknown) => process.send?.({ kind: "failed", reason: String(error) } satisfies Report),
  );
});
process.once("disconnect", () => process.exit(1));

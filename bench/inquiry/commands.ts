import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";
import type { Bench } from "../support/run.ts";

/** What the generator can be told to do; `from` and `to` count the prepared requests. */
export type Command =
  | { readonly kind: "prepare"; readonly sandbox: SandboxFile; readonly count: number; readonly prefix: string }
  | { readonly kind: "send"; readonly from: number; readonly to: number; readonly repeated: boolean }
  /** The same requests to a peer, whose answers are only looked at. */
  | { readonly kind: "send to peer"; readonly address: string; readonly from: number; readonly to: number }
  | { readonly kind: "sum up" };

export interface Sent {
  readonly kind: "sent";
  readonly count: number;
  readonly elapsedMs: number;
  readonly latenciesMs: Float64Array;
  readonly cpuUs: number;
}

export interface Summary {
  readonly kind: "summary";
  readonly answered: number;
  readonly hash: string;
  readonly verifiedSignatures: number;
}

export type Outcome = { readonly kind: "done" } | Sent | Summary | { readonly kind: "failed"; readonly reason: string };

export interface Generator {
  readonly pid: number;
  sendToPeer(range: { address: string; from: number; to: number }): Promise<Sent>;
  /** `prefix` begins every transaction_id; another one, other inquiries. */
  prepare(sandbox: SandboxFile, count: number, prefix?: string): Promise<void>;
  send(range: { from: number; to: number; repeated: boolean }): Promise<Sent>;
  sumUp(): Promise<Summary>;
}

export function startGenerator(bench: Bench): Generator {
  const path = fileURLToPath(new URL("generator.js", import.meta.url));
  // Without execArgv it would inherit what npm's start script preloads into this process.
  const child = fork(path, { execArgv: [], serialization: "advanced", stdio: ["ignore", "inherit", "inherit", "ipc"] });
  bench.atEnd(async () => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
    child.kill("SIGKILL"); // It holds nothing that would have to be put away.
    await ended;
  });
  return {
    pid: child.pid ?? 0,
    sendToPeer: (range) => tell(child, { kind: "send to peer", ...range }, "sent"),
    prepare: async (sandbox, count, prefix = "bench") =>
      void (await tell(child, { kind: "prepare", sandbox, count, prefix }, "done")),
    send: (range) => tell(child, { kind: "send", ...range }, "sent"),
    sumUp: () => tell(child, { kind: "sum up" }, "summary"),
  };
}

async function tell<Kind extends Outcome["kind"]>(
  child: ChildProcess,
  command: Command,
  expected: Kind,
): Promise<Extract<Outcome, { kind: Kind }>> {
  const gone = new AbortController();
  const onExit = (): void => gone.abort(new Error("the generator ended"));
  child.once("exit", onExit);
  try {
    child.send(command);
    const [outcome] = (await once(child, "message", { signal: gone.signal })) as [Outcome]; // Sent by generator.ts only.
    if (outcome.kind === "failed") throw new Error(outcome.reason);
    if (outcome.kind !== expected) throw new Error(`the generator answered ${command.kind} with ${outcome.kind}`);
    return outcome as Extract<Outcome, { kind: Kind }>; // Its kind has just been compared.
  } finally {
    child.off("exit", onExit);
  }
}

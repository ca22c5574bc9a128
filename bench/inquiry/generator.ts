/**
 * A process of its own that signs the requests, sends them and checks the replies, so that its processor time is not
 * counted as the server's. Commands come from the benchmark over IPC, one at a time; it ends with the benchmark.
 */
import { Answers } from "./answers.ts";
import type { Command, Outcome } from "./commands.ts";
import { sendAll } from "./load.ts";
import { type SignedRequest, signRequests } from "./requests.ts";

const connectionCount = 64;

let target = new URL("http://127.0.0.1");
let answers: Answers;
let requests: SignedRequest[] = [];

async function perform(command: Command): Promise<Outcome> {
  switch (command.kind) {
    case "prepare":
      target = new URL(command.sandbox.gateway_url);
      answers = new Answers(command.sandbox.alipay_public_key);
      requests = await signRequests(command.sandbox, command.prefix, command.count);
      return { kind: "done" };
    case "send": {
      const sent = requests.slice(command.from, command.to);
      const load = await sendAll(
        target,
        sent.map(({ bytes }) => bytes),
        connectionCount,
      );
      for (const [index, request] of sent.entries()) {
        const reply = load.replies[index] ?? { status: 0, body: "" };
        await (command.repeated ? answers.acceptRepeat(request, reply) : answers.accept(request, reply));
      }
      const { elapsedMs, latenciesMs, cpuUs } = load;
      return { kind: "sent", count: sent.length, elapsedMs, latenciesMs, cpuUs };
    }
    case "send to peer": {
      const sent = requests.slice(command.from, command.to);
      const load = await sendAll(
        new URL(command.address),
        sent.map(({ bytes }) => bytes),
        connectionCount,
      );
      const wrong = load.replies.find(({ status, body }) => status !== 200 || !body.includes('"code":"10000"'));
      if (wrong !== undefined) throw new Error(`the peer answered ${wrong.status}: ${wrong.body.slice(0, 200)}`);
      const { elapsedMs, latenciesMs, cpuUs } = load;
      return { kind: "sent", count: sent.length, elapsedMs, latenciesMs, cpuUs };
    }
    case "sum up":
      return {
        kind: "summary",
        answered: answers.count,
        hash: answers.hash(),
        verifiedSignatures: answers.verifiedSignatures,
      };
  }
}

process.on("message", (command: Command) => {
  perform(command).then(
    (outcome) => process.send?.(outcome),
    (error: unknown) => process.send?.({ kind: "failed", reason: String(error) } satisfies Outcome),
  );
});
process.once("disconnect", () => process.exit(1));

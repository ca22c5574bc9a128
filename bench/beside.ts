/**
 * Do inquiries go on while a large feedback file is read and merged? They are asked at a fixed rate, first alone and then
 * from before the file's first byte until it is answered.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Asked, Order, Report } from "./beside/asker.ts";
import { columns, feedbackFile } from "./feedback/data.ts";
import { watchMemory } from "./feedback/memory.ts";
import { uploadFile } from "./feedback/upload.ts";
import { startPostgres } from "./support/postgres.ts";
import { type Bench, type Result, runBenchmark } from "./support/run.ts";
import { startServer } from "./support/server.ts";
import { formatTable, percentile, round } from "./support/table.ts";

const full = { records: 1_000_000, aloneMs: 10_000, prepared: 60_000 };
const small = { records: 20_000, aloneMs: 1_000, prepared: 10_000 };
const usualRate = 500;
const benchLimitMs = 10 * 60_000;

async function measure(bench: Bench): Promise<Result> {
  const size = bench.small ? small : full;
  const records = Number(bench.options["records"] ?? size.records);
  const perSecond = Number(bench.options["rate"] ?? usualRate);
  const postgres = await startPostgres(bench);
  const server = await startServer(bench, {
    DATABASE_URL: postgres.url,
    KAIMEN_BODY_LIMIT_MB: "1024",
    KAIMEN_SCORE_WAIT_MS: "0",
    KAIMEN_BODY_TIMEOUT_MS: "600000",
  });
  const asker = startAsker(bench);
  await asker({ kind: "prepare", sandbox: server.sandbox, count: size.prepared });
  await uploadFile(server.sandbox, { content: feedbackFile(1_000, 9), records: 1_000, columns });
  const content = feedbackFile(records, 0);

  await asker({ kind: "ask", perSecond });
  await new Promise((settle) => setTimeout(settle, size.aloneMs));
  const alone = await stop(asker);
  const memory = watchMemory(server.pid);
  bench.atEnd(async () => void memory.stop());
  await asker({ kind: "ask", perSecond });
  const uploadS = await uploadFile(server.sandbox, { content, records, columns });
  const beside = await stop(asker);
  const peakMb = memory.stop();

  const ms = (asked: Asked, part: number): number => round(percentile(asked.latenciesMs, part));
  bench.say(
    formatTable([
      ["inquiries asked for", `${perSecond}/s`],
      ["alone: p50, p99, most", `${ms(alone, 0.5)} ms, ${ms(alone, 0.99)} ms, ${ms(alone, 1)} ms`],
      [
        `beside ${records} records in ${round(uploadS)} s: p50, p99, most`,
        `${ms(beside, 0.5)} ms, ${ms(beside, 0.99)} ms, ${ms(beside, 1)} ms`,
      ],
      ["answered beside", `${beside.count} in ${round(beside.elapsedMs / 1_000)} s`],
      ["memory above idle at its peak", `${Math.round(peakMb)} MB`],
    ]),
  );
  return {
    records,
    p50_beside_ms: ms(beside, 0.5),
    p99_beside_ms: ms(beside, 0.99),
    p99_alone_ms: ms(alone, 0.99),
    upload_s: round(uploadS),
    peak_rss_above_idle_mb: Math.round(peakMb),
  };
}

type Tell = (order: Order) => Promise<Report>;

function startAsker(bench: Bench): Tell {
  const path = fileURLToPath(new URL("beside/asker.js", import.meta.url));
  const child = fork(path, { execArgv: [], serialization: "advanced", stdio: ["ignore", "inherit", "inherit", "ipc"] });
  bench.atEnd(async () => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
    child.kill("SIGKILL"); // It holds nothing that would have to be put away.
    await ended;
  });
  return async (order) => {
    const answer = once(child, "message");
    child.send(order);
    const [report] = (await answer) as [Report]; // Sent by asker.ts only.
    if (report.kind === "failed") throw new Error(report.reason);
    return report;
  };
}

async function stop(asker: Tell): Promise<Asked> {
  const report = await asker({ kind: "stop" });
  if (report.kind !== "asked") throw new Error(`the asker answered with ${report.kind}`);
  return report;
}

await runBenchmark("beside", benchLimitMs, measure, ["records", "rate"]);

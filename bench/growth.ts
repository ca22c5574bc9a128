/**
 * Does an inquiry cost the same among many stored inquiries and persons as among few? The tables are filled in steps,
 * and at each step persons drawn from all of them are asked for. A shared machine changes its speed from one step to the
 * next, so a cost counts in signatures, as openssl makes them just before and after.
 */
import { startGenerator } from "./inquiry/commands.ts";
import { fillTo, usersOf } from "./growth/fill.ts";
import { familyCpuSeconds } from "./support/process-cpu.ts";
import { startPostgres } from "./support/postgres.ts";
import { measureRsaLimit } from "./support/rsa-limit.ts";
import { type Bench, type Result, runBenchmark } from "./support/run.ts";
import { startServer } from "./support/server.ts";
import { formatTable, mean, round } from "./support/table.ts";

const benchLimitMs = 60 * 60_000;
const smallest = 10_000;
const largestByDefault = 300_000;
const usersAsked = 2_000;
/** The first size also warms the server up, which would flatter the later ones. */
const warmUp = { first: 8_000, later: 500 };

interface Cost {
  readonly size: number;
  readonly serverUs: number;
  readonly postgresUs: number;
  /** Processor time of one signature at that moment. */
  readonly signatureUs: number;
}

async function measure(bench: Bench): Promise<Result> {
  const largest = bench.small ? smallest * 3 : Number(bench.options["largest"] ?? largestByDefault);
  if (!(largest > smallest && largest <= 100_000_000)) throw new Error(`--largest is a number beyond ${smallest}`);
  const inquiries = bench.small ? 500 : 4_000;
  const postgres = await startPostgres(bench);
  const server = await startServer(bench, { DATABASE_URL: postgres.url, UV_THREADPOOL_SIZE: "2" });
  const costs: Cost[] = [];
  const warmUpFirst = bench.small ? warmUp.later : warmUp.first;
  for (let size = smallest; size <= largest; size = size < largest ? Math.min(size * 10, largest) : largest + 1) {
    bench.say(`filling up to ${size} inquiries and persons`);
    await fillTo(postgres, size, server.sandbox);
    const generator = startGenerator(bench);
    const users = usersOf(size, usersAsked);
    const warming = costs.length === 0 ? warmUpFirst : warmUp.later;
    await generator.prepare({ ...server.sandbox, users: users.map((user) => ({ ...server.sandbox.users[0], ...user }) as typeof server.sandbox.users[number]) }, warming + inquiries, `growth${size}`);
    await generator.send({ from: 0, to: warming, repeated: false });
    const signatureBefore = await measureSignatureUs();
    const [serverBefore, postgresBefore] = [await server.cpuSeconds(), familyCpuSeconds(postgres.pid)];
    await generator.send({ from: warming, to: warming + inquiries, repeated: false });
    const perInquiry = (seconds: number): number => (seconds / inquiries) * 1_000_000;
    const postgresUs = perInquiry(familyCpuSeconds(postgres.pid) - postgresBefore);
    const serverUs = perInquiry((await server.cpuSeconds()) - serverBefore);
    costs.push({ size, postgresUs, serverUs, signatureUs: mean([signatureBefore, await measureSignatureUs()]) });
  }
  bench.say(formatTable(costs.map((cost) => [`${cost.size}`, `${Math.round(cost.serverUs)} µs of the server, ${Math.round(cost.postgresUs)} µs of PostgreSQL an inquiry; ${round(inSignatures(cost))} signatures`] as const)));
  const [first, last] = [costs[0], costs.at(-1)];
  if (first === undefined || last === undefined) throw new Error("nothing was measured");
  return {
    smallest: first.size,
    largest: last.size,
    growth_factor: round(inSignatures(last) / inSignatures(first)),
    postgres_growth_factor: round(last.postgresUs / last.signatureUs / (first.postgresUs / first.signatureUs)),
  };
}

async function measureSignatureUs(): Promise<number> {
  return 1_000_000 / (await measureRsaLimit({ seconds: 2, by: "processor" }));
}

function inSignatures({ serverUs, postgresUs, signatureUs }: Cost): number {
  return (serverUs + postgresUs) / signatureUs;
}

await runBenchmark("growth", benchLimitMs, measure, ["largest"]);

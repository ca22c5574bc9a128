/**
 * Does an inquiry cost the same among many stored inquiries and persons as among few? The tables are filled in steps,
 * and at each step persons drawn from all of them are asked for.
 */
import { startGenerator } from "./inquiry/commands.ts";
import { fillTo, usersOf } from "./growth/fill.ts";
import { familyCpuSeconds } from "./support/process-cpu.ts";
import { startPostgres } from "./support/postgres.ts";
import { type Bench, type Result, runBenchmark } from "./support/run.ts";
import { startServer } from "./support/server.ts";
import { formatTable, round } from "./support/table.ts";

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
    const [serverBefore, postgresBefore] = [await server.cpuSeconds(), familyCpuSeconds(postgres.pid)];
    await generator.send({ from: warming, to: warming + inquiries, repeated: false });
    const perInquiry = (seconds: number): number => (seconds / inquiries) * 1_000_000;
    costs.push({
      size,
      postgresUs: perInquiry(familyCpuSeconds(postgres.pid) - postgresBefore),
      serverUs: perInquiry((await server.cpuSeconds()) - serverBefore),
    });
  }
  bench.say(formatTable(costs.map(({ size, serverUs, postgresUs }) => [`${size}`, `${Math.round(serverUs)} µs of the server, ${Math.round(postgresUs)} µs of PostgreSQL an inquiry`] as const)));
  const [first, last] = [costs[0], costs.at(-1)];
  if (first === undefined || last === undefined) throw new Error("nothing was measured");
  return {
    smallest: first.size,
    largest: last.size,
    growth_factor: round((last.serverUs + last.postgresUs) / (first.serverUs + first.postgresUs)),
    postgres_growth_factor: round(last.postgresUs / first.postgresUs),
  };
}

await runBenchmark("growth", benchLimitMs, measure, ["largest"]);

/**
 * Does an inquiry cost the same among many stored inquiries and persons as among few? The tables are filled in steps,
 * and at each step persons drawn from all of them are asked for, each once and for the first time, so that nothing about
 * them is remembered at any step. A shared machine changes its speed from one step to the next, so a cost counts in
 * signatures, as openssl makes them before, between and after the rounds.
 */
import { startGenerator } from "./inquiry/commands.ts";
import { createDraw, fillTo } from "./growth/fill.ts";
import { familyCpuSeconds } from "./support/process-cpu.ts";
import { type Postgres, startPostgres } from "./support/postgres.ts";
import { measureRsaLimit } from "./support/rsa-limit.ts";
import { type Bench, type Result, runBenchmark } from "./support/run.ts";
import { type Server, startServer } from "./support/server.ts";
import { formatTable, mean, round } from "./support/table.ts";

const benchLimitMs = 60 * 60_000;
const smallest = 10_000;
const largestByDefault = 300_000;
/** The first size also warms the server up, which would flatter the later ones. */
const warmUp = { first: 8_000, later: 500 };
/** So many people are asked for to warm it up, again and again. */
const warmUpUsers = 500;
const rounds = 4;

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
  const draw = createDraw();
  const costs: Cost[] = [];
  const warmUpFirst = bench.small ? warmUp.later : warmUp.first;
  for (let size = smallest; size <= largest; size = size < largest ? Math.min(size * 10, largest) : largest + 1) {
    bench.say(`filling up to ${size} inquiries and persons`);
    await fillTo(postgres, size, server.sandbox);
    const warming = costs.length === 0 ? warmUpFirst : warmUp.later;
    costs.push({ size, ...(await measureAt({ bench, postgres, server, draw, size, warming, inquiries })) });
  }
  bench.say(
    formatTable(
      costs.map(
        (cost) =>
          [
            `${cost.size}`,
            `${Math.round(cost.serverUs)} µs of the server, ${Math.round(cost.postgresUs)} µs of PostgreSQL an inquiry; ${round(inSignatures(cost))} signatures`,
          ] as const,
      ),
    ),
  );
  const [first, last] = [costs[0], costs.at(-1)];
  if (first === undefined || last === undefined) throw new Error("nothing was measured");
  return {
    smallest: first.size,
    largest: last.size,
    growth_factor: round(inSignatures(last) / inSignatures(first)),
    postgres_growth_factor: round(last.postgresUs / last.signatureUs / (first.postgresUs / first.signatureUs)),
  };
}

interface Step {
  readonly bench: Bench;
  readonly postgres: Postgres;
  readonly server: Server;
  readonly draw: ReturnType<typeof createDraw>;
  readonly size: number;
  /** So many inquiries are not counted. */
  readonly warming: number;
  readonly inquiries: number;
}

async function measureAt({
  bench,
  postgres,
  server,
  draw,
  size,
  warming,
  inquiries,
}: Step): Promise<Omit<Cost, "size">> {
  const generator = startGenerator(bench);
  const [person] = server.sandbox.users;
  if (person === undefined) throw new Error("the sandbox has no users");
  const warmedUp = draw(size, warmUpUsers);
  const drawn = [...Array.from({ length: warming / warmUpUsers }, () => warmedUp).flat(), ...draw(size, inquiries)];
  const users = drawn.map((user) => ({ ...person, ...user }));
  await generator.prepare({ ...server.sandbox, users }, users.length, `growth${size}`);
  await generator.send({ from: 0, to: warming, repeated: false });
  const signaturesUs = [await measureSignatureUs()];
  const spent = { server: 0, postgres: 0 };
  const perRound = inquiries / rounds;
  for (let from = warming; from < users.length; from += perRound) {
    const before = { server: await server.cpuSeconds(), postgres: familyCpuSeconds(postgres.pid) };
    await generator.send({ from, to: from + perRound, repeated: false });
    spent.postgres += familyCpuSeconds(postgres.pid) - before.postgres;
    spent.server += (await server.cpuSeconds()) - before.server;
    signaturesUs.push(await measureSignatureUs());
  }
  const perInquiryUs = (seconds: number): number => (seconds / inquiries) * 1_000_000;
  return {
    serverUs: perInquiryUs(spent.server),
    postgresUs: perInquiryUs(spent.postgres),
    signatureUs: mean(signaturesUs),
  };
}

async function measureSignatureUs(): Promise<number> {
  return 1_000_000 / (await measureRsaLimit({ seconds: 1, by: "processor" }));
}

function inSignatures({ serverUs, postgresUs, signatureUs }: Cost): number {
  return (serverUs + postgresUs) / signatureUs;
}

await runBenchmark("growth", benchLimitMs, measure, ["largest"]);

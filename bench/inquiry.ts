/**
 * How near does the gateway come to what bounds it? Every answer to zhima.credit.score.get is signed with RSA-2048,
 * so the machine's own rate of such signatures is the limit, measured before, between and after the rounds of load.
 */
import { type Generator, type Sent, startGenerator } from "./inquiry/commands.ts";
import { type Peer, startBare, startNaive } from "./inquiry/peers.ts";
import { canPin, pin } from "./support/pin.ts";
import { familyCpuSeconds } from "./support/process-cpu.ts";
import { type Postgres, startPostgres } from "./support/postgres.ts";
import { measureRsaLimit } from "./support/rsa-limit.ts";
import { type Bench, type Result, runBenchmark } from "./support/run.ts";
import { type Server, startServer } from "./support/server.ts";
import { formatTable, mean, percentile, round } from "./support/table.ts";

interface Size {
  readonly warmUp: number;
  /** Many short ones, each between two measurements of the limit: a shared machine changes its speed by the second. */
  readonly rounds: number;
  readonly inquiriesPerRound: number;
  /** The first so many of a round are sent once more. */
  readonly repeatsPerRound: number;
  /** And so many to the bare server. */
  readonly barePerRound: number;
  readonly limitSeconds: number;
  /** As many again with the server on one core and everything else on the other. */
  readonly pinnedRounds: number;
  readonly naive: number;
}

const full: Size = {
  warmUp: 4_000,
  rounds: 6,
  inquiriesPerRound: 5_000,
  repeatsPerRound: 2_500,
  barePerRound: 2_500,
  limitSeconds: 2,
  pinnedRounds: 4,
  naive: 2_000,
};
const small: Size = {
  warmUp: 1_000,
  rounds: 2,
  inquiriesPerRound: 1_000,
  repeatsPerRound: 500,
  barePerRound: 500,
  limitSeconds: 1,
  pinnedRounds: 1,
  naive: 500,
};

const benchLimitMs = 5 * 60_000;
/** The limit is that of two cores, so the server gets as many threads for its signatures. */
const signingThreads = 2;
/** Scores depend on the month; a fixed one makes the result comparable between runs. */
const asOfMonth = "2026-01";

interface Round {
  readonly inquiries: Sent;
  readonly repeats: Sent;
  readonly bare: Sent;
  readonly serverCpuSeconds: number;
  readonly postgresCpuSeconds: number;
}

interface Parts {
  readonly generator: Generator;
  readonly server: Server;
  readonly postgres: Postgres;
  readonly bare: Peer;
}

async function measure(bench: Bench): Promise<Result> {
  const size = bench.small ? small : full;
  const pinnedFrom = size.warmUp + size.rounds * size.inquiriesPerRound;
  const total = pinnedFrom + size.pinnedRounds * size.inquiriesPerRound;
  const postgres = await startPostgres(bench);
  const server = await startServer(bench, {
    DATABASE_URL: postgres.url,
    UV_THREADPOOL_SIZE: String(signingThreads),
    KAIMEN_AS_OF: asOfMonth,
  });
  const generator = startGenerator(bench);
  const bare = await startBare(bench, signingThreads);
  const parts: Parts = { generator, server, postgres, bare };
  bench.say(`signing ${total} requests beforehand`);
  await generator.prepare(server.sandbox, total);
  await generator.send({ from: 0, to: size.warmUp, repeated: false });
  await generator.sendToPeer({ address: bare.address, from: 0, to: size.warmUp });

  const limit = (processes: number): Promise<number> => measureRsaLimit({ processes, seconds: size.limitSeconds });
  const oneProcess = [await limit(1)];
  const twoProcesses = [await limit(2)];
  const rounds: Round[] = [];
  for (let from = size.warmUp; from < pinnedFrom; from += size.inquiriesPerRound) {
    const done = await runRound(parts, from, size);
    rounds.push(done);
    twoProcesses.push(await limit(2));
    bench.say(`round ${rounds.length}: ${describeRound(done)}, limit now ${Math.round(twoProcesses.at(-1) ?? 0)}/s`);
  }
  oneProcess.push(await limit(1));

  // A service that answers a fraction of the rate gets a fraction of the requests.
  const { address } = await startNaive(bench, postgres.url, server.sandbox);
  const naive = await generator.sendToPeer({ address, from: 0, to: size.naive });
  const pinned = await measurePinned(parts, { from: pinnedFrom, to: total, size, limit });

  const summary = await generator.sumUp();
  await expectRows(postgres, summary.answered, total);
  return report(bench, rounds, { oneProcess: mean(oneProcess), twoProcesses: mean(twoProcesses) }, summary, {
    naive,
    pinned,
  });
}

interface Pinned {
  readonly rounds: readonly Round[];
  readonly limit: number;
  /** Processor time of one signature. */
  readonly signatureUs: number;
}

/** The server alone on one core; generator and database on the other. Undefined where that cannot be arranged. */
async function measurePinned(
  parts: Parts,
  { from, to, size, limit }: { from: number; to: number; size: Size; limit: (processes: number) => Promise<number> },
): Promise<Pinned | undefined> {
  const possible = await canPin();
  if (possible) {
    await pin("0", [parts.server.pid, parts.bare.pid]);
    await pin("1", [parts.generator.pid, parts.postgres.pid]);
  }
  const rounds: Round[] = [];
  const limits = [await limit(1)];
  const signaturesPerS: number[] = [];
  for (let start = from; start < to; start += size.inquiriesPerRound) {
    rounds.push(await runRound(parts, start, size));
    limits.push(await limit(1));
    signaturesPerS.push(await measureRsaLimit({ seconds: size.limitSeconds, by: "processor" }));
  }
  return possible ? { rounds, limit: mean(limits), signatureUs: 1_000_000 / mean(signaturesPerS) } : undefined;
}

async function runRound({ generator, server, postgres, bare: peer }: Parts, from: number, size: Size): Promise<Round> {
  const serverBefore = await server.cpuSeconds();
  const postgresBefore = familyCpuSeconds(postgres.pid);
  const inquiries = await generator.send({ from, to: from + size.inquiriesPerRound, repeated: false });
  const postgresCpuSeconds = familyCpuSeconds(postgres.pid) - postgresBefore;
  const serverCpuSeconds = (await server.cpuSeconds()) - serverBefore;
  const repeats = await generator.send({ from, to: from + size.repeatsPerRound, repeated: true });
  const bare = await generator.sendToPeer({ address: peer.address, from, to: from + size.barePerRound });
  return { inquiries, repeats, bare, serverCpuSeconds, postgresCpuSeconds };
}

/** As many rows as answers: none is lost, none is counted twice, and a repeat leaves none. */
async function expectRows(postgres: Postgres, answered: number, expected: number): Promise<void> {
  const [row] = await postgres.query<{ rows: number; numbers: number }>(
    "select count(*)::int as rows, count(distinct biz_no)::int as numbers from inquiry",
  );
  if (answered !== expected || row?.rows !== expected || row.numbers !== expected) {
    throw new Error(
      `${expected} inquiries sent, ${answered} answered, ${row?.rows} stored under ${row?.numbers} biz_no`,
    );
  }
}

function report(
  bench: Bench,
  rounds: readonly Round[],
  limit: { oneProcess: number; twoProcesses: number },
  summary: { hash: string; answered: number; verifiedSignatures: number },
  { naive, pinned }: { naive: Sent; pinned: Pinned | undefined },
): Result {
  const inquiriesPerS = ratePerS(rounds.map(({ inquiries }) => inquiries));
  const repeatsPerS = ratePerS(rounds.map(({ repeats }) => repeats));
  const count = sum(rounds.map(({ inquiries }) => inquiries.count));
  const perInquiryUs = (seconds: readonly number[]): number => (sum(seconds) / count) * 1_000_000;
  const serverUs = perInquiryUs(rounds.map(({ serverCpuSeconds }) => serverCpuSeconds));
  const postgresUs = perInquiryUs(rounds.map(({ postgresCpuSeconds }) => postgresCpuSeconds));
  const generatorUs = perInquiryUs(rounds.map(({ inquiries }) => inquiries.cpuUs / 1_000_000));
  const latenciesMs = Float64Array.from(rounds.flatMap(({ inquiries }) => [...inquiries.latenciesMs])).sort();
  const ratio = inquiriesPerS / limit.twoProcesses;
  const signatureUs = 1_000_000 / limit.oneProcess;
  const pinnedPerS = pinned === undefined ? Number.NaN : ratePerS(pinned.rounds.map(({ inquiries }) => inquiries));
  const barePerS = ratePerS(rounds.map(({ bare }) => bare));
  const barePinnedPerS = pinned === undefined ? Number.NaN : ratePerS(pinned.rounds.map(({ bare }) => bare));
  const pinnedCount = sum((pinned?.rounds ?? []).map(({ inquiries }) => inquiries.count));
  const pinnedUs =
    (sum((pinned?.rounds ?? []).map(({ serverCpuSeconds }) => serverCpuSeconds)) / pinnedCount) * 1_000_000;
  const besideUs = pinned === undefined ? serverUs - signatureUs : pinnedUs - pinned.signatureUs;
  const signatureShare = signatureUs / (serverUs + postgresUs + generatorUs);
  bench.say(
    formatTable([
      ["limit, two processes", `${Math.round(limit.twoProcesses)} signatures/s`],
      ["limit, one process", `${Math.round(limit.oneProcess)} signatures/s`],
      ["inquiries", `${Math.round(inquiriesPerS)}/s, ${round(ratio)} of the limit`],
      [
        "latency, 64 connections",
        `${round(percentile(latenciesMs, 0.5))} ms median, ${round(percentile(latenciesMs, 0.99))} ms 99 %`,
      ],
      ["processor time, server", `${Math.round(serverUs)} µs an inquiry`],
      ["processor time, PostgreSQL", `${Math.round(postgresUs)} µs an inquiry`],
      ["processor time, generator", `${Math.round(generatorUs)} µs an inquiry`],
      ["of all that, one signature", `${Math.round(signatureUs)} µs, ${round(signatureShare)}`],
      [
        "server on one core",
        pinned === undefined
          ? "not measured: needs two cores and taskset"
          : `${Math.round(pinnedPerS)}/s, ${round(pinnedPerS / pinned.limit)} of ${Math.round(pinned.limit)} signatures/s`,
      ],
      ["beside one signature", `${Math.round(besideUs)} µs of the server's processor time`],
      [
        "bare node:http, one core",
        pinned === undefined
          ? "not measured"
          : `${Math.round(barePinnedPerS)}/s, ${round(barePinnedPerS / pinned.limit)} of the limit; the gateway has ${round(pinnedPerS / barePinnedPerS)} of it`,
      ],
      [
        "bare node:http, two cores",
        `${Math.round(barePerS)}/s, ${round(barePerS / limit.twoProcesses)} of the limit; the gateway has ${round(inquiriesPerS / barePerS)} of it`,
      ],
      [
        "naive service",
        `${Math.round(ratePerS([naive]))}/s, ${round(ratePerS([naive]) / inquiriesPerS)} of the gateway`,
      ],
      ["repeats", `${Math.round(repeatsPerS)}/s, ${round(repeatsPerS / inquiriesPerS)} times the inquiries`],
      ["checked", `${summary.answered} answers and as many rows, ${summary.verifiedSignatures} signatures`],
    ]),
  );
  return {
    inquiries_per_s: round(inquiriesPerS),
    cpu_us_per_inquiry: round(serverUs),
    ratio_two_cores: round(ratio),
    ...(pinned === undefined
      ? {}
      : {
          ratio_one_core: round(pinnedPerS / pinned.limit),
          bare_one_core: round(barePinnedPerS / pinned.limit),
          fraction_of_bare: round(pinnedPerS / barePinnedPerS),
        }),
    bare_two_cores: round(barePerS / limit.twoProcesses),
    cpu_us_beside_signature: round(besideUs),
    naive_fraction: round(ratePerS([naive]) / inquiriesPerS),
    p50_ms: round(percentile(latenciesMs, 0.5)),
    p99_ms: round(percentile(latenciesMs, 0.99)),
    repeat_factor: round(repeatsPerS / inquiriesPerS),
    result_hash: summary.hash,
  };
}

function describeRound({ inquiries, repeats }: Round): string {
  return `${Math.round(ratePerS([inquiries]))} inquiries/s, ${Math.round(ratePerS([repeats]))} repeats/s`;
}

function ratePerS(loads: readonly Sent[]): number {
  return (sum(loads.map(({ count }) => count)) / sum(loads.map(({ elapsedMs }) => elapsedMs))) * 1_000;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

await runBenchmark("inquiry", benchLimitMs, measure);

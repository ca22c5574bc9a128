/**
 * How near does a feedback file come to what bounds it? PostgreSQL must store the rows in any case, so the limit is
 * `psql \copy` of the same rows into an identical table on the same server, measured beside each upload.
 */
import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { columns, feedbackFile } from "./feedback/data.ts";
import { watchMemory } from "./feedback/memory.ts";
import { uploadFile } from "./feedback/upload.ts";
import { type Postgres, startPostgres } from "./support/postgres.ts";
import { type Bench, type Result, runBenchmark } from "./support/run.ts";
import { startServer } from "./support/server.ts";
import { formatTable, mean, round } from "./support/table.ts";

const full = { records: 370_000, rounds: 3 };
const small = { records: 10_000, rounds: 1 };
const benchLimitMs = 15 * 60_000;

interface Round {
  readonly copyS: number;
  readonly copyMergeS: number;
  readonly firstS: number;
  readonly againS: number;
  /** The same file but for one amount. */
  readonly changedS: number;
}

async function measure(bench: Bench): Promise<Result> {
  const records =
    bench.options["records"] === undefined ? (bench.small ? small : full).records : Number(bench.options["records"]);
  const { rounds: count } = bench.small ? small : full;
  const postgres = await startPostgres(bench);
  const server = await startServer(bench, {
    DATABASE_URL: postgres.url,
    KAIMEN_BODY_LIMIT_MB: "400",
    KAIMEN_SCORE_WAIT_MS: "0",
    KAIMEN_BODY_TIMEOUT_MS: "600000",
  });
  const upload = (variant: number, change: (file: Buffer) => void = () => {}): Promise<number> => {
    const content = feedbackFile(records, variant);
    change(content);
    return uploadFile(server.sandbox, { content, records, columns });
  };
  await uploadFile(server.sandbox, { content: feedbackFile(1_000, 9), records: 1_000, columns });
  const memory = watchMemory(server.pid);
  bench.atEnd(async () => void memory.stop());
  const rows = join(tmpdir(), `kaimen-bench-rows-${process.pid}.copy`);
  bench.atEnd(() => rm(rows, { force: true }));
  const rounds: Round[] = [];
  for (let variant = 0; variant < count; variant += 1) {
    const firstS = await upload(variant);
    await untilScored(postgres);
    const { copyS, copyMergeS } = await measureLimit(postgres, rows, `LOAN-2025-V${variant}-%`);
    const againS = await upload(variant);
    const changedS = await upload(variant, changeOneAmount);
    rounds.push({ copyS, copyMergeS, firstS, againS, changedS });
    bench.say(
      `round ${rounds.length}: \\copy ${round(copyS)} s, \\copy and merge ${round(copyMergeS)} s, new ${round(firstS)} s, again ${round(againS)} s, with one amount changed ${round(changedS)} s`,
    );
    await untilScored(postgres);
  }
  const peakMb = memory.stop();
  await expectRows(postgres, records * count + 1_000);
  return report(bench, records, rounds, peakMb);
}

function changeOneAmount(file: Buffer): void {
  const marker = '"create_amt":"';
  file.write("9", file.lastIndexOf(marker) + marker.length);
}

/** The same rows, in the file's order, by psql: into an identical table; and into a bare one, then merged into an identical one. */
async function measureLimit(
  postgres: Postgres,
  path: string,
  orders: string,
): Promise<{ copyS: number; copyMergeS: number }> {
  await psql(
    postgres,
    `\\copy (select * from feedback_record where order_no like '${orders}' order by order_no, month) to '${path}'`,
  );
  await postgres.query("drop table if exists limit_copy, limit_bare, limit_merge");
  await postgres.query("create table limit_copy (like feedback_record including all)");
  await postgres.query("create table limit_merge (like feedback_record including all)");
  await postgres.query("create table limit_bare (like feedback_record including defaults)");
  const copyS = await timed(() => psql(postgres, `\\copy limit_copy from '${path}'`));
  const copyMergeS = await timed(async () => {
    await psql(postgres, `\\copy limit_bare from '${path}'`);
    await psql(
      postgres,
      `insert into limit_merge as record select distinct on (bucket, person_id, merchant_id, record_id) * from limit_bare
       order by bucket, person_id, merchant_id, record_id
       on conflict (bucket, person_id, merchant_id, record_id) do update set fed_back_at = excluded.fed_back_at
       where record.create_amt_fen is distinct from excluded.create_amt_fen`,
    );
  });
  await postgres.query("drop table limit_copy, limit_bare, limit_merge");
  await writeFile(path, "");
  return { copyS, copyMergeS };
}

async function psql(postgres: Postgres, command: string): Promise<void> {
  await promisify(execFile)("psql", [postgres.url, "-v", "ON_ERROR_STOP=1", "-q", "-c", command]);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

/** Nobody waits to be scored: the next measurement has the machine to itself. */
async function untilScored(postgres: Postgres): Promise<void> {
  for (let waited = 0; waited < 600; waited += 1) {
    const [row] = await postgres.query<{ left: number }>("select count(*)::int as left from rescore_mark");
    if (row?.left === 0) break;
    await new Promise((settle) => setTimeout(settle, 200));
  }
  await postgres.query("checkpoint");
}

async function expectRows(postgres: Postgres, expected: number): Promise<void> {
  const [row] = await postgres.query<{ rows: number }>(
    "select count(*)::int as rows from feedback_record where order_no like 'LOAN-2025-V%'",
  );
  if (row?.rows !== expected) throw new Error(`${expected} records sent, ${row?.rows} stored`);
}

function report(bench: Bench, records: number, rounds: readonly Round[], peakMb: number): Result {
  const sum = (pick: (each: Round) => number): number => mean(rounds.map(pick));
  const [copyS, copyMergeS, firstS] = [
    sum((each) => each.copyS),
    sum((each) => each.copyMergeS),
    sum((each) => each.firstS),
  ];
  const [againS, changedS] = [sum((each) => each.againS), sum((each) => each.changedS)];
  bench.say(
    formatTable([
      ["records a file", String(records)],
      ["psql \\copy", `${round(copyS)} s`],
      ["psql \\copy and merge", `${round(copyMergeS)} s`],
      ["new records, validated, hashed, sealed", `${round(firstS)} s, ${Math.round(records / firstS)}/s`],
      ["the same file again", `${round(againS)} s`],
      ["the same file but for one amount", `${round(changedS)} s`],
      ["memory above idle at its peak", `${Math.round(peakMb)} MB`],
    ]),
  );
  return {
    records,
    records_per_s: Math.round(records / firstS),
    ratio_copy: round(copyS / firstS),
    ratio_copy_merge: round(copyMergeS / firstS),
    ratio_reupload: round(firstS / againS),
    ratio_reupload_changed: round(firstS / changedS),
    peak_rss_above_idle_mb: Math.round(peakMb),
  };
}

await runBenchmark("feedback", benchLimitMs, measure, ["records"]);

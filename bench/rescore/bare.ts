import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench } from "../support/run.ts";

/** The package is the benchmark's alone: installed in a temporary directory, at this version. */
const duckdbPackage = "@duckdb/node-api@1.5.6-r.1";

/** The aggregates that such a card needs, by person and nothing more: what any way of scoring must at least compute. */
export function bareAggregates(engine: "postgresql" | "duckdb", asOf: number): string {
  const within = (most: number, least = 0): string => `filter (where age between ${least} and ${most})`;
  const aggregates = [
    ...[1, 3, 6, 12].map((most) => `max(overdue_cnt) ${within(most)}`),
    `bit_or(1 << age) ${within(24)}`,
    `bit_or(1 << age) filter (where age <= 24 and overdue_cnt >= 1)`,
    `bit_or(1 << age) filter (where age <= 24 and overdue_cnt >= 2)`,
    `sum(overdue_cnt * power(0.7::double precision, age)) ${within(24)}`,
    "max(age)",
    "min(age)",
    `sum(create_amt_fen) ${within(1)}`,
    `sum(create_amt_fen) ${within(6)}`,
    `count(create_amt_fen) ${within(6)}`,
    `sum(create_amt_fen) ${within(6, 2)}`,
    `max(create_amt_fen) ${within(6)}`,
    `sum(pay_amt_fen) ${within(1)}`,
    `sum(create_amt_fen) ${within(2, 2)}`,
    `sum(pay_amt_fen) ${within(5)}`,
    `sum(pay_amt_fen) ${within(3)}`,
    `min(pay_amt_fen) ${within(6)}`,
    `max(credit_limit_fen)`,
    `sum(create_amt_fen) ${within(3)}`,
    `sum(credit_limit_fen) ${within(3)}`,
  ].map((sql, index) => `${sql} as a${index}`);
  const age = engine === "postgresql" ? `${asOf} - month` : `(${asOf} - month)::integer`;
  // Each of them is used: what nobody reads, the planner leaves out.
  return `select count(*), ${aggregates.map((_sql, index) => `sum(a${index})`).join(", ")} from (
    select bucket, person_id, ${aggregates.join(", ")}
    from (select *, ${age} as age from feedback_record where month between ${asOf} - 60 and ${asOf}) recorded group by bucket, person_id
  ) summarised`;
}

/** Seconds that psql takes for it, the connection included. */
export async function bareInPsql(url: string, settings: string, sql: string): Promise<number> {
  const start = performance.now();
  await output("psql", ["--no-psqlrc", "--quiet", "--tuples-only", "--command", sql, url], {
    ...process.env,
    PGOPTIONS: settings,
  });
  return (performance.now() - start) / 1_000;
}

/** Seconds that DuckDB takes for it over its own table of the same rows. */
export async function bareDuckdb(bench: Bench, url: string, sql: string): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "kaimen-bench-duckdb-"));
  bench.atEnd(() => rm(directory, { recursive: true, force: true }));
  await output(
    "npm",
    ["install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", directory, duckdbPackage],
    process.env,
  );
  const rows = join(directory, "rows.csv");
  const columns = "bucket, person_id, month, overdue_cnt, create_amt_fen, pay_amt_fen, credit_limit_fen";
  await output(
    "psql",
    [
      "--no-psqlrc",
      "--quiet",
      "--command",
      `\\copy (select ${columns} from feedback_record) to '${rows}' with (format csv, header)`,
      url,
    ],
    process.env,
  );
  // Typed by hand: the package is there only while this benchmark runs.
  const { DuckDBInstance } = createRequire(join(directory, "package.json"))("@duckdb/node-api") as {
    DuckDBInstance: { create(path: string): Promise<{ connect(): Promise<{ run(sql: string): Promise<unknown> }> }> };
  };
  const connection = await (await DuckDBInstance.create(join(directory, "rows.duckdb"))).connect();
  await connection.run(`create table feedback_record as select * from read_csv('${rows}', header = true)`);
  const start = performance.now();
  await connection.run(sql);
  return (performance.now() - start) / 1_000;
}

async function output(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
  return text;
}

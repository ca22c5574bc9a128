import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Bench } from "./run.ts";

const debianPackages = "/usr/lib/postgresql";
const oldestVersion = 15;
const startLimitMs = 30_000;

export interface Postgres {
  readonly url: string;
  /** The postmaster's, whose children do the work. */
  readonly pid: number;
  query<R extends pg.QueryResultRow>(sql: string): Promise<R[]>;
}

/**
 * A private PostgreSQL from Debian's package, as the package configures it: above all, a commit waits for the disk.
 * It listens on 127.0.0.1, trusts everybody, and is gone with all its files when the benchmark ends.
 */
export async function startPostgres(bench: Bench): Promise<Postgres> {
  const programs = newestPrograms();
  const owner = serverUser();
  const directory = await mkdtemp(join(tmpdir(), "kaimen-bench-postgres-"));
  bench.atEnd(() => rm(directory, { recursive: true, force: true }));
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(directory, owner.uid, owner.gid);
  const data = join(directory, "data");
  await createCluster(join(programs, "initdb"), data, owner);

  const port = await freePort();
  const server = [
    join(programs, "postgres"),
    "-D",
    data,
    "-k",
    directory,
    "-p",
    String(port),
    "-c",
    "listen_addresses=127.0.0.1",
  ];
  const warden = spawn("/bin/sh", ["-c", wardenScript, "warden", directory, ...server], {
    ...owner,
    cwd: "/",
    stdio: ["pipe", "pipe", "ignore"],
  });
  bench.atEnd(async () => {
    const ended = warden.exitCode === null ? once(warden, "exit") : undefined;
    warden.stdin.end();
    await ended;
  });
  const pid = Number((await once(createInterface(warden.stdout), "line"))[0]);
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  await untilReady(url);
  return { url, pid, query: (sql) => runSql(url, sql) };
}

/**
 * A shell stands between us and the server and reads its standard input, which ends when we close it and also when
 * this process is killed. Then the shell stops the server and removes the directory.
 */
const wardenScript = `
trap '' INT TERM HUP
directory=$1; shift
"$@" >/dev/null 2>"$directory/log" &
server=$!
echo $server
cat >/dev/null
kill -INT $server 2>/dev/null
wait $server
rm -rf "$directory"
`;

function newestPrograms(): string {
  const versions = existsSync(debianPackages) ? readdirSync(debianPackages).map(Number) : [];
  const newestFirst = versions.filter((version) => version >= oldestVersion).toSorted((a, b) => b - a);
  const folders = newestFirst.map((version) => join(debianPackages, String(version), "bin"));
  const programs = folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
  if (programs === undefined) {
    throw new Error(
      `no PostgreSQL ${oldestVersion} or newer in ${debianPackages}; on Debian: apt-get install postgresql`,
    );
  }
  return programs;
}

interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root, so root runs it as the package's user. */
function serverUser(): Owner {
  if (process.getuid?.() !== 0) return {};
  const entry = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"));
  if (entry === null) throw new Error("as root this needs the user postgres, which Debian's package creates");
  return { uid: Number(entry[1]), gid: Number(entry[2]) };
}

async function createCluster(initdb: string, data: string, owner: Owner): Promise<void> {
  // --no-sync: only the creation goes unsynced; the server that runs afterwards syncs.
  const options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"];
  const child = spawn(initdb, ["-D", data, ...options], { ...owner, cwd: "/", stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (chunk) => (complaint += chunk));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`initdb failed: ${complaint}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server has an address with a port");
  return address.port;
}

async function untilReady(url: string): Promise<void> {
  const deadline = performance.now() + startLimitMs;
  for (;;) {
    try {
      await runSql(url, "select 1");
      return;
    } catch (error) {
      if (performance.now() > deadline) throw new Error("PostgreSQL did not start in time", { cause: error });
      await sleep(50);
    }
  }
}

async function runSql<R extends pg.QueryResultRow>(url: string, sql: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {}); // What fails is told by the query itself.
  try {
    await client.connect();
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}

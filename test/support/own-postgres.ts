import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";

const debianPackages = "/usr/lib/postgresql";
const oldestVersion = 15;
const startTimeoutMs = 30_000;

export interface PostgresCluster {
  /** The cluster's own database, `postgres`; tests that write had better create theirs. */
  readonly url: string;
  /** The postmaster's process. */
  readonly pid: number;
  /** Creates an empty database and resolves to its URL. */
  createDatabase(): Promise<string>;
  /** Stops the server and removes its files; one that is shared goes on. */
  stop(): Promise<void>;
}

/**
 * Starts a private PostgreSQL from Debian's package: on 127.0.0.1 and a socket in a temporary directory, trusting
 * everybody, with fsync on unless `settings` say otherwise. It ends with this process, however that ends. Undefined when
 * the machine has none, which CI does not accept.
 */
export async function startOwnPostgres(settings: readonly string[] = []): Promise<PostgresCluster | undefined> {
  const programs = newestPrograms();
  if (programs === undefined) {
    const missing = `no PostgreSQL >= ${oldestVersion} in ${debianPackages}`;
    const note = `${missing}: what needs one is skipped (apt-get install postgresql)`;
    if (process.env["CI"] === "true") throw new Error(note);
    console.warn(note);
    return undefined;
  }
  const owner = serverUser();
  const directory = await mkdtemp(join(tmpdir(), "kaimen-postgres-"));
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(directory, owner.uid, owner.gid);
  const data = join(directory, "data");
  await createCluster(join(programs, "initdb"), data, owner);
  const port = await freePort();
  const server = spawnServer(join(programs, "postgres"), { directory, data, port, owner, settings });
  const pid = Number((await once(createInterface(server.stdout), "line"))[0]);
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  try {
    await untilReady(url);
  } catch (error) {
    server.stdin.end();
    throw error;
  }
  return {
    url,
    pid,
    createDatabase: () => createDatabase(url),
    async stop() {
      const ended = server.exitCode === null ? once(server, "exit") : undefined;
      server.stdin.end();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Creates a database beside the one of `url`, empty or as a copy of another, and resolves to its URL. */
export async function createDatabase(url: string, copyOf = "template1"): Promise<string> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await runSql(url, `CREATE DATABASE ${name} TEMPLATE ${copyOf}`);
  return url.replace(/postgres$/, name);
}

function newestPrograms(): string | undefined {
  if (!existsSync(debianPackages)) return undefined;
  const versions = readdirSync(debianPackages).map(Number);
  const usable = versions.filter((version) => version >= oldestVersion).sort((a, b) => b - a);
  const programs = usable.map((version) => join(debianPackages, String(version), "bin"));
  return programs.find((directory) => existsSync(join(directory, "initdb")) && existsSync(join(directory, "postgres")));
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

/**
 * A shell stands between us and the server and reads its standard input: it ends when we close it, and also when
 * this process is killed, and then the shell stops the server and removes the directory.
 */
const warden = `
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

interface ServerOptions {
  readonly directory: string;
  readonly data: string;
  readonly port: number;
  readonly owner: Owner;
  readonly settings: readonly string[];
}

function spawnServer(postgres: string, { directory, data, port, owner, settings }: ServerOptions) {
  const given = ["listen_addresses=127.0.0.1", ...settings].flatMap((setting) => ["-c", setting]);
  const server = [postgres, "-D", data, "-k", directory, "-p", String(port), ...given];
  return spawn("/bin/sh", ["-c", warden, "warden", directory, ...server], {
    ...owner,
    cwd: "/",
    stdio: ["pipe", "pipe", "ignore"],
  });
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
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    try {
      return await runSql(url, "SELECT 1");
    } catch (error) {
      if (Date.now() > deadline) throw new Error("PostgreSQL did not start in time", { cause: error });
      await sleep(50);
    }
  }
}

async function runSql(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end();
  }
}

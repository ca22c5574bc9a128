import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import type { PostgresCluster } from "./postgres-cluster.ts";

/** Stands between us and a server that was started anew: it stops the server when we close its input, or are gone. */
const warden = `
trap '' INT TERM HUP
"$@" >/dev/null 2>&1 &
server=$!
echo $server
cat >/dev/null
kill -INT $server 2>/dev/null
wait $server
`;

export interface CrashablePostgres {
  /** Kills the postmaster, whose children end by themselves. */
  kill(): void;
  /** Starts another on the same files, once nothing is left of the one that was killed. */
  start(): Promise<void>;
  /** Both. */
  crash(): Promise<void>;
  end(): Promise<void>;
}

/** A way to let a cluster crash, and to end what was started in its place. */
export async function crashable(running: PostgresCluster, url: string): Promise<CrashablePostgres> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const setting = async (name: string): Promise<string> =>
    (await client.query(`select current_setting('${name}') as value`)).rows[0].value;
  const [data, port, socket] = [
    await setting("data_directory"),
    await setting("port"),
    await setting("unix_socket_directories"),
  ];
  await client.end();
  const program = `${readFileSync(`${data}/postmaster.opts`, "utf8").split(" ")[0]}`;
  const entry = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"));
  const owner = process.getuid?.() === 0 ? { uid: Number(entry?.[1]), gid: Number(entry?.[2]) } : {};
  let pid = running.pid;
  const answers = async (): Promise<boolean> => {
    const probe = new Client({ connectionString: url });
    probe.on("error", () => {});
    return probe.connect().then(
      () => probe.end().then(() => true),
      () => false,
    );
  };
  const lives = (): boolean => {
    try {
      return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
    } catch {
      return false; // It may be gone between any two looks.
    }
  };
  let closeWarden = (): void => undefined;
  const start = async (): Promise<void> => {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const server = [program, "-D", data, "-k", socket, "-p", port, "-c", "listen_addresses=127.0.0.1"];
      const shell = spawn("/bin/sh", ["-c", warden, "warden", ...server], {
        ...owner,
        cwd: "/",
        stdio: ["pipe", "pipe", "ignore"],
      });
      closeWarden = () => shell.stdin.end();
      pid = Number((await once(createInterface(shell.stdout), "line"))[0]);
      while (lives()) {
        if (await answers()) return;
        await delay(50);
      }
      closeWarden(); // The killed one's children still held its shared memory.
      await delay(100);
    }
    throw new Error("PostgreSQL does not start again");
  };
  const kill = (): void => {
    process.kill(pid, "SIGKILL");
    closeWarden();
  };
  return {
    kill,
    start,
    async crash() {
      kill();
      await start();
    },
    async end() {
      if (pid === running.pid || !lives()) return;
      closeWarden();
      while (lives()) await delay(50);
    },
  };
}

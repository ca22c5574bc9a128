import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import type { PostgresCluster } from "./postgres-cluster.ts";

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
  const setting = async (name: string): Promise<string> => (await client.query(`select current_setting('${name}') as value`)).rows[0].value;
  const [data, port, socket] = [await setting("data_directory"), await setting("port"), await setting("unix_socket_directories")];
  await client.end();
  const program = `${readFileSync(`${data}/postmaster.opts`, "utf8").split(" ")[0]}`;
  const entry = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"));
  const owner = process.getuid?.() === 0 ? { uid: Number(entry?.[1]), gid: Number(entry?.[2]) } : {};
  let pid = running.pid;
  const answers = async (): Promise<boolean> => {
    const probe = new Client({ connectionString: url });
    probe.on("error", () => {});
    return probe.connect().then(() => probe.end().then(() => true), () => false);
  };
  const start = async (): Promise<void> => {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const server = spawn(program, ["-D", data, "-k", socket, "-p", port, "-c", "listen_addresses=127.0.0.1"], { ...owner, cwd: "/", stdio: "ignore" });
      const gone = once(server, "exit");
      pid = server.pid ?? 0;
      while (server.exitCode === null && server.signalCode === null) {
        if (await answers()) return;
        await delay(50);
      }
      await gone; // The killed one's children still held its shared memory.
      await delay(100);
    }
    throw new Error("PostgreSQL does not start again");
  };
  const kill = (): void => void process.kill(pid, "SIGKILL");
  return {
    kill,
    start,
    async crash() {
      kill();
      await start();
    },
    async end() {
      if (pid === running.pid || !existsSync(`/proc/${pid}`)) return;
      process.kill(pid, "SIGINT");
      while (existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z")) await delay(50);
    },
  };
}

import { type ChildProcess, fork } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";
import type { Bench } from "../support/run.ts";

/** A program that answers the same requests otherwise, to be measured beside the gateway. */
export interface Peer {
  readonly pid: number;
  readonly address: string;
}

/** What such a service commonly looks like, on the same database server. */
export function startNaive(bench: Bench, databaseUrl: string, sandbox: SandboxFile): Promise<Peer> {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const appPublicPem = `-----BEGIN PUBLIC KEY-----\n${sandbox.app_public_key}\n-----END PUBLIC KEY-----\n`;
  return startPeer(bench, "naive-server.js", {
    DATABASE_URL: databaseUrl,
    APP_PUBLIC_PEM: appPublicPem,
    PRIVATE_PEM: privateKey,
  });
}

/** The least that an answer costs in Node. */
export function startBare(bench: Bench, signingThreads: number): Promise<Peer> {
  return startPeer(bench, "bare-server.js", { UV_THREADPOOL_SIZE: String(signingThreads) });
}

async function startPeer(bench: Bench, program: string, environment: Record<string, string>): Promise<Peer> {
  const child: ChildProcess = fork(fileURLToPath(new URL(program, import.meta.url)), {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { ...process.env, ...environment },
  });
  bench.atEnd(async () => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
    child.kill("SIGKILL"); // It holds nothing that would have to be put away.
    await ended;
  });
  const [address] = (await once(child, "message")) as [AddressInfo]; // Sent by the peer only.
  return { pid: child.pid ?? 0, address: `http://127.0.0.1:${address.port}/gateway.do` };
}

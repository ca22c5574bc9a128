import { type ChildProcess, fork } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";
import type { Bench } from "../support/run.ts";

/** Starts the naive service beside the gateway, on the same database server, and gives its address. */
export async function startNaive(bench: Bench, databaseUrl: string, sandbox: SandboxFile): Promise<string> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048, privateKeyEncoding: { type: "pkcs8", format: "pem" }, publicKeyEncoding: { type: "spki", format: "pem" } });
  const appPublicPem = `-----BEGIN PUBLIC KEY-----\n${sandbox.app_public_key}\n-----END PUBLIC KEY-----\n`;
  const child: ChildProcess = fork(fileURLToPath(new URL("naive-server.js", import.meta.url)), {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    env: { ...process.env, DATABASE_URL: databaseUrl, APP_PUBLIC_PEM: appPublicPem, PRIVATE_PEM: privateKey },
  });
  bench.atEnd(async () => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
    child.kill("SIGKILL"); // It holds nothing that would have to be put away.
    await ended;
  });
  const [address] = (await once(child, "message")) as [AddressInfo]; // Sent by naive-server.ts only.
  return `http://127.0.0.1:${address.port}/gateway.do`;
}

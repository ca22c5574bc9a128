import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * How many RSA-2048 signatures a second this machine makes at all: what `openssl speed` says, with as many processes
 * as asked. One answer costs one signature, so no gateway on the same cores can be faster. By the clock on the wall, as
 * the load is measured: on a busy machine, processor time would make the limit look higher than what is there to be had.
 * By `processor` time where it is compared with processor time.
 */
export async function measureRsaLimit(
  options: { processes: number; seconds: number; by?: undefined } | { seconds: number; by: "processor" },
): Promise<number> {
  // Several processes are always timed by the wall; one alone may be timed by its own work.
  const timing = options.by === undefined ? ["-elapsed", "-multi", String(options.processes)] : [];
  const words = ["speed", "-seconds", String(options.seconds), ...timing, "rsa2048"];
  // It measures verifying after signing, and newer versions two more things, each as long.
  const limitMs = (options.seconds * 6 + 30) * 1_000;
  const { stdout } = await promisify(execFile)("openssl", words, { timeout: limitMs }).catch((error: unknown) => {
    throw new Error("openssl speed failed; this benchmark needs the openssl command", { cause: error });
  });
  return signaturesPerSecond(stdout);
}

/** Finds the column: OpenSSL 3.0 prints `sign verify sign/s verify/s` above the numbers, 3.2 has more of them. */
function signaturesPerSecond(output: string): number {
  const lines = output.split("\n");
  const names =
    lines
      .find((line) => line.includes("sign/s"))
      ?.trim()
      .split(/\s+/) ?? [];
  const numbers =
    lines
      .find((line) => /^rsa\s+2048 bits/.test(line))
      ?.replace(/^rsa\s+2048 bits\s+/, "")
      .split(/\s+/) ?? [];
  const value = Number(numbers[names.indexOf("sign/s")]);
  if (!(value > 0)) throw new Error(`openssl speed printed no sign/s:\n${output}`);
  return value;
}

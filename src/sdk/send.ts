import { type Bytes, readStream } from "./bytes.ts";
import { CallError, type ClaimedRefusal } from "./call-error.ts";
import type { ClientConfig } from "./config.ts";
import type { Body } from "./signed-body.ts";

/** No reply of the protocol is nearly as long. */
const replyLimitBytes = 8_388_608;

export interface Sending {
  readonly address: URL;
  readonly body: Body;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly fetch: ClientConfig["fetch"];
}

export interface RawReply {
  readonly bytes: Bytes;
  readonly traceId: string | undefined;
  readonly httpStatus: number;
}

/**
 * Sends a call once, over a connection that is kept for the next where the platform's fetch keeps them, as Node's and
 * browsers' do. @throws CallError where no whole reply came.
 */
export async function sendOnce({ address, body, timeoutMs, signal, fetch }: Sending): Promise<RawReply> {
  const isAborted = (): boolean => signal?.aborted === true;
  if (isAborted()) throw abortedBy(signal);
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await (fetch ?? globalThis.fetch)(address.href, {
      method: "POST",
      headers: { "content-type": body.contentType, accept: "application/json" },
      body: body.bytes,
      // A signed call that is led elsewhere would hand its parameters to whoever is there.
      redirect: "error",
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    return {
      bytes: await readWhole(response),
      traceId: response.headers.get("trace_id") ?? undefined,
      httpStatus: response.status,
    };
  } catch (error) {
    if (error instanceof CallError) throw error;
    if (isAborted()) throw abortedBy(signal);
    if (timeout.aborted) throw new CallError("timeout", `no whole reply within ${timeoutMs} ms`, { cause: error });
    throw new CallError("network", `the gateway at ${address.origin} cannot be reached, or the connection broke`, {
      cause: error,
    });
  }
}

async function readWhole({ body }: Response): Promise<Bytes> {
  if (body === null) return new Uint8Array();
  return readStream(body, replyLimitBytes, () => {
    return new CallError("malformed", `the reply has more than ${replyLimitBytes} bytes`);
  });
}

/** Whether nobody knows what became of a call, or the gateway says that it could not answer just now. */
export function isWorthRepeating(error: CallError): boolean {
  if (error.reason === "http") return (error.httpStatus ?? 0) >= 500 || error.httpStatus === 429;
  return error.reason === "network" || error.reason === "timeout" || isBusy(error.claimed);
}

function isBusy(claimed: ClaimedRefusal | undefined): boolean {
  return claimed?.code === "20000";
}

/** A fifth of a second, then twice as long each time, up to five; up to half of it less, so that many do not come at once. */
export function pauseMs(repeat: number, random: number): number {
  return Math.min(200 * 2 ** repeat, 5_000) * (1 - random / 2);
}

export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) throw abortedBy(signal);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, ms);
    const end = (): void => {
      clearTimeout(timer);
      reject(abortedBy(signal));
    };
    signal?.addEventListener("abort", end, { once: true });
  });
}

function abortedBy(signal: AbortSignal | undefined): CallError {
  return new CallError("aborted", "the call was aborted by its signal", { cause: signal?.reason });
}

import { type BuiltCall, buildCall, type CallChange, type CallDraft } from "../../wire/call.ts";
import { readReply, type ReadReply } from "../../wire/reply.ts";
import type { CallKeys } from "./material.ts";

/** A call that was made, with everything there is to show of it. */
export interface MadeCall {
  readonly at: number;
  readonly draft: CallDraft;
  readonly built: BuiltCall;
  readonly reply: ReadReply;
  readonly status: number;
  readonly traceId: string | undefined;
  readonly tookMs: number;
  /** The sub_code that a mistake made on purpose has to be refused with. */
  readonly expected: string | undefined;
}

/** Nothing came back: the gateway is not there, or a proxy between gave up. */
export class NoReplyError extends Error {
  override readonly name = "NoReplyError";
}

const waitMs = 60_000;

export async function makeCall(
  draft: CallDraft,
  keys: CallKeys,
  { change, expected }: { change?: CallChange | undefined; expected?: string | undefined } = {},
): Promise<MadeCall> {
  return sendBuilt({ draft, built: await buildCall(draft, keys.privateKey, change), expected }, keys);
}

/** Sends the very same bytes, also a second time. The private key is in none of them. */
export async function sendBuilt(
  { draft, built, expected }: Pick<MadeCall, "draft" | "built" | "expected">,
  keys: CallKeys,
): Promise<MadeCall> {
  const at = Date.now();
  const began = performance.now();
  const response = await fetch("/gateway.do", {
    method: "POST",
    headers: { "content-type": built.contentType },
    body: built.body,
    credentials: "omit",
    signal: AbortSignal.timeout(waitMs),
  }).catch((error: unknown) => {
    throw new NoReplyError(error instanceof Error ? error.message : "");
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const tookMs = performance.now() - began;
  const { charset, signType, encryption } = draft;
  const publicKey = keys.alipayPublicKey === "" ? undefined : keys.alipayPublicKey;
  return {
    at,
    draft,
    built,
    reply: await readReply(bytes, { charset, signType, publicKey, encryption }),
    status: response.status,
    traceId: response.headers.get("trace_id") ?? undefined,
    tookMs,
    expected,
  };
}

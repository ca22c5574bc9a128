import { setTimeout as delay } from "node:timers/promises";
import { beijingTime, systemClock } from "../../clock.ts";
import { IrregularFile, recordBlocks } from "../../feedback/reading/record-blocks.ts";
import { rawRecordAt } from "../../feedback/reading/read-exactly.ts";
import type { Charset } from "../../protocol/charset.ts";
import { signParameters } from "../../keys/signed-request.ts";
import { CommandError } from "../command-error.ts";
import type { MerchantAccess } from "../access/merchant-access.ts";

export interface FilePart {
  readonly content: Buffer;
  readonly records: number;
}

/**
 * Cuts a feedback file into files of at most so many bytes, at record boundaries and without decoding it. A file that
 * cannot be cut is one part: the gateway says what is wrong with it.
 */
export function splitFile(file: Buffer, charset: Charset, partBytes: number): FilePart[] {
  const parts: FilePart[] = [];
  let pieces: Buffer[] = [];
  let bytes = 0;
  let records = 0;
  const close = (): void => {
    if (records === 0) return;
    parts.push({ content: Buffer.concat([Buffer.from('{"records":['), ...pieces, Buffer.from("]}")]), records });
    pieces = [];
    bytes = 0;
    records = 0;
  };
  try {
    for (const block of recordBlocks(file, charset)) {
      const piece = file.subarray(block.start, block.end);
      if (bytes + piece.length > partBytes) close();
      if (pieces.length > 0) pieces.push(Buffer.from(","));
      pieces.push(piece);
      bytes += piece.length + 1;
      records += block.starts.length;
    }
  } catch (error) {
    if (error instanceof IrregularFile) return [{ content: file, records: 0 }];
    throw error;
  }
  close();
  return parts.length > 0 ? parts : [{ content: file, records: 0 }];
}

/** The columns of the first record, which the rest then have to have too. */
export function columnsOf(file: Buffer, charset: Charset): string[] {
  try {
    for (const block of recordBlocks(file, charset))
      return Object.keys(rawRecordAt({ file, charset }, block.starts[0] ?? 0) ?? {});
  } catch (error) {
    if (!(error instanceof IrregularFile)) throw error;
  }
  return [];
}

export interface PartAnswer {
  readonly code: string;
  readonly sub_code?: string;
  readonly sub_msg?: string;
  readonly batchId: string | undefined;
}

export interface SendOptions {
  readonly charset: string;
  readonly columns: string;
  readonly primaryKey: string;
  readonly description: string | undefined;
  readonly dryRun: boolean;
  readonly fileName: string;
}

const attempts = 4;
const firstPauseMs = 500;
const timeLimitMs = 10 * 60_000;

/** Sends a part, and again where it may not have arrived or the platform had a problem: a record sent twice is one record. */
export async function sendPart(access: MerchantAccess, part: FilePart, options: SendOptions): Promise<PartAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await sendOnce(access, part, options).catch((error: unknown) => error as Error); // fetch rejects with nothing else.
    const again = answer instanceof Error || answer.code === "20000" || answer.sub_code === "READ_OPENAPIFILE_ERROR";
    if (!again) return answer;
    if (attempt === attempts) {
      if (answer instanceof Error) throw new CommandError(`nothing answers at ${new URL(access.gatewayUrl).origin}`);
      return answer;
    }
    await delay(firstPauseMs * 2 ** attempt);
  }
}

async function sendOnce(access: MerchantAccess, part: FilePart, options: SendOptions): Promise<PartAnswer> {
  const signed = await signParameters(
    {
      app_id: access.appId,
      method: "zhima.data.batch.feedback",
      charset: "utf-8",
      timestamp: beijingTime(systemClock.now()),
      version: "1.0",
      file_type: "json_data",
      file_charset: options.charset,
      records: String(part.records),
      columns: options.columns,
      primary_key_columns: options.primaryKey,
      ...(options.description === undefined ? {} : { file_description: options.description }),
      ...(options.dryRun ? { biz_ext_params: '{"dry_run":"true"}' } : {}),
    },
    { privateKey: access.privateKey, signType: "RSA2" },
  );
  const form = new FormData();
  for (const [name, value] of signed) form.append(name, value);
  form.append("file", new Blob([new Uint8Array(part.content)]), options.fileName);
  const reply = await fetch(access.gatewayUrl, {
    method: "POST",
    body: form,
    signal: AbortSignal.timeout(timeLimitMs),
  });
  const answer = (await reply.json()) as Record<string, Omit<PartAnswer, "batchId">>; // The envelope of every reply.
  const node = answer["zhima_data_batch_feedback_response"] ?? answer["error_response"];
  if (node === undefined) throw new CommandError(`the server answered ${reply.status} and no reply of a gateway`);
  return { ...node, batchId: reply.headers.get("kaimen-batch-id") ?? undefined };
}

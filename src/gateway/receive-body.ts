import { createHash, type Hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { AsideFileWriter, closeAside, isAside } from "../keys/aside-file.ts";
import { gatewayRefusal } from "../protocol/gateway-errors.ts";
import type { FileContent, UploadedFile } from "../protocol/method-spec.ts";
import type { RawParameter } from "../protocol/parameters.ts";
import type { Refusal } from "../protocol/refusal.ts";
import type { BodyBudget } from "./body-budget.ts";
import type { Exchange } from "./exchange.ts";
import { type MultipartEvent, MultipartReader } from "./multipart.ts";

/** A file up to this length stays in memory; a longer one is put aside while it arrives. */
const heldBytes = 1024 * 1024;

/** Parameters without a file: what biz_content may hold, with every byte percent-encoded, and some more. */
export const formLimitBytes = 4 * 1024 * 1024;

export interface BodyLimits {
  readonly bodyLimitBytes: number;
  readonly bodyBudget: BodyBudget;
}

/** Whether this body comes in parts, of which one may be a file. */
export function isMultipart({ headers }: IncomingMessage): boolean {
  return /^\s*multipart\/form-data\b/i.test(headers["content-type"] ?? "");
}

/** Takes a body in parts as it comes, so that no more of a file than a piece is in memory. */
export async function receiveMultipart(exchange: Exchange, limits: BodyLimits): Promise<Refusal | undefined> {
  const { http } = exchange;
  const reader = MultipartReader.of(http.headers["content-type"] ?? "");
  const digests = digestsAskedFor(http);
  const parts = new Parts();
  let ownFault: unknown;
  try {
    for await (const piece of http.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (exchange.bodyTaken + piece.length > limits.bodyLimitBytes || !limits.bodyBudget.take(piece.length)) {
        await parts.discard();
        return gatewayRefusal("isv.invalid-file-size");
      }
      exchange.bodyTaken += piece.length;
      for (const digest of digests.values()) digest.update(piece);
      for (const event of reader?.push(piece) ?? []) {
        await parts.take(event).catch((error: unknown) => {
          ownFault = error;
          throw error;
        });
        if (parts.textBytes > formLimitBytes) {
          await parts.discard();
          return gatewayRefusal("isv.invalid-file-size");
        }
      }
    }
  } catch (error) {
    await parts.discard();
    // A disk that is full is no fault of the client's, however much of the body is still to come.
    if (error === ownFault) throw error;
    // The client went away or took too long; there is nobody to answer, but the pipeline ends as for any other refusal.
    if (http.errored !== null || !http.complete) return gatewayRefusal("isv.upload-fail");
    throw error;
  }
  if (reader?.isDone === true) exchange.multipart = { fields: parts.fields, files: parts.files };
  else await parts.discard();
  exchange.digests = new Map([...digests].map(([algorithm, digest]) => [algorithm, digest.digest("base64")]));
  return undefined;
}

/** Gives back what the files of a body hold on the disk. */
export async function closeFiles(files: readonly UploadedFile[]): Promise<void> {
  for (const { content } of files) if (isAside(content)) await closeAside(content);
}

function digestsAskedFor({ headers }: IncomingMessage): Map<string, Hash> {
  const asked = [...(headers["content-md5"] === undefined ? [] : ["md5"]), ...(headers["digest"] === undefined ? [] : ["sha256"])];
  return new Map(asked.map((algorithm) => [algorithm, createHash(algorithm)]));
}

/** The parts as they come. */
class Parts {
  readonly fields: RawParameter[] = [];
  readonly files: (UploadedFile & { name: string })[] = [];
  /** Of all fields together. */
  textBytes = 0;
  #name = "";
  #filename: string | undefined;
  #pieces: Uint8Array[] = [];
  #held = 0;
  #aside: AsideFileWriter | undefined;

  async take(event: MultipartEvent): Promise<void> {
    if (event.kind === "part") this.#begin(event.name, event.filename);
    else if (event.kind === "content") await this.#add(event.bytes);
    else await this.#end();
  }

  #begin(name: string, filename: string | undefined): void {
    this.#name = name;
    this.#filename = filename;
    this.#pieces = [];
    this.#held = 0;
  }

  async #add(bytes: Uint8Array): Promise<void> {
    if (this.#filename === undefined) this.textBytes += bytes.length;
    if (this.#aside !== undefined) return this.#aside.write(bytes);
    this.#pieces.push(bytes);
    this.#held += bytes.length;
    if (this.#filename === undefined || this.#held <= heldBytes) return;
    this.#aside = await AsideFileWriter.create();
    for (const piece of this.#pieces) await this.#aside.write(piece);
    this.#pieces = [];
  }

  async #end(): Promise<void> {
    if (this.#filename === undefined) {
      this.fields.push({ name: this.#name, value: Buffer.concat(this.#pieces, this.#held).toString("latin1") });
    } else {
      const content: FileContent = this.#aside === undefined ? Buffer.concat(this.#pieces, this.#held) : await this.#aside.finish();
      this.files.push({ name: this.#name, filename: this.#filename, content });
    }
    this.#aside = undefined;
    this.#pieces = [];
  }

  /** Nothing of it will be used. */
  async discard(): Promise<void> {
    await this.#aside?.discard();
    this.#aside = undefined;
    await closeFiles(this.files.splice(0));
  }
}

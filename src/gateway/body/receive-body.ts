import { createHash, type Hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { asideBufferBytes, AsideFileWriter, closeAside, isAside, pieceBytes } from "../../keys/aside-file.ts";
import { gatewayRefusal, type GatewayRefusal } from "../../protocol/gateway-errors.ts";
import type { FileContent, UploadedFile } from "../../protocol/method-spec.ts";
import type { RawParameter } from "../../protocol/parameters.ts";
import type { BodyHold } from "./body-budget.ts";
import type { Exchange } from "../exchange.ts";
import { type MultipartEvent, MultipartReader } from "./multipart.ts";
import type { GatewayParts } from "../parts.ts";
import { asByteText } from "../../protocol/byte-text.ts";

/** A file up to this length stays in memory; a longer one is put aside while it arrives. */
const heldBytes = 1024 * 1024;

/** Parameters without a file: what biz_content may hold, with every byte percent-encoded, and some more. */
export const formLimitBytes = 4 * 1024 * 1024;

/** Why a body is not taken. */
export type BodyRefusal = GatewayRefusal<"isv.invalid-file-size" | "isv.upload-fail" | "aop.unknow-error">;

/** The answer while too much is being sent at once: the published one after which a client sends its call again. */
export const noRoom = gatewayRefusal("aop.unknow-error", "系统繁忙：正在接收的数据过多，请稍后重试");

const lfAlone = gatewayRefusal(
  "isv.upload-fail",
  "文件上传失败：multipart正文的行须以CRLF（\\r\\n）结尾，收到的只有LF（\\n）",
);

/** Whether this body comes in parts, of which one may be a file. */
export function isMultipart({ headers }: IncomingMessage): boolean {
  return /^\s*multipart\/form-data\b/i.test(headers["content-type"] ?? "");
}

/** What the body holds of the room that all share, from its first byte on that is not its connection's own. */
export function holdOf(
  exchange: Exchange,
  { bodyBudget, addressOf }: Pick<GatewayParts, "bodyBudget" | "addressOf">,
): BodyHold {
  const { http } = exchange;
  exchange.hold ??= bodyBudget.hold(addressOf(http), () => http.destroy());
  return exchange.hold;
}

/** Takes a body in parts as it comes, so that no more of a file than a piece is in memory. */
export async function receiveMultipart(exchange: Exchange, shared: GatewayParts): Promise<BodyRefusal | undefined> {
  const { http } = exchange;
  const reader = MultipartReader.of(http.headers["content-type"] ?? "");
  const digests = digestsAskedFor(http);
  const parts = new Parts(() => holdOf(exchange, shared), exchange.ownBytes);
  let ownFault: unknown;
  try {
    for await (const piece of http.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      exchange.bodyTaken += piece.length;
      exchange.hold?.noteArrival(piece.length);
      if (exchange.bodyTaken > shared.config.bodyLimitBytes) {
        await parts.discard();
        return gatewayRefusal("isv.invalid-file-size");
      }
      for (const digest of digests.values()) digest.update(piece);
      const events = reader?.push(piece) ?? [];
      // Whatever else comes, there will be no body to judge.
      if (reader === undefined || reader.isBroken) {
        await parts.discard();
        return reader?.endsLinesInLf === true ? lfAlone : gatewayRefusal("isv.upload-fail");
      }
      for (const event of events) {
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
    if (error instanceof NoRoom) return noRoom;
    // A disk that is full is no fault of the client's, however much of the body is still to come.
    if (error === ownFault) throw error;
    // The client went away or took too long; there is nobody to answer, but the pipeline ends as for any other refusal.
    if (http.errored !== null || !http.complete) return gatewayRefusal("isv.upload-fail");
    throw error;
  }
  exchange.hold?.noteWhole();
  if (reader?.isDone === true) exchange.multipart = { fields: parts.fields, files: parts.files };
  else await parts.discard();
  exchange.digests = new Map([...digests].map(([algorithm, digest]) => [algorithm, digest.digest("base64")]));
  return undefined;
}

/** Gives back what the files of a body hold on the disk: all of them, whichever fails. Rejects with the first failure. */
export function closeFiles(files: readonly UploadedFile[]): Promise<void> {
  return settleAll(files.map(async ({ content }) => (isAside(content) ? closeAside(content) : undefined)));
}

async function settleAll(work: readonly (Promise<void> | undefined)[]): Promise<void> {
  const failure = (await Promise.allSettled(work)).find(({ status }) => status === "rejected");
  if (failure?.status === "rejected") throw failure.reason;
}

function digestsAskedFor({ headers }: IncomingMessage): Map<string, Hash> {
  const asked = [
    ...(headers["content-md5"] === undefined ? [] : ["md5"]),
    ...(headers["digest"] === undefined ? [] : ["sha256"]),
  ];
  return new Map(asked.map((algorithm) => [algorithm, createHash(algorithm)]));
}

/** Ends the receiving of a body for which there is no room. */
class NoRoom extends Error {}

/** The parts as they come. */
class Parts {
  readonly fields: RawParameter[] = [];
  readonly files: (UploadedFile & { name: string })[] = [];
  /** How many bytes all fields have together. */
  textBytes = 0;
  readonly #hold: () => BodyHold;
  readonly #ownBytes: number;
  #name = "";
  #filename: string | undefined;
  #pieces: Uint8Array[] = [];
  #held = 0;
  #aside: AsideFileWriter | undefined;
  /** How many bytes the parts that are whole take up in memory. */
  #keptBytes = 0;
  #sharedBytes = 0;
  #asideBytes = 0;
  #asideFiles = 0;

  constructor(hold: () => BodyHold, ownBytes: number) {
    this.#hold = hold;
    this.#ownBytes = ownBytes;
  }

  /** Rejects with NoRoom, and with what the disk says. */
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
    if (this.#aside !== undefined) return this.#write(this.#aside, bytes);
    this.#pieces.push(bytes);
    this.#held += bytes.length;
    this.#holdMemory(this.#held + this.#pieces.length * pieceBytes);
    if (this.#filename === undefined || this.#held <= heldBytes) return;
    if (!this.#hold().needs("files", this.#asideFiles + 1)) throw new NoRoom();
    this.#asideFiles += 1;
    this.#aside = await AsideFileWriter.create();
    for (const piece of this.#pieces) await this.#write(this.#aside, piece);
    this.#pieces = [];
    this.#holdMemory(asideBufferBytes);
  }

  async #write(aside: AsideFileWriter, bytes: Uint8Array): Promise<void> {
    this.#asideBytes += bytes.length;
    if (!this.#hold().needs("disk", this.#asideBytes)) throw new NoRoom();
    await aside.write(bytes);
  }

  /** `bytes`: of the part under way. */
  #holdMemory(bytes: number): void {
    const shared = Math.max(this.#keptBytes + bytes - this.#ownBytes, 0);
    if (shared === this.#sharedBytes) return;
    if (!this.#hold().needs("memory", shared)) throw new NoRoom();
    this.#sharedBytes = shared;
  }

  async #end(): Promise<void> {
    if (this.#filename === undefined) {
      const value = asByteText(Buffer.concat(this.#pieces, this.#held).toString("latin1"));
      this.fields.push({ name: asByteText(this.#name), value });
    } else {
      const content: FileContent =
        this.#aside === undefined ? Buffer.concat(this.#pieces, this.#held) : await this.#aside.finish();
      this.files.push({ name: this.#name, filename: this.#filename, content });
    }
    if (this.#aside === undefined) this.#keptBytes += this.#held + pieceBytes;
    this.#aside = undefined;
    this.#pieces = [];
    this.#holdMemory(0);
  }

  /** Gives back what the body holds on the disk: nothing of it will be used. */
  async discard(): Promise<void> {
    const aside = this.#aside;
    this.#aside = undefined;
    await settleAll([aside?.discard(), closeFiles(this.files.splice(0))]);
  }
}

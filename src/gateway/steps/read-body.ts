import { pieceBytes } from "../../keys/aside-file.ts";
import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import {
  type BodyRefusal,
  formLimitBytes,
  holdOf,
  isMultipart,
  noRoom,
  receiveMultipart,
} from "../body/receive-body.ts";
import { defineStep } from "../step.ts";
import { asByteText } from "../../protocol/byte-text.ts";

/**
 * The whole body, within the limits of size and time: a signature may come after the file it is sent with. A large file
 * of it lies on the disk.
 */
export const readBody = defineStep({
  refuses: ["isv.invalid-file-size", "isv.upload-fail"],
  async run(exchange, parts) {
    const { http, ownBytes } = exchange;
    const { bodyLimitBytes } = parts.config;
    const announced = Number(http.headers["content-length"] ?? 0);
    const inParts = isMultipart(http);
    const limit = inParts ? bodyLimitBytes : Math.min(bodyLimitBytes, formLimitBytes);
    if (announced > limit) return gatewayRefusal("isv.invalid-file-size");
    if (inParts) return receiveMultipart(exchange, parts);
    const chunks: Buffer[] = [];
    let length = 0;
    return new Promise<BodyRefusal | undefined>((resolve) => {
      const refuse = (refusal: BodyRefusal): void => {
        http.removeAllListeners("data").pause();
        chunks.length = 0; // The rest of the body may take a while yet.
        resolve(refusal);
      };
      http.on("data", (chunk: Buffer) => {
        length += chunk.length;
        if (length > limit) return refuse(gatewayRefusal("isv.invalid-file-size"));
        chunks.push(chunk);
        exchange.bodyTaken = length;
        exchange.hold?.noteArrival(chunk.length);
        const shared = length + chunks.length * pieceBytes - ownBytes;
        if (shared > 0 && !holdOf(exchange, parts).needs("memory", shared)) refuse(noRoom);
      });
      http.once("end", () => {
        exchange.hold?.noteWhole();
        const [first = Buffer.alloc(0)] = chunks;
        const body = chunks.length === 1 ? first : Buffer.concat(chunks, length);
        exchange.body = asByteText(body.toString("latin1"));
        resolve(undefined);
      });
      // The client went away or took too long; there is nobody to answer, but the pipeline ends as for any other refusal.
      http.on("error", () => resolve(gatewayRefusal("isv.upload-fail")));
      http.once("close", () => resolve(gatewayRefusal("isv.upload-fail")));
    });
  },
});

import { createHash } from "node:crypto";
import { gatewayRefusal } from "../../protocol/gateway-errors.ts";
import { defineStep } from "../step.ts";

/** A digest that came with the body is the body's: what was damaged on its way is not judged by its signature. */
export const checkDigest = defineStep({
  refuses: ["isv.invalid-digest"],
  run(exchange) {
    const { headers } = exchange.http;
    const md5 = headers["content-md5"];
    if (md5 === undefined && headers["digest"] === undefined) return undefined;
    const sha256 = /(?:^|,)\s*sha-256=([A-Za-z0-9+/=]+)/i.exec(String(headers["digest"] ?? ""))?.[1];
    const fits = (algorithm: string, digest: unknown): boolean =>
      digest === undefined ||
      (exchange.digests.get(algorithm) ?? createHash(algorithm).update(exchange.body, "latin1").digest("base64")) ===
        digest;
    return fits("md5", md5) && fits("sha256", sha256) ? undefined : gatewayRefusal("isv.invalid-digest");
  },
});

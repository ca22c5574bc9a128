import type { IncomingMessage, ServerResponse } from "node:http";
import { addressBlockOf } from "../address-block.ts";
import { discardUnread } from "../http/unread-body.ts";
import { gatewayRefusal } from "../protocol/gateway-errors.ts";
import { newTraceId } from "../trace-id.ts";
import type { GatewayParts } from "./parts.ts";
import { solutionAddress } from "./solution-address.ts";

/** Where the SDKs' newer protocol has its methods: one path each, signed by headers. */
export const v3Path = "/v3/";

const subCode = "isv.invalid-method";

/**
 * Answers a call of the protocol's third version, which is not spoken here, in that version's form, so that its SDKs show
 * what is wrong and what to use: HTTP 400, JSON, no signature. The code is written without isv., and the members and the header
 * are in the order and the spelling that a probe of the real one in 2026 was answered with.
 */
export async function refuseV3(parts: GatewayParts, http: IncomingMessage, reply: ServerResponse): Promise<void> {
  const { platform } = parts;
  const traceId = newTraceId(platform.clock.now());
  const baseUrl = platform.baseUrl();
  const gateway = `${baseUrl}/gateway.do`;
  const body = Buffer.from(
    JSON.stringify({
      code: subCode.replace("isv.", ""),
      links: [{ link: solutionAddress(baseUrl, { subCode, traceId }), desc: "解决方案" }],
      message: `本网关不支持 v3 协议，请改用 v1 协议：向 ${gateway} 提交带 method 参数的签名表单（alipay-sdk 用 exec 而非 curl；Java、PHP 用 AopClient 一类的类而非 v3 包）。The v3 protocol is not spoken here: send a signed form with method to ${gateway} (alipay-sdk: exec, not curl; Java and PHP: the AopClient classes, not the v3 packages).`,
    }),
  );
  parts.refusals.note({
    traceId,
    refusal: gatewayRefusal(subCode),
    appId: undefined,
    method: undefined,
    durationMs: 0,
    caller: { kind: "stranger", name: addressBlockOf(parts.addressOf(http)) },
    error: undefined,
  });
  const unread = !http.complete;
  reply.writeHead(400, {
    "content-type": "application/json;charset=UTF-8",
    "content-length": body.length,
    "alipay-trace-id": traceId,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    ...(unread ? { connection: "close" } : {}),
  });
  reply.write(body);
  // A connection closed under the client's hands is reset, and the reply, though sent, is lost to it.
  if (unread) await discardUnread(http);
  reply.end();
}

import { encryptionErrors } from "./encryption-errors.ts";
import { invalidErrors } from "./invalid-errors.ts";
import { missingErrors } from "./missing-errors.ts";
import { permissionErrors } from "./permission-errors.ts";
import { type ErrorSpec, type Refusal, refusal } from "./refusal.ts";
import { tokenErrors } from "./token-errors.ts";

/** A fault inside: 20000. `aop` where the gateway itself failed, `isp` where the method did. */
const faults = {
  "isp.unknow-error": {
    code: "20000",
    subMessage: "系统繁忙",
    cause: { en: "A fault inside Kaimen.", zh: "开门内部故障。" },
    remedy: {
      en: "Try the same call again, with the same transaction_id where it has one; if it stays, give the operator the reply's trace_id header.",
      zh: "请以相同参数（含 transaction_id）重试；若仍失败，请将响应头 trace_id 告知平台运营方。",
    },
  },
  "aop.unknow-error": {
    code: "20000",
    subMessage: "系统繁忙",
    cause: {
      en: "A fault of the gateway itself, before or around the method; or, where the text says so, more is being sent at once than it has room for.",
      zh: "网关自身的未知错误；或（文本注明时）正在接收的数据超出网关的容量。",
    },
    remedy: {
      en: "Try again, with fewer uploads at a time where they were many; if it stays, give the operator the reply's trace_id header.",
      zh: "请重试（同时上传较多时请减少并发）；若仍失败，请将响应头 trace_id 告知平台运营方。",
    },
  },
} as const satisfies Record<string, ErrorSpec>;

/**
 * What the gateway itself refuses, before or around any method: the published public table, with its published texts.
 * A method's own errors stand in the method's spec.
 */
export const gatewayErrors = {
  ...faults,
  ...tokenErrors,
  ...missingErrors,
  ...invalidErrors,
  ...encryptionErrors,
  ...permissionErrors,
} as const satisfies Record<string, ErrorSpec>;

export type GatewaySubCode = keyof typeof gatewayErrors;

/** A refusal whose sub_code is known to the compiler. */
export type GatewayRefusal<Code extends GatewaySubCode> = Refusal & { readonly subCode: Code };

export function gatewayRefusal<const Code extends GatewaySubCode>(
  subCode: Code,
  detail?: string,
): GatewayRefusal<Code> {
  return { ...refusal(subCode, gatewayErrors[subCode], detail), subCode };
}

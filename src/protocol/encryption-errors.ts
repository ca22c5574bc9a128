import type { ErrorSpec } from "./refusal.ts";

/** Encrypted requests: 40002 and 40003. */
export const encryptionErrors = {
  "isv.invalid-encrypt-type": {
    code: "40002",
    subMessage: "无效的加密类型",
    cause: {
      en: "encrypt_type is neither AES nor AES_V2, in a request without biz_content.",
      zh: "请求没有 biz_content，且 encrypt_type 不是 AES 或 AES_V2。",
    },
    remedy: { en: "Send encrypt_type=AES or leave it out.", zh: "请传 encrypt_type=AES 或不传。" },
  },
  "isv.invalid-encrypt": {
    code: "40002",
    subMessage: "加密异常",
    cause: {
      en: "With encrypt_type=AES_V2, biz_content is too short to hold the 16 bytes of its initial vector and a block.",
      zh: "encrypt_type=AES_V2 时，biz_content 长度不足以包含16字节初始向量与一个密文分组。",
    },
    remedy: {
      en: "Put the initial vector before the ciphertext, then encode both in base64.",
      zh: "请将初始向量置于密文之前，再整体做 base64 编码。",
    },
  },
  "isv.decryption-error-not-valid-encrypt-type": {
    code: "40002",
    subMessage: "解密出错，不支持的加密算法",
    cause: { en: "encrypt_type is neither AES nor AES_V2.", zh: "encrypt_type 不是 AES 或 AES_V2。" },
    remedy: { en: "Encrypt with AES.", zh: "请使用 AES 加密。" },
  },
  "isv.decryption-error-not-valid-encrypt-key": {
    code: "40002",
    subMessage: "解密出错, 未配置加密密钥或加密密钥格式错误",
    cause: {
      en: "biz_content is encrypted and the app has no AES key.",
      zh: "biz_content 已加密，但应用未配置 AES 密钥。",
    },
    remedy: { en: "Give the app an AES key.", zh: "请为应用配置 AES 密钥。" },
  },
  "isv.decryption-error-unknown": {
    code: "40003",
    subMessage: "解密出错, 未知错误",
    cause: {
      en: "biz_content does not decrypt with the app's AES key. This reply alone is not encrypted.",
      zh: "biz_content 无法用应用的 AES 密钥解密。仅此响应不加密。",
    },
    remedy: {
      en: "Compare the AES key with the app's; encrypt first, then sign.",
      zh: "请核对 AES 密钥；应先加密、后签名。",
    },
  },
} as const satisfies Record<string, ErrorSpec>;

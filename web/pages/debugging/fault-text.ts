import { useText } from "../../shell/preferences.tsx";
import { CharsetError } from "../../wire/call.ts";
import { DerError } from "../../../src/sdk/keys/der.ts";
import { AesKeyError } from "../../wire/encryption.ts";
import { KeyTextError, keyTextFaults } from "../../wire/key-text.ts";
import { NoReplyError } from "./send-call.ts";

/** Why no call was made, and what to do. */
export function useFaultText(): (error: unknown) => string {
  const t = useText();
  return (error) => {
    if (error instanceof KeyTextError) return t(keyTextFaults[error.fault].zh, keyTextFaults[error.fault].en);
    if (error instanceof AesKeyError)
      return t("AES 密钥应为 16、24 或 32 字节的 base64", "the AES key has to be base64 of 16, 24 or 32 bytes");
    if (error instanceof DerError)
      return t("证书读不出来：应为完整的 PEM", "a certificate does not read: give it whole, as PEM");
    if (error instanceof CharsetError)
      return t(`此字符集写不出这个字符：${error.message}`, `the charset has no such character: ${error.message}`);
    if (error instanceof NoReplyError)
      return t(`网关没有应答：${error.message}`, `the gateway did not answer: ${error.message}`);
    return error instanceof Error ? error.message : String(error);
  };
}

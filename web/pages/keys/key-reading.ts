import { toBase64 } from "../../../src/sdk/bytes.ts";
import { useText } from "../../shell/preferences.tsx";
import { readCertificates } from "../../../src/sdk/keys/certificate.ts";
import { DerError } from "../../../src/sdk/keys/der.ts";
import { KeyTextError, keyTextFaults, type KeyTextFault, type ReadKey, readKeyText } from "../../wire/key-text.ts";

/** What a text in a field is: a key, why it is none, or neither while the field is empty. */
export interface KeyReading {
  readonly key: ReadKey | undefined;
  readonly fault: KeyTextFault | undefined;
  readonly isCertificate: boolean;
}

/** Reads a key, or the public key of a certificate. */
export function readKeyOrCertificate(text: string): KeyReading {
  if (text.trim() === "") return { key: undefined, fault: undefined, isCertificate: false };
  const isCertificate = text.includes("BEGIN CERTIFICATE-");
  try {
    const spki = isCertificate ? readCertificates(text)[0]?.spki : undefined;
    if (isCertificate && spki === undefined) return { key: undefined, fault: "not-a-key", isCertificate };
    return { key: readKeyText(spki === undefined ? text : toBase64(spki)), fault: undefined, isCertificate };
  } catch (error) {
    if (error instanceof KeyTextError) return { key: undefined, fault: error.fault, isCertificate };
    if (error instanceof DerError) return { key: undefined, fault: "not-a-key", isCertificate };
    throw error;
  }
}

export function useKeyFault(): (fault: KeyTextFault) => string {
  const t = useText();
  return (fault) => t(keyTextFaults[fault].zh, keyTextFaults[fault].en);
}

import { type SendingCharset, sendingCharsets } from "../../wire/charset-bytes.ts";
import { encryptTypes } from "../../wire/encryption.ts";
import { hashOf } from "./debug-state.ts";

/** Of a call in the log, what it can be put together from again. */
interface LoggedCall {
  readonly parameters: readonly { readonly name: string; readonly value: string | null }[];
  readonly bizContent: string | null;
}

/** Where a call of the log is made again, with its fields: all but its tokens, which are in no address. */
export function debugLink(
  method: { readonly name: string; readonly request: readonly { readonly name: string }[] },
  { parameters, bizContent }: LoggedCall,
): string {
  const sent = new Map(parameters.map(({ name, value }) => [name, value ?? ""]));
  const content = objectIn(bizContent);
  const fields = method.request.map(({ name }) => {
    const value = content[name] ?? sent.get(name) ?? "";
    return [name, typeof value === "string" ? value : JSON.stringify(value)] as const;
  });
  const charset = sendingCharsets.find((each): each is SendingCharset => each === sent.get("charset")?.toLowerCase());
  const hash = hashOf({
    fields: Object.fromEntries(fields),
    person: undefined,
    signType: sent.get("sign_type") === "RSA" ? "RSA" : "RSA2",
    charset: charset ?? "utf-8",
    mode: sent.has("alipay_root_cert_sn") ? "certificate" : "key",
    encryptType: encryptTypes.find((each) => each === sent.get("encrypt_type")),
  });
  return `/debugging/${method.name}${hash}`;
}

function objectIn(text: string | null): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text ?? "");
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {}; // Its values are looked at one by one.
  } catch {
    return {};
  }
}

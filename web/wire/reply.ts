import type { SignType } from "../../src/protocol/signing.ts";
import { asByteText, toByteText, toBytes } from "../../src/protocol/byte-text.ts";
import { decodeBytes, type SendingCharset } from "./charset-bytes.ts";
import { decryptText, type EncryptType } from "./encryption.ts";
import { verifyBytes } from "./signatures.ts";

export interface ReadReply {
  /** The whole reply, decoded. */
  readonly text: string;
  readonly node: string | undefined;
  /** The node's own text, decrypted where it came encrypted. */
  readonly content: string | undefined;
  readonly sign: string | undefined;
  readonly certificateSn: string | undefined;
  /** `unsigned`: the gateway signs no reply to whom it does not know. */
  readonly verification: "holds" | "fails" | "unsigned" | "no-key";
  readonly code: string | undefined;
  readonly subCode: string | undefined;
  readonly subMessage: string | undefined;
}

/** What a reply is read with. Without a public key it is not verified. */
export interface ReadingKeys {
  readonly charset: SendingCharset;
  readonly signType: SignType;
  readonly publicKey: string | undefined;
  readonly encryption: { readonly encryptType: EncryptType; readonly key: string } | undefined;
}

/**
 * Takes a reply apart as it came, in bytes: what stands between the node's name and what follows it is what was signed. The
 * signs that are looked for are no bytes of a Chinese character in any charset.
 */
export async function readReply(bytes: Uint8Array, keys: ReadingKeys): Promise<ReadReply> {
  const raw = toByteText(bytes);
  const text = decodeBytes(bytes, keys.charset);
  const [head = "", node] = /^\s*\{\s*"([a-z_.]{1,128})"\s*:/i.exec(raw) ?? [];
  const sign = /,\s*"sign"\s*:\s*"([A-Za-z0-9+/=\\]*)"\s*\}\s*$/.exec(raw);
  const certificate = /,\s*"alipay_cert_sn"\s*:\s*"([0-9a-f]+)"/.exec(raw.slice(-8_192));
  const ends = [raw.lastIndexOf(',"alipay_cert_sn"'), sign?.index ?? -1, raw.lastIndexOf("}")].filter((at) => at > 0);
  const signed = asByteText(raw.slice(head.length, Math.min(...ends))); // A part of a ByteText.
  const signText = sign?.[1]?.replaceAll("\\/", "/");
  const verification =
    signText === undefined
      ? "unsigned"
      : keys.publicKey === undefined
        ? "no-key"
        : (await verifyBytes(Uint8Array.from(toBytes(signed)), signText, { ...keys, publicKey: keys.publicKey }))
          ? "holds"
          : "fails";
  const content = node === undefined ? undefined : await contentOf(decodeBytes(toBytes(signed), keys.charset), keys);
  const fields = fieldsOf(content);
  return {
    text,
    node,
    content,
    sign: signText,
    certificateSn: certificate?.[1],
    verification,
    code: fields["code"] ?? (fields["access_token"] === undefined ? undefined : "10000"),
    subCode: fields["sub_code"],
    subMessage: fields["sub_msg"],
  };
}

async function contentOf(node: string, { encryption, charset }: ReadingKeys): Promise<string | undefined> {
  if (!node.startsWith('"') || encryption === undefined) return node;
  const plain = await decryptText(node.slice(1, -1), encryption.key, encryption.encryptType);
  return plain && decodeBytes(plain, charset);
}

function fieldsOf(content: string | undefined): Readonly<Record<string, string | undefined>> {
  try {
    const parsed: unknown = JSON.parse(content ?? "");
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, string>) : {}; // Replies are flat.
  } catch {
    return {};
  }
}

import type { SignType } from "../../../src/protocol/signing.ts";
import { type SendingCharset, sendingCharsets } from "../../wire/charset-bytes.ts";
import { type EncryptType, encryptTypes } from "../../wire/encryption.ts";

/** How a call is put together on the page, but for keys and tokens: what a link and the history hold. */
export interface DebugState {
  readonly fields: Readonly<Record<string, string>>;
  /** Whose token is sent, of the sandbox's people. */
  readonly person: string | undefined;
  readonly signType: SignType;
  readonly charset: SendingCharset;
  readonly mode: "key" | "certificate";
  readonly encryptType: EncryptType | undefined;
}

export const usualState: DebugState = {
  fields: {},
  person: undefined,
  signType: "RSA2",
  charset: "utf-8",
  mode: "key",
  encryptType: undefined,
};

/** A name that no field of a method has. */
const fieldMark = "f.";

/** As the part of an address behind #, which reaches no server and no log. */
export function hashOf(state: DebugState): string {
  const search = new URLSearchParams();
  if (state.person !== undefined) search.set("person", state.person);
  if (state.signType !== usualState.signType) search.set("sign_type", state.signType);
  if (state.charset !== usualState.charset) search.set("charset", state.charset);
  if (state.mode !== usualState.mode) search.set("mode", state.mode);
  if (state.encryptType !== undefined) search.set("encrypt_type", state.encryptType);
  for (const [name, value] of Object.entries(state.fields)) if (value !== "") search.set(fieldMark + name, value);
  return search.size === 0 ? "" : `#${search.toString()}`;
}

/** Undefined where the address says nothing; what it says wrongly is as usual. */
export function stateIn(hash: string): DebugState | undefined {
  const search = new URLSearchParams(hash.replace(/^#/, ""));
  if (search.size === 0) return undefined;
  const fields = [...search].flatMap(([name, value]) =>
    name.startsWith(fieldMark) ? [[name.slice(fieldMark.length), value] as const] : [],
  );
  return {
    fields: Object.fromEntries(fields),
    person: search.get("person") ?? undefined,
    signType: search.get("sign_type") === "RSA" ? "RSA" : "RSA2",
    charset: sendingCharsets.find((each) => each === search.get("charset")) ?? usualState.charset,
    mode: search.get("mode") === "certificate" ? "certificate" : "key",
    encryptType: encryptTypes.find((each) => each === search.get("encrypt_type")),
  };
}

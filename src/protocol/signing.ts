import type { RawParameter } from "./parameters.ts";

/** SHA256withRSA and SHA1withRSA, both PKCS#1 v1.5. */
export const signTypes = ["RSA2", "RSA"] as const;
export type SignType = (typeof signTypes)[number];

/** How a client's string to sign may differ from the published rule. */
export interface SigningDeviation {
  /** Parameters with an empty value stay in, as `name=`. */
  readonly keepEmpty?: boolean;
  /** Values that are exactly `0` are left out, besides the empty ones. */
  readonly dropZero?: boolean;
}

/**
 * The string that a request's signature covers: every parameter but `sign` and the files, empty values left out,
 * sorted by name in byte order, joined as `name=value` with `&`, values raw. `sign_type` is part of it.
 */
export function stringToSign(parameters: Iterable<RawParameter>, deviation: SigningDeviation = {}): Uint8Array {
  const signed: RawParameter[] = [];
  for (const parameter of parameters) {
    const { name, value } = parameter;
    if (name === "sign") continue;
    if (value.length === 0 && deviation.keepEmpty !== true) continue;
    if (deviation.dropZero === true && value.length === 1 && value[0] === 0x30) continue;
    signed.push(parameter);
  }
  signed.sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));

  let length = Math.max(signed.length - 1, 0);
  for (const { name, value } of signed) length += name.length + 1 + value.length;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const { name, value } of signed) {
    if (offset > 0) bytes[offset++] = 0x26;
    for (let index = 0; index < name.length; index += 1) bytes[offset++] = name.charCodeAt(index);
    bytes[offset++] = 0x3d;
    bytes.set(value, offset);
    offset += value.length;
  }
  return bytes;
}

/**
 * The strings to try, in order, each with the name its acceptance is counted under. The first is the rule; the others
 * exist only where they would differ from it, and only a lenient gateway tries them.
 */
export function signingCandidates(
  parameters: readonly RawParameter[],
  leniency: "lenient" | "strict",
): { deviation: string | undefined; bytes: () => Uint8Array }[] {
  const candidates = [{ deviation: undefined as string | undefined, bytes: () => stringToSign(parameters) }];
  if (leniency === "strict") return candidates;
  const others = parameters.filter(({ name }) => name !== "sign");
  const hasEmpty = others.some(({ value }) => value.length === 0);
  const hasZero = others.some(({ value }) => value.length === 1 && value[0] === 0x30);
  if (hasEmpty) {
    candidates.push({ deviation: "empty_value_signed", bytes: () => stringToSign(parameters, { keepEmpty: true }) });
  }
  if (hasZero) {
    candidates.push({ deviation: "zero_value_unsigned", bytes: () => stringToSign(parameters, { dropZero: true }) });
  }
  return candidates;
}

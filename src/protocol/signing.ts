import { asByteText, type ByteText } from "./byte-text.ts";
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
export function stringToSign(parameters: Iterable<RawParameter>, deviation: SigningDeviation = {}): ByteText {
  const signed: RawParameter[] = [];
  for (const parameter of parameters) {
    const { name, value } = parameter;
    if (name === "sign") continue;
    if (value === "" && deviation.keepEmpty !== true) continue;
    if (deviation.dropZero === true && value === "0") continue;
    signed.push(parameter);
  }
  signed.sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
  return asByteText(signed.map(({ name, value }) => `${name}=${value}`).join("&")); // Joined of ByteTexts.
}

/** A string that a signature may cover, and the name that its acceptance is counted under; the rule's own has none. */
export interface SigningCandidate {
  readonly deviation: string | undefined;
  readonly text: ByteText;
}

/**
 * The strings to try, in order. The first is the rule's; the others exist only where they would differ from it, and only
 * a gateway that takes deviations tries them.
 */
export function* signingCandidates(
  parameters: readonly RawParameter[],
  takesDeviations: boolean,
): Generator<SigningCandidate, void, void> {
  yield { deviation: undefined, text: stringToSign(parameters) };
  if (!takesDeviations) return;
  const has = (wanted: string): boolean => parameters.some(({ name, value }) => name !== "sign" && value === wanted);
  if (has("")) yield { deviation: "empty_value_signed", text: stringToSign(parameters, { keepEmpty: true }) };
  if (has("0")) yield { deviation: "zero_value_unsigned", text: stringToSign(parameters, { dropZero: true }) };
}

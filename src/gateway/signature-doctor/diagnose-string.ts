import { asByteText, type ByteText } from "../../protocol/byte-text.ts";
import { stringToSign } from "../../protocol/signing.ts";
import type { RawParameter } from "../../protocol/parameters.ts";
import { type Diagnosis, type Finding, firstDifference } from "./diagnose-signature.ts";

const needed = ["app_id", "charset", "method", "sign_type", "timestamp", "version"];

/**
 * What is wrong with a string to sign, which somebody printed before they signed it: it is taken apart where a name follows
 * an `&`, and held against the one that the gateway would make of the same parameters.
 */
export function diagnoseString(pasted: ByteText): Diagnosis {
  const signed = asByteText(pasted.replace(/\r?\n$/, "")); // A part of a ByteText; an editor adds a line end.
  const pairs = pairsIn(signed.trim());
  const encoded = pairs.some(({ value }) => /%[0-9A-Fa-f]{2}/.test(value));
  const plain = encoded ? pairs.map(({ name, value }) => ({ name, value: decoded(value) })) : pairs;
  const expected = stringToSign(plain);
  const names = pairs.map(({ name }): string => name);
  const missing = needed.filter((name) => !names.includes(name));
  const findings: Finding[] = [
    ...(signed === signed.trim() ? [] : [edges]),
    ...(encoded ? [valuesEncoded] : []),
    ...(names.includes("sign") ? [signSigned] : []),
    ...(pairs.some(({ name, value }) => value === "" && name !== "sign") ? [emptySigned] : []),
    ...(names.some((name, at) => at > 0 && name < (names[at - 1] ?? "")) ? [unsorted] : []),
    ...(missing.length === 0 ? [] : [missingFinding(missing)]),
  ];
  return { findings, expected, signed, differsAt: firstDifference(signed, expected) };
}

/** JSON that has not ended goes on beyond an `&`. */
function pairsIn(text: string): readonly RawParameter[] {
  const pairs: string[][] = [];
  for (const piece of text.split(/&(?=[A-Za-z_][\w.]*=)/)) {
    const last = pairs.at(-1);
    const goesOn = last !== undefined && /^[^={[]*=\{/.test(last[0] ?? "") && last.at(-1)?.endsWith("}") === false;
    // Joined once at the end: a text that grows piece by piece would be copied for each of them.
    if (goesOn) last.push(piece);
    else pairs.push([piece]);
  }
  return pairs.map((pieces) => {
    const pair = pieces.join("&");
    const at = pair.indexOf("=");
    const name = at === -1 ? pair : pair.slice(0, at);
    return { name: asByteText(name), value: asByteText(at === -1 ? "" : pair.slice(at + 1)) }; // Parts of a ByteText.
  });
}

const edges: Finding = {
  name: "white_space_at_edges",
  en: "white space stands before or after the string",
  zh: "字符串首尾有空白字符",
};
const valuesEncoded: Finding = {
  name: "values_encoded",
  en: "values are percent-encoded; the string is made of values as they are, and encoded only when they are sent",
  zh: "参数值做了URL编码；待签名字符串应使用原值，发送时才编码",
};
const signSigned: Finding = { name: "sign_signed", en: "sign itself is left out", zh: "sign不参与签名，应剔除" };
const emptySigned: Finding = {
  name: "empty_value_signed",
  en: "parameters with an empty value are left out",
  zh: "值为空的参数不参与签名，应剔除",
};
const unsorted: Finding = {
  name: "not_sorted",
  en: "parameters are sorted by name in ASCII order",
  zh: "参数应按名称的ASCII码升序排列",
};
const missingFinding = (names: readonly string[]): Finding => ({
  name: "parameter_missing",
  en: `not in the string, and every request sends it: ${names.join(", ")}`,
  zh: `缺少每个请求都有的参数：${names.join("、")}`,
});

function decoded(value: ByteText): ByteText {
  const text = value
    .replaceAll("+", " ")
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return asByteText(text); // Two digits of a byte become one character below 256.
}

import { asByteText, type ByteText } from "../../protocol/byte-text.ts";
import { type Charset, decodeParameter } from "../../protocol/charset.ts";
import { parseForm, type RawParameter } from "../../protocol/parameters.ts";
import type { SentParameter } from "../../request-log/call.ts";

/** As many as a request may have; one that has more was refused before they were taken apart. */
const parametersLimit = 200;
const valueLimit = 65_536;

/** The parameters of a query or a form, each as it came beside what it was read as. */
export function sentInForm(form: ByteText, place: SentParameter["place"], charset: Charset): SentParameter[] {
  const pairs = form.split("&", parametersLimit).filter((pair) => pair !== "");
  return pairs.flatMap((pair) => {
    const [read] = parseForm(asByteText(pair)); // A part of a ByteText.
    return read === undefined ? [] : [{ place, ...described(read, pair.slice(pair.indexOf("=") + 1), charset) }];
  });
}

/** Those of a body in parts, which come as they are. */
export function sentInParts(fields: readonly RawParameter[], charset: Charset): SentParameter[] {
  return fields
    .slice(0, parametersLimit)
    .map((field) => ({ place: "body", ...described(field, field.value, charset) }));
}

function described({ name, value }: RawParameter, raw: string, charset: Charset): Omit<SentParameter, "place"> {
  return {
    name: decodeParameter(name, charset) ?? name,
    raw: raw.slice(0, valueLimit),
    value: decodeParameter(value, charset)?.slice(0, valueLimit) ?? null,
  };
}

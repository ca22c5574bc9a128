import { expect, test } from "vitest";
import { diagnoseString } from "#kaimen/gateway/signature-doctor/diagnose-string.ts";
import { toByteText } from "#kaimen/protocol/byte-text.ts";

const right =
  'app_id=1&biz_content={"a":"x&y=z"}&charset=utf-8&method=m&sign_type=RSA2&timestamp=2026-11-30 12:00:00&version=1.0';
const encoded = right.replace('{"a":"x&y=z"}', "%7B%22a%22%3A%22x%26y%3Dz%22%7D");

test.each<[string, string, readonly string[], number | undefined]>([
  ["as the rule has it", right, [], undefined],
  ["with the line end of an editor", `${right}\n`, [], undefined],
  ["with white space before it", ` ${right}`, ["white_space_at_edges"], 0],
  ["with values encoded", encoded, ["values_encoded"], "app_id=1&biz_content=".length],
  ["with sign in it", `${right}&sign=abc`, ["sign_signed", "not_sorted"], right.length],
  [
    "with an empty value",
    right.replace("&charset", "&c=&charset"),
    ["empty_value_signed"],
    right.indexOf("&charset") + 2,
  ],
  ["in another order", `version=1.0&${right.replace("&version=1.0", "")}`, ["not_sorted"], 0],
  ["without sign_type", right.replace("sign_type=RSA2&", ""), ["parameter_missing"], undefined],
])("a string to sign %s", (_, text, names, differsAt) => {
  const { findings, ...found } = diagnoseString(toByteText(Buffer.from(text)));
  expect(findings.map(({ name }) => name)).toEqual(names);
  expect(found.differsAt).toBe(differsAt);
});

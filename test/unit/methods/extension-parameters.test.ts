import { describe, expect, test } from "vitest";
import { readExtensionParameters } from "#kaimen/methods/extension-parameters.ts";

type Verdict = "dry run" | "stored" | "dry run unclear" | "unreadable";

function judge(text: string | undefined): Verdict {
  const read = readExtensionParameters(text);
  if ("fault" in read) return read.fault.includes("dry_run") ? "dry run unclear" : "unreadable";
  return read.dryRun ? "dry run" : "stored";
}

describe("extension parameters", () => {
  test.each<[string | undefined, Verdict]>([
    // JSON
    ['{"dry_run":"true"}', "dry run"],
    ['{"dry_run":true}', "dry run"],
    ['{"dry_run":1}', "dry run"],
    ['{"dry_run":"1"}', "dry run"],
    ['{"dry_run":"TRUE"}', "dry run"],
    ['{"dry_run":" True "}', "dry run"],
    ['{"dry_run":"yes"}', "dry run"],
    ['{"dry_run":"是"}', "dry run"],
    ['{"dryRun":"true"}', "dry run"],
    ['{"DRY_RUN":"true"}', "dry run"],
    ['{"dry-run":"true"}', "dry run"],
    ['{"dry run":"true"}', "dry run"],
    ['{ "dry_run" : "true" , "extparam1" : "value1" }', "dry run"],
    ['{"extparam1":"value1","dry_run":"true"}', "dry run"],
    ['{"\\u0064ry_run":"true"}', "dry run"],
    ['{"ｄｒｙ_ｒｕｎ":"ｔｒｕｅ"}', "dry run"],
    // JSON in JSON, and what was escaped once too often
    ['"{\\"dry_run\\":\\"true\\"}"', "dry run"],
    ['{\\"dry_run\\":\\"true\\"}', "dry run"],
    ['{\\\\\\"dry_run\\\\\\":\\\\\\"true\\\\\\"}', "dry run"],
    ["{&quot;dry_run&quot;:&quot;true&quot;}", "dry run"],
    ["%7B%22dry_run%22%3A%22true%22%7D", "dry run"],
    // The published example's notation, and others
    ["{'dry_run':'true'}", "dry run"],
    ["{'dry_run':true}", "dry run"],
    ["{ 'extparam1' : 'value1' , 'dry_run' : 'True' }", "dry run"],
    ["{“dry_run”：“true”}", "dry run"],
    ["{‘dry_run’:‘true’}", "dry run"],
    ["{dry_run:true}", "dry run"],
    ["{dry_run=true}", "dry run"],
    ["dry_run=true", "dry run"],
    ["dry_run=1&extparam1=value1", "dry run"],
    ["extparam1=value1;dryRun=Y", "dry run"],
    ["dry_run:true", "dry run"],
    ["dry_run：true", "dry run"],
    // Named, and not to be read for sure
    ["dry_run", "dry run unclear"],
    ['{"dry_run"}', "dry run unclear"],
    ['["dry_run"]', "dry run unclear"],
    ['{"dry_run":"maybe"}', "dry run unclear"],
    ['{"dry_run":"ture"}', "dry run unclear"],
    ['{"dry_run":2}', "dry run unclear"],
    ['{"dry_run":["true"]}', "dry run unclear"],
    ['{"dry_run":{"value":true}}', "dry run unclear"],
    ['{"mode":"dry_run"}', "dry run unclear"],
    ['{"isDryRun":true}', "dry run unclear"],
    ['{"options":{"dry_run":true}}', "dry run unclear"],
    ['{"dry_run":"true","dry_run":"false"}', "dry run unclear"],
    ['{"dry_run":"false","dryRun":"true"}', "dry run unclear"],
    ['{"dry_run":"true"', "dry run unclear"],
    ['{"dry_run":"true"}}', "dry run unclear"],
    ["<dry_run>true</dry_run>", "dry run unclear"],
    ["%7B%22dry%5Frun%22", "dry run unclear"],
    ['{"dry\u200b_run"', "dry run unclear"],
    // Named, and not asked for
    ['{"dry_run":"false"}', "stored"],
    ['{"dry_run":false}', "stored"],
    ['{"dry_run":0}', "stored"],
    ['{"dry_run":null}', "stored"],
    ['{"dry_run":""}', "stored"],
    ["{'dry_run':'FALSE'}", "stored"],
    ["dry_run=0", "stored"],
    // Nothing of it
    [undefined, "stored"],
    ["", "stored"],
    ["  ", "stored"],
    ["{}", "stored"],
    ['{"extparam1":"value1"}', "stored"],
    ["{'extparam1':'value1'}", "stored"],
    ['{"a":{"b":[1,2]}}', "stored"],
    ["a=1&b=2", "stored"],
    ["extparam1", "unreadable"],
    ["[]", "unreadable"],
    ["12", "unreadable"],
    ["null", "unreadable"],
    ['{"a":', "unreadable"],
    ["{'a':'b'", "unreadable"],
    ["{'a':'b'} and more", "unreadable"],
    ["%E4%B8", "unreadable"],
  ])("%s: %s", (text, verdict) => {
    expect(judge(text)).toBe(verdict);
  });

  test("are refused with the form wanted", () => {
    expect(readExtensionParameters('{"dry_run":"maybe"}')).toEqual({
      fault: '中的dry_run应写为{"dry_run":"true"}（只校验不入库），或不传',
    });
    expect(readExtensionParameters("x")).toEqual({ fault: '应为JSON对象，例如{"extparam1":"value1"}' });
  });
});

import type { CallFilter, FilterName } from "./call-filter.ts";

/** What may stand before a colon, as the wire and as the list's columns have it. */
const words: Readonly<Record<string, FilterName>> = {
  app: "appId",
  app_id: "appId",
  merchant: "merchantId",
  merchant_id: "merchantId",
  method: "method",
  code: "code",
  sub_code: "subCode",
  outcome: "outcome",
  transaction_id: "transactionId",
  biz_no: "bizNo",
  trace_id: "traceId",
};

/**
 * What somebody looks for, as filters: `sub_code:isv.invalid-signature app:2021… abc` names two and a text. Alone, a
 * trace_id and a code of five digits are known by their form.
 */
export function readSearch(typed: string): CallFilter {
  const found: Partial<Record<FilterName, string>> = {};
  const rest: string[] = [];
  for (const word of typed.split(/\s+/).filter((each) => each !== "")) {
    const colon = word.indexOf(":");
    const name = words[word.slice(0, Math.max(colon, 0)).toLowerCase()];
    const value = word.slice(colon + 1);
    if (name !== undefined && value !== "") found[name] = value;
    else if (/^[0-9a-z]{30}$/.test(word)) found.traceId = word;
    else if (/^\d{5}$/.test(word)) found.code = word;
    else rest.push(word);
  }
  if (rest.length > 0) found.text = rest.join(" ");
  return found;
}

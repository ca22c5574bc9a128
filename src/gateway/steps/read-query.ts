import { parseForm } from "../../protocol/parameters.ts";
import { hasTooManyPairs, pairLimit } from "../pairs.ts";
import { defineStep } from "../step.ts";
import { asByteText } from "../../protocol/byte-text.ts";

/** What the request's target says: it is known before the body has arrived, so even a refused body is answered in kind. */
export const readQuery = defineStep({
  refuses: [],
  run(exchange) {
    const target = exchange.http.url ?? "";
    const start = target.indexOf("?");
    const query = start === -1 ? "" : target.slice(start + 1);
    exchange.queryIsCrowded = hasTooManyPairs(query);
    // The first of them are enough to answer in the charset and the node that were asked for.
    const taken = exchange.queryIsCrowded ? query.split("&", pairLimit).join("&") : query;
    exchange.adoptParameters(parseForm(asByteText(taken))); // Node reads the request's head as latin1.
    exchange.charsetInAddress =
      exchange.parameter("charset") !== undefined || /charset=/i.test(exchange.http.headers["content-type"] ?? "");
  },
});

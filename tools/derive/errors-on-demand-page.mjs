import { answersOf, demandName, demandPrefix } from "#kaimen/sandbox/answers-on-demand.ts";
import { code, page, prose, table } from "./markdown.mjs";

/** docs/errors-on-demand.md. @param {import("#kaimen/protocol/method-spec.ts").MethodSpec[]} specs */
export function errorsOnDemandPage(specs) {
  const chapters = specs
    .filter(({ request }) => "transaction_id" in request)
    .flatMap((spec) => [
      `## ${spec.name}`,
      table(
        ["transaction_id begins with", "code", "sub_code", "text"],
        answersOf(spec).map(([subCode, error]) => [
          code(`${demandPrefix}${demandName(subCode)}`),
          error.code,
          code(subCode),
          prose(error.subMessage),
        ]),
      ),
    ]);
  return page("the methods' specs and `src/sandbox/answers-on-demand.ts`", [
    "# Errors on demand",
    "In the sandbox a `transaction_id` asks for an answer, so that any client can be tried with each, an unchanged SDK too. What follows the name is the caller's: `KM_TRANSACTIONID_CLOSE_20260101_1` asks for the same as `KM_TRANSACTIONID_CLOSE_2`. Signature, token and fields are checked first; nothing is inquired, stored or billed for a refusal.",
    "`KM_SLOW_3000_…` gives the true answer 3,000 ms later, at most 30 seconds. `KM_UNKNOW_ERROR_…` is 20000 with `isp.unknow-error`; `KM_GBK_…` the same with its text in GBK, whatever the request's charset. Of `KM_RESET_…` and `KM_BAD_SIGN_…` the call is carried out, and billed, before the connection is reset in the place of a reply, or the reply gets a signature that fits nothing: asked again, the same happens again. In production these are ordinary ids.",
    ...chapters,
  ]);
}

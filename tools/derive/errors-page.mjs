import { gatewayErrors } from "#kaimen/protocol/gateway-errors.ts";
import { resultMessages } from "#kaimen/protocol/refusal.ts";
import { both, code, page, prose, table } from "./markdown.mjs";
import { commonRefusals, refusalsOf, unplacedGatewayErrors } from "./refusal-order.mjs";

/** @typedef {import("#kaimen/protocol/method-spec.ts").MethodSpec} MethodSpec */
/** @typedef {import("#kaimen/protocol/refusal.ts").ErrorSpec} ErrorSpec */

/** @param {readonly MethodSpec[]} specs */
function head(specs) {
  const bare = specs.filter(({ reply }) => reply === "bare").map(({ name }) => code(name));
  return [
    "# Errors 错误码",
    `Every call is answered with HTTP 200 and a signed reply, a refusal too. \`code\` says what kind of refusal it is, \`sub_code\` says exactly which; decide by \`sub_code\`, since \`sub_msg\` is for people and may name the parameter or record at fault. The header \`trace_id\` of the reply finds a refused call in the operator's log: one line with trace_id, app_id, method, code and sub_code, of up to 10 refusals a second of an app and 5 of an address whose signature did not verify; how many were left out stands there too. A refusal stands in the method's own node, or in \`error_response\` where the request named no method${bare.length > 0 ? `, and for ${bare.join(", ")}` : ""}.`,
    `任何请求都以 HTTP 200 和带签名的响应返回，拒绝也不例外。\`code\` 是错误的类别，\`sub_code\` 指明具体错误；程序应按 \`sub_code\` 判断，\`sub_msg\` 供人阅读，可能包含出错的参数或记录。运营方可凭响应头 \`trace_id\` 在日志中找到被拒绝的调用：每次一行，含 trace_id、app_id、method、code、sub_code；每个应用每秒至多记录10次，验签未通过的来源地址每秒至多5次，未记录的次数也会写入日志。拒绝信息位于接口自己的响应节点；未指明接口的请求${bare.length > 0 ? `以及 ${bare.join("、")} ` : ""}则位于 \`error_response\`。`,
  ];
}

/** @param {readonly MethodSpec[]} specs */
export function errorsPage(specs) {
  return page("src/protocol/gateway-errors.ts and src/methods", [
    ...head(specs),
    table(
      ["code", "msg"],
      Object.entries(resultMessages).map(([result, message]) => [code(result), prose(message)]),
    ),
    "## Of the gateway 网关公共错误",
    "The same for all methods; which step gives each, and to which calls, stands [below](#the-order-of-refusals-拒绝的先后次序).\n\n所有接口共用；各错误由哪一步骤返回、适用于哪些调用，见[下文](#the-order-of-refusals-拒绝的先后次序)。",
    errorsTable(gatewayErrors),
    "## Of each method 各接口的业务错误",
    ...specs.flatMap((spec) => [
      `### [${spec.name}](methods/${spec.name}.md)`,
      `${prose(spec.title.en)} ${prose(spec.title.zh)}`,
      ...(Object.keys(spec.errors).length > 0 ? [errorsTable(spec.errors)] : ["None of its own.\n\n无业务错误。"]),
    ]),
    "## The order of refusals 拒绝的先后次序",
    "The first thing found wrong is the answer. These steps are the same for every call:",
    "按以下次序检查，最先发现的错误即为响应。所有调用都先经过这些步骤：",
    stepList(commonRefusals()),
    `${unplacedGatewayErrors().map(code).join(", ")} may come at any step.\n\n${unplacedGatewayErrors().map(code).join("、")} 可能在任何步骤出现。`,
    "Then the method's own steps. `call` may also give a field's sub_code again, where a closer look than at its form finds it wrong.",
    "随后是各接口自己的步骤。`call` 在进一步检查字段内容时，也可能返回该字段的 sub_code。",
    ...specs.flatMap((spec) => [`### Order of ${spec.name} 的次序`, stepList(refusalsOf(spec))]),
  ]);
}

/** @param {import("./refusal-order.mjs").RefusingStep[]} steps */
function stepList(steps) {
  return steps
    .map(({ step, subCodes }, index) => `${index + 1}. ${code(step)}: ${subCodes.map(code).join(", ")}`)
    .join("\n");
}

/** @param {Readonly<Record<string, ErrorSpec>>} errors */
export function errorsTable(errors) {
  return table(
    ["code", "sub_code", "sub_msg", "Cause 原因", "Remedy 解决方案"],
    Object.entries(errors).map(([subCode, error]) => [
      code(error.code),
      code(subCode),
      prose(error.subMessage) + (error.namesField === true ? "：…" : ""),
      both(error.cause),
      both(error.remedy),
    ]),
  );
}

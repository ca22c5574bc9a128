import { curlExample, exampleCall, exampleRefusal, exampleReply, hasFile } from "./call-example.mjs";
import { errorsTable } from "./errors-page.mjs";
import { block, both, code, nothing, page, paragraphs, prose, table } from "./markdown.mjs";
import { publicParametersOf } from "./public-parameters.mjs";

/** @typedef {import("#kaimen/protocol/method-spec.ts").MethodSpec} MethodSpec */
/** @typedef {import("#kaimen/protocol/method-spec.ts").FieldSpec} FieldSpec */
/** @typedef {import("#kaimen/protocol/refusal.ts").Bilingual} Bilingual */

/** @type {Record<MethodSpec["auth"], Bilingual>} */
const callers = {
  app: { en: "The app alone; no user takes part.", zh: "应用自身调用，无需用户授权。" },
  user: {
    en: "The app on behalf of a user, whose access token it sends as auth_token.",
    zh: "应用代表用户调用，须以auth_token传入用户的访问令牌。",
  },
};

/** @param {readonly MethodSpec[]} specs */
export function methodsIndex(specs) {
  return page("src/methods", [
    "# Methods 接口",
    "Every method is called at `/gateway.do`, by GET or POST. What may go wrong stands in [errors.md](../errors.md), the same contract for machines in [openapi.json](../openapi.json).",
    "所有接口的地址均为 `/gateway.do`，支持 GET 与 POST。错误码见 [errors.md](../errors.md)，机器可读的描述见 [openapi.json](../openapi.json)。",
    table(
      ["Method 接口", "Title 名称", "Authorisation 授权"],
      specs.map((spec) => [`[${spec.name}](${spec.name}.md)`, both(spec.title), both(callers[spec.auth])]),
    ),
  ]);
}

/** @param {MethodSpec} spec */
export function methodPage(spec) {
  return page(`src/methods/${spec.name}.ts`, [
    `# ${spec.name}`,
    `**${prose(spec.title.en)} ${prose(spec.title.zh)}**`,
    paragraphs(spec.description),
    `- **Authorisation 授权**: ${both(callers[spec.auth])}\n- **Where the fields travel 参数位置**: ${both(placeOfFields(spec))}`,
    "## Public parameters 公共请求参数",
    publicTable(spec),
    "## Request 请求参数",
    Object.keys(spec.request).length === 0 ? noFields : requestTable(spec),
    "## Response 响应参数",
    spec.reply === "bare"
      ? "A success has no `code` and `msg`; a refusal stands in `error_response`.\n\n成功响应没有 `code` 与 `msg`，拒绝信息位于 `error_response`。"
      : "After `code` and `msg`, which every reply has.\n\n位于公共响应参数 `code`、`msg` 之后。",
    Object.keys(spec.response).length === 0 ? noFields : responseTable(spec),
    "## Errors 业务错误码",
    ...(Object.keys(spec.errors).length > 0 ? [errorsTable(spec.errors)] : [noFields]),
    "The gateway's own errors and the order of all of them stand in [errors.md](../errors.md).\n\n网关公共错误码及全部错误的先后次序见 [errors.md](../errors.md)。",
    "## Example 示例",
    "The parameters, before they are encoded 编码前的参数：",
    block("text", parameterLines(spec)),
    "As a command: `app_private_key.pem` is the app's private key 以命令行调用，`app_private_key.pem` 为应用私钥：",
    block("sh", curlExample(spec)),
    "The reply to a success 成功响应：",
    block("json", exampleReply(spec)),
    ...refusalParts(spec),
  ]);
}

const noFields = "None.\n\n无。";

/** @param {MethodSpec} spec @returns {Bilingual} */
function placeOfFields(spec) {
  if (spec.fields === "biz_content") {
    return { en: "In the JSON object of the parameter biz_content.", zh: "放在参数biz_content的JSON对象中。" };
  }
  if (hasFile(spec)) {
    return {
      en: "Parameters of their own beside the public ones; the file as a part of a multipart/form-data body, outside the signature.",
      zh: "与公共参数并列的顶层参数；文件作为multipart/form-data正文的一部分上传，不参与签名。",
    };
  }
  return {
    en: "Parameters of their own beside the public ones, in the query or the body.",
    zh: "与公共参数并列的顶层参数，放在地址或正文中。",
  };
}

/** @param {MethodSpec} spec */
function publicTable(spec) {
  return table(
    ["Name 参数", "Required 必填", "Form 取值", "Meaning 描述", "Example 示例值"],
    Object.entries(publicParametersOf(spec)).map(([name, { required, oneOf, doc, example }]) => [
      code(name),
      yes(required),
      oneOf === undefined ? nothing : oneOf.map(code).join(", "),
      both(doc),
      code(name === "method" ? spec.name : example),
    ]),
  );
}

/** @param {MethodSpec} spec */
function requestTable(spec) {
  const fallback = "isv.invalid-parameter";
  return table(
    [
      "Name 参数",
      "Type 类型",
      "Required 必填",
      "Max length 最大长度",
      "Form 取值",
      "Meaning 描述",
      "Example 示例值",
      "Missing 缺失时",
      "Invalid 无效时",
    ],
    Object.entries(spec.request).map(([name, field]) => [
      code(name),
      field.type,
      yes(field.required),
      lengthOf(field),
      formOf(field),
      both(field.doc),
      code(field.example),
      field.required ? code(field.missing ?? fallback) : nothing,
      code(field.invalid ?? fallback),
    ]),
  );
}

/** @param {MethodSpec} spec */
function responseTable(spec) {
  return table(
    ["Name 参数", "Type 类型", "Always 必有", "Max length 最大长度", "Meaning 描述", "Example 示例值"],
    Object.entries(spec.response)
      .flatMap(([name, field]) => [
        { name, field },
        // The fields of a list's items stand below it.
        ...Object.entries(field.type === "list" ? field.items : {}).map(([item, each]) => ({
          name: `${name}[].${item}`,
          field: each,
        })),
      ])
      .map(({ name, field }) => [
        code(name),
        field.type,
        yes(field.required),
        field.type === "list" || field.maxLength === undefined ? nothing : grouped(field.maxLength),
        both(field.doc),
        field.type === "list" ? nothing : code(field.example),
      ]),
  );
}

/** @param {boolean} answer */
function yes(answer) {
  return answer ? "yes 是" : "no 否";
}

/** @param {FieldSpec} field */
function lengthOf({ type, maxLength }) {
  if (maxLength === undefined) return nothing;
  return type === "file" ? `${grouped(maxLength)} bytes` : grouped(maxLength);
}

/** @param {number} value */
function grouped(value) {
  return value.toLocaleString("en-US");
}

/** @param {FieldSpec} field */
function formOf({ pattern, oneOf }) {
  const forms = [...(oneOf ?? []).map(code), ...(pattern === undefined ? [] : [code(pattern.source)])];
  return forms.length === 0 ? nothing : forms.join(", ");
}

/** @param {MethodSpec} spec */
function parameterLines(spec) {
  const { parameters, files } = exampleCall(spec);
  return [
    ...parameters.map(([name, value]) => `${name}=${value}`),
    ...files.map(({ name, filename, content }) => `${name}=@${filename} ${content}`),
  ].join("\n");
}

/** @param {MethodSpec} spec */
function refusalParts(spec) {
  const refusal = exampleRefusal(spec);
  return refusal === undefined
    ? []
    : ["The reply to a call without any of the fields above 未传任何业务参数时的响应：", block("json", refusal)];
}

import { gatewayPath } from "#kaimen/gateway/server.ts";
import { methodNode } from "#kaimen/protocol/envelope.ts";
import { exampleCall, exampleReply, exampleServer, hasFile } from "./call-example.mjs";
import { componentSchemas, names, reference } from "./openapi-schemas.mjs";

/** @typedef {import("#kaimen/protocol/method-spec.ts").MethodSpec} MethodSpec */

const description = `Every method has the one address ${gatewayPath}, and its name is the parameter \`method\`. OpenAPI describes one operation a path and verb, so there is one here whose body is one of the methods' requests, told apart by \`method\`.

Any parameter may travel in the query instead of the body, and GET does as well as POST. Any request may be multipart/form-data; one with a file must be. \`sign\` is a signature over all other text parameters, which no schema can express.

所有接口共用地址 ${gatewayPath}，以参数 \`method\` 区分。参数可放在地址或正文中，GET 与 POST 均可；带文件的请求须使用 multipart/form-data。\`sign\` 为对其余文本参数的签名。`;

const replyDescription = `Always 200 and always signed, a refusal too; JSON in the charset of the request, labelled text/html as the real gateway does. A refusal of an unknown method stands in a node named after the method that was asked for.

始终返回 200 并带签名，拒绝也不例外；响应为 JSON，字符集与请求一致。`;

/** The contract as OpenAPI 3.1. @param {readonly MethodSpec[]} specs @param {string} version */
export function openapi(specs, version) {
  const document = {
    openapi: "3.1.0",
    info: {
      title: "Kaimen 开门",
      summary: "A self-hosted credit-score gateway that speaks Alipay's OpenAPI v1 protocol",
      description,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      version,
    },
    servers: [{ url: exampleServer, description: "Where a sandbox listens when nothing is set" }],
    paths: {
      [gatewayPath]: {
        post: {
          operationId: "callMethod",
          summary: "Call a method 调用接口",
          requestBody: { required: true, content: requestContent(specs) },
          responses: { 200: reply(specs) },
        },
      },
    },
    components: { schemas: componentSchemas(specs) },
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** @param {readonly MethodSpec[]} specs */
function requestContent(specs) {
  const kinds = /** @type {const} */ ([
    ["application/x-www-form-urlencoded", specs.filter((spec) => !hasFile(spec))],
    ["multipart/form-data", specs.filter(hasFile)],
  ]);
  return Object.fromEntries(
    kinds.filter(([, some]) => some.length > 0).map(([type, some]) => [type, requestsOf(some)]),
  );
}

/** @param {readonly MethodSpec[]} specs */
function requestsOf(specs) {
  return {
    schema: {
      oneOf: specs.map((spec) => reference(names(spec).request)),
      discriminator: {
        propertyName: "method",
        mapping: Object.fromEntries(specs.map((spec) => [spec.name, reference(names(spec).request).$ref])),
      },
    },
    examples: Object.fromEntries(
      specs.map((spec) => [spec.name, { summary: spec.title.en, value: requestExample(spec) }]),
    ),
  };
}

/** @param {MethodSpec} spec */
function requestExample(spec) {
  const { parameters, files } = exampleCall(spec);
  return Object.fromEntries([...parameters, ...files.map(({ name, content }) => [name, content])]);
}

/** @param {readonly MethodSpec[]} specs */
function reply(specs) {
  return {
    description: replyDescription,
    headers: {
      trace_id: {
        description: "Finds the call in the operator's log. 用于在运营方日志中定位该次调用。",
        required: true,
        schema: { type: "string" },
      },
    },
    content: {
      "text/html": {
        schema: { oneOf: [...specs.flatMap((spec) => names(spec).replies), "ErrorReply"].map(reference) },
        examples: Object.fromEntries(
          specs.map((spec) => [
            methodNode(spec.name),
            { summary: spec.title.en, value: JSON.parse(exampleReply(spec)) },
          ]),
        ),
      },
    },
  };
}

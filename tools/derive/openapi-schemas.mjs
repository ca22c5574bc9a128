import { errorNode, methodNode } from "#kaimen/protocol/envelope.ts";
import { gatewayErrors } from "#kaimen/protocol/gateway-errors.ts";
import { resultMessages } from "#kaimen/protocol/refusal.ts";
import { commonParameters, publicParametersOf } from "./public-parameters.mjs";

/** @typedef {import("#kaimen/protocol/method-spec.ts").MethodSpec} MethodSpec */
/** @typedef {import("#kaimen/protocol/method-spec.ts").FieldSpec} FieldSpec */
/** @typedef {import("#kaimen/protocol/method-spec.ts").PlainResponseFieldSpec} PlainResponseFieldSpec */
/** @typedef {import("#kaimen/protocol/method-spec.ts").ResponseListSpec} ResponseListSpec */
/** @typedef {import("#kaimen/protocol/refusal.ts").Bilingual} Bilingual */
/** @typedef {import("#kaimen/protocol/refusal.ts").ErrorSpec} ErrorSpec */
/** @typedef {Readonly<Record<string, unknown>>} Schema */

/** The component schemas of a method. @param {MethodSpec} spec */
export function names({ name, reply, errors }) {
  const ownError = Object.keys(errors).length > 0;
  const refusesApart = reply === "bare" && ownError;
  return {
    request: `${name}.Request`,
    bizContent: `${name}.BizContent`,
    response: `${name}.Response`,
    error: ownError ? `${name}.Error` : undefined,
    replies: [`${name}.Reply`, ...(refusesApart ? [`${name}.ErrorReply`] : [])],
  };
}

/** @param {string} schemaName */
export function reference(schemaName) {
  return { $ref: `#/components/schemas/${schemaName}` };
}

/** @param {readonly MethodSpec[]} specs @returns {Record<string, Schema>} */
export function componentSchemas(specs) {
  return {
    PublicParameters: publicParameters(commonParameters),
    ...Object.assign({}, ...specs.map(schemasOf)),
    GatewayError: errorSchema(gatewayErrors, "A refusal by the gateway itself. 网关公共错误。"),
    ErrorReply: replySchema(errorNode, reference("GatewayError")),
  };
}

/** @param {MethodSpec} spec @returns {Record<string, Schema>} */
function schemasOf(spec) {
  const { request, bizContent, response, error, replies } = names(spec);
  const [replyName = "", errorReplyName] = replies;
  const node = methodNode(spec.name);
  const refusals = [...(error === undefined ? [] : [error]), "GatewayError"].map(reference);
  return {
    [request]: requestSchema(spec),
    ...(spec.fields === "biz_content" ? { [bizContent]: fieldsSchema(spec) } : {}),
    [response]: responseSchema(spec),
    ...(error === undefined ? {} : { [error]: errorSchema(spec.errors, `A refusal by ${spec.name}. 业务错误。`) }),
    [replyName]: replySchema(
      node,
      spec.reply === "bare" ? reference(response) : { oneOf: [reference(response), ...refusals] },
    ),
    ...(errorReplyName === undefined || error === undefined
      ? {}
      : { [errorReplyName]: replySchema(errorNode, reference(error)) }),
  };
}

/** @param {MethodSpec} spec @returns {Schema} */
function requestSchema(spec) {
  const own = Object.entries(publicParametersOf(spec)).filter(([name]) => !Object.hasOwn(commonParameters, name));
  const common = publicParameters(Object.fromEntries(own));
  const business =
    spec.fields === "form"
      ? fieldsSchema(spec)
      : {
          properties: {
            biz_content: {
              type: "string",
              contentMediaType: "application/json",
              contentSchema: reference(names(spec).bizContent),
            },
          },
          required: Object.values(spec.request).some(({ required }) => required) ? ["biz_content"] : [],
        };
  return {
    title: spec.title.en,
    description: inBoth(spec.description),
    allOf: [
      reference("PublicParameters"),
      {
        type: "object",
        properties: { method: { const: spec.name }, ...common.properties, ...business.properties },
        required: ["method", ...common.required, ...business.required],
      },
    ],
  };
}

/** @param {Readonly<Record<string, import("./public-parameters.mjs").PublicParameter>>} parameters */
function publicParameters(parameters) {
  return {
    type: "object",
    properties: Object.fromEntries(
      Object.entries(parameters).map(([name, { doc, oneOf, pattern }]) => [
        name,
        {
          type: "string",
          description: inBoth(doc),
          ...(oneOf === undefined ? {} : { enum: oneOf }),
          ...(pattern === undefined ? {} : { pattern }),
        },
      ]),
    ),
    required: requiredOf(parameters),
  };
}

/** @param {MethodSpec} spec */
function fieldsSchema({ request }) {
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(request).map(([name, field]) => [name, fieldSchema(field)])),
    required: requiredOf(request),
  };
}

/** @param {FieldSpec} field @returns {Schema} */
function fieldSchema({ type, required, maxLength, pattern, oneOf, doc, example }) {
  const description = inBoth(doc);
  if (type === "file") return { type: "string", contentMediaType: "application/octet-stream", description };
  return {
    type,
    description,
    // An empty value counts as absent, so a required one has a character at least.
    ...(required ? { minLength: 1 } : {}),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(pattern === undefined ? {} : { pattern: pattern.source }),
    ...(oneOf === undefined ? {} : { enum: oneOf }),
    examples: [example],
  };
}

/** @param {PlainResponseFieldSpec} field @returns {Schema} */
function responseFieldSchema({ type, maxLength, doc, example }) {
  return { type, description: inBoth(doc), ...(maxLength === undefined ? {} : { maxLength }), examples: [example] };
}

/** @param {ResponseListSpec} field @returns {Schema} */
function listSchema({ items, doc }) {
  return {
    type: "array",
    description: inBoth(doc),
    items: {
      type: "object",
      properties: Object.fromEntries(Object.entries(items).map(([name, field]) => [name, responseFieldSchema(field)])),
      required: requiredOf(items),
    },
  };
}

/** The node of a success. @param {MethodSpec} spec @returns {Schema} */
function responseSchema({ reply, response }) {
  /** @type {Record<string, Schema>} */
  const head = reply === "coded" ? { code: { const: "10000" }, msg: { const: resultMessages["10000"] } } : {};
  const business = Object.entries(response).map(([name, field]) => [
    name,
    field.type === "list" ? listSchema(field) : responseFieldSchema(field),
  ]);
  return {
    type: "object",
    properties: { ...head, ...Object.fromEntries(business) },
    required: [...Object.keys(head), ...requiredOf(response)],
  };
}

/** The node of a refusal. @param {Readonly<Record<string, ErrorSpec>>} errors @param {string} description @returns {Schema} */
function errorSchema(errors, description) {
  const results = [...new Set(Object.values(errors).map(({ code }) => code))].toSorted();
  return {
    type: "object",
    description,
    properties: {
      code: { enum: results },
      msg: { enum: results.map((result) => resultMessages[result]) },
      sub_code: {
        oneOf: Object.entries(errors).map(([subCode, { subMessage, cause, remedy }]) => ({
          const: subCode,
          title: subMessage,
          description: `${inBoth(cause)}\n\n${inBoth(remedy)}`,
        })),
      },
      sub_msg: { type: "string" },
    },
    required: ["code", "msg", "sub_code", "sub_msg"],
  };
}

/** A whole reply: one node and its signature. @param {string} node @param {Schema} schema @returns {Schema} */
function replySchema(node, schema) {
  return {
    type: "object",
    properties: {
      [node]: schema,
      sign: {
        type: "string",
        description: "Over the very bytes of the node, base64. 对节点原始字节的签名，base64编码。",
      },
    },
    required: [node, "sign"],
  };
}

/** @param {Readonly<Record<string, { required: boolean }>>} fields */
function requiredOf(fields) {
  return Object.entries(fields)
    .filter(([, { required }]) => required)
    .map(([name]) => name);
}

/** @param {Bilingual} text */
function inBoth({ en, zh }) {
  return `${en}\n${zh}`;
}

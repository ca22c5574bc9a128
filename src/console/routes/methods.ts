import { Type } from "typebox";
import { methods } from "../../methods/index.ts";
import { gatewayErrors } from "../../protocol/gateway-errors.ts";
import type { ReplyValue } from "../../protocol/envelope.ts";
import { exampleFields, type MethodSpec } from "../../protocol/method-spec.ts";
import type { ErrorSpec } from "../../protocol/refusal.ts";
import * as field from "../fields.ts";
import { defineRoute } from "../route.ts";

const bilingual = field.object({ en: Type.String(), zh: Type.String() });
const error = field.object({
  subCode: Type.String(),
  code: Type.String(),
  subMessage: Type.String(),
  cause: bilingual,
  remedy: bilingual,
});

const method = field.object({
  name: Type.String(),
  title: bilingual,
  description: bilingual,
  auth: Type.Enum(["app", "user"], { description: "user: a token is sent as auth_token" }),
  actsForMerchants: Type.Boolean(),
  fields: Type.Enum(["biz_content", "form"], { description: "where the request's fields travel" }),
  reply: Type.Enum(["coded", "bare"]),
  request: Type.Array(
    field.object({
      name: Type.String(),
      type: Type.Enum(["string", "file"]),
      required: Type.Boolean(),
      maxLength: Type.Optional(Type.Integer({ description: "characters, or bytes of a file" })),
      pattern: Type.Optional(Type.String({ description: "a regular expression" })),
      oneOf: Type.Optional(Type.Array(Type.String())),
      missing: Type.String({ description: "the sub_code of a required field that is absent" }),
      invalid: Type.String({ description: "the sub_code of a value that is not as the rules say" }),
      doc: bilingual,
      example: Type.String(),
    }),
  ),
  response: Type.Array(
    field.object({
      name: Type.String(),
      type: Type.Enum(["string", "number", "boolean", "list"], { description: "list: of objects, as the example" }),
      required: Type.Boolean(),
      doc: bilingual,
      example: Type.String(),
    }),
  ),
  errors: Type.Array(error, { description: "its own; the gateway's stand beside the methods" }),
});

const usual = "isv.invalid-parameter";

function exampleText(value: ReplyValue | undefined): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function describe(spec: MethodSpec) {
  const examples = exampleFields(spec.response);
  return {
    name: spec.name,
    title: spec.title,
    description: spec.description,
    auth: spec.auth,
    actsForMerchants: spec.actsForMerchants ?? false,
    fields: spec.fields,
    reply: spec.reply,
    request: Object.entries(spec.request).map(([name, each]) => ({
      name,
      type: each.type,
      required: each.required,
      ...(each.maxLength === undefined ? {} : { maxLength: each.maxLength }),
      ...(each.pattern === undefined ? {} : { pattern: each.pattern.source }),
      ...(each.oneOf === undefined ? {} : { oneOf: [...each.oneOf] }),
      missing: each.missing ?? usual,
      invalid: each.invalid ?? usual,
      doc: each.doc,
      example: each.example,
    })),
    response: Object.entries(spec.response).map(([name, { type, required, doc }]) => ({
      name,
      type,
      required,
      doc,
      example: exampleText(examples[name]),
    })),
    errors: describeErrors(spec.errors),
  };
}

function describeErrors(errors: Readonly<Record<string, ErrorSpec>>) {
  return Object.entries(errors).map(([subCode, { code, subMessage, cause, remedy }]) => ({
    subCode,
    code,
    subMessage,
    cause,
    remedy,
  }));
}

export const listMethodsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/methods",
    title: { en: "The gateway's methods: fields, rules, examples and errors", zh: "接口规格" },
    doc: "What forms, examples and checks are made of; the same as docs/methods.",
    who: { merchants: true, operators: "any" },
    reply: field.object({ methods: Type.Array(method), gatewayErrors: Type.Array(error) }),
  },
  async () => ({
    methods: [...methods.values()].map(({ spec }) => describe(spec)),
    gatewayErrors: describeErrors(gatewayErrors),
  }),
);

import { problems } from "#kaimen/console/problem.ts";

/** @typedef {import("#kaimen/console/route.ts").Route} Route */
/** @typedef {import("#kaimen/console/route.ts").RouteSpec} RouteSpec */

const everyRoute = /** @type {const} */ (["invalid-field", "not-signed-in", "not-permitted", "too-many-requests"]);

/** docs/console-openapi.json, OpenAPI 3.1. @param {readonly Route[]} routes @param {string} version */
export function consoleOpenapi(routes, version) {
  /** @type {Record<string, Record<string, unknown>>} */
  const paths = {};
  for (const { spec } of routes) {
    const path = spec.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [spec.method.toLowerCase()]: operation(spec) };
  }
  const document = {
    openapi: "3.1.0",
    info: { title: "Kaimen: the console's API", version },
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "kaimen_operator" },
      },
      schemas: { Problem: problemSchema },
    },
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

const problemSchema = {
  type: "object",
  required: ["type", "status", "code", "detail", "traceId"],
  properties: {
    type: { const: "about:blank" },
    status: { type: "integer" },
    code: {
      enum: [...Object.keys(problems), "invalid-request", "too-large", "too-long", "unsupported-media-type", "fault"],
    },
    detail: { type: "string" },
    traceId: { type: "string" },
    fields: {
      type: "array",
      items: { type: "object", properties: { field: { type: "string" }, fault: { type: "string" } } },
    },
  },
};

/** @param {RouteSpec} spec */
function operation(spec) {
  const codes = [...new Set([...everyRoute, ...(spec.errors ?? [])])];
  const statuses = [...new Set(codes.map((code) => problems[code].status))].toSorted((left, right) => left - right);
  return {
    operationId: `${spec.method.toLowerCase()}${spec.path.replace("/api", "").replaceAll(/\/:?(\w)/g, (_, letter) => letter.toUpperCase())}`,
    summary: spec.title.en,
    ...(spec.doc === undefined ? {} : { description: spec.doc }),
    "x-title-zh": spec.title.zh,
    security: spec.who.anybody === true ? [] : [{ token: [] }, { session: [] }],
    parameters: [...parameters("path", spec.params), ...parameters("query", spec.query)],
    ...(spec.body === undefined ? {} : { requestBody: { content: { "application/json": { schema: spec.body } } } }),
    responses: {
      [String(spec.status ?? 200)]: { description: spec.title.en, content: replyContent(spec) },
      ...(spec.secondPerson === true ? { 202: { description: "waits for a second operator's approval" } } : {}),
      ...Object.fromEntries(
        statuses.map((status) => [
          String(status),
          {
            description: codes.filter((code) => problems[code].status === status).join(", "),
            content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
          },
        ]),
      ),
    },
  };
}

/** @param {"path" | "query"} place @param {RouteSpec["params"]} schema */
function parameters(place, schema) {
  return Object.entries(schema?.properties ?? {}).map(([name, field]) => ({
    name,
    in: place,
    required: /** @type {{ required?: string[] }} */ (schema).required?.includes(name) ?? false,
    schema: field,
  }));
}

/** @param {RouteSpec} spec */
function replyContent({ reply }) {
  const { contentMediaType = "application/json" } = /** @type {{ contentMediaType?: string }} */ (reply);
  return { [contentMediaType]: { schema: reply } };
}

import { mayDo, roles, roleTitles, rolesThatMay } from "#kaimen/accounts/roles.ts";
import { problems } from "#kaimen/console/problem.ts";
import { code, nothing, page, prose, table } from "./markdown.mjs";

/** @typedef {import("#kaimen/console/route.ts").Route} Route */
/** @typedef {import("#kaimen/console/route.ts").RouteSpec} RouteSpec */
/** @typedef {{ readonly type?: string, readonly description?: string, readonly properties?: Record<string, Schema>, readonly required?: string[], readonly items?: Schema, readonly enum?: unknown[], readonly anyOf?: Schema[], readonly const?: unknown }} Schema */

/** docs/console-api.md. @param {readonly Route[]} routes @param {readonly Route[]} sandboxRoutes */
export function consolePage(routes, sandboxRoutes) {
  return page("the routes in `src/console/routes/`", [
    "# The console's API",
    "As OpenAPI: [console-openapi.json](console-openapi.json).",
    "Programs send `Authorization: Bearer` with an API token (`kaimen login` makes one, or `POST /api/account/tokens`); browsers sign in with `POST /api/session`. Bodies and answers are JSON in camelCase, instants are ISO 8601 in UTC. A list comes in pages: `next` is what `after` is for the page that follows.",
    "A refusal is `application/problem+json` (RFC 9457): `{type, status, code, detail, traceId, fields?}`. Every change and every read of what is somebody's is put on the audit trail, under the name in the column *audit*. Where the installation asks for a second person (`KAIMEN_SECOND_PERSON`), a route that is marked so answers 202 with an `approvalId`, and is done when another operator approves it.",
    "## Roles",
    rolesTable(),
    "## Refusals",
    table(
      ["code", "status", "when", "含义"],
      Object.entries(problems).map(([name, { status, en, zh }]) => [code(name), String(status), prose(en), prose(zh)]),
    ),
    ...chapters(routes).flatMap(([noun, ofNoun]) => chapter(noun, ofNoun)),
    ...(sandboxRoutes.length === 0 ? [] : chapter("sandbox: not there in production", sandboxRoutes)),
  ]);
}

export function rolesTable() {
  const rows = Object.entries(mayDo).map(([area, by]) => [
    area,
    ...roles.map((role) => (by[role] === "none" ? nothing : by[role])),
  ]);
  const titles = roles.map((role) => `- **${role}**: ${roleTitles[role].en} · ${roleTitles[role].zh}`);
  return `${table(["may", ...roles], rows)}\n\n${titles.join("\n")}`;
}

/** By the noun after /api/, in the order in which the routes stand. @param {readonly Route[]} routes */
function chapters(routes) {
  /** @type {Map<string, Route[]>} */
  const found = new Map();
  for (const route of routes) {
    const noun = route.spec.path.split("/")[2] ?? "";
    found.set(noun, [...(found.get(noun) ?? []), route]);
  }
  return [...found];
}

/** @param {string} noun @param {readonly Route[]} routes @returns {string[]} */
function chapter(noun, routes) {
  const rows = routes.map(({ spec }) => [
    code(`${spec.method} ${spec.path}`),
    `${prose(spec.title.en)} · ${prose(spec.title.zh)}`,
    whoMay(spec).join(", "),
    spec.action === undefined ? nothing : `${code(spec.action)}${spec.secondPerson === true ? ", second person" : ""}`,
  ]);
  return [`## ${noun}`, table(["route", "what", "who", "audit"], rows), ...routes.flatMap(({ spec }) => details(spec))];
}

/** @param {RouteSpec} spec @returns {string[]} */
function details(spec) {
  const inputs = /** @type {const} */ (["params", "query", "body"]).flatMap((part) => {
    const schema = /** @type {Schema | undefined} */ (spec[part]);
    return Object.entries(schema?.properties ?? {}).map(([name, field]) => [
      code(name),
      part,
      prose(typeName(field)) + (schema?.required?.includes(name) === true ? "" : ", optional"),
      prose(field.description ?? nothing),
    ]);
  });
  if (spec.doc === undefined && inputs.length === 0) return [];
  return [
    `${code(`${spec.method} ${spec.path}`)}${spec.doc === undefined ? "" : `: ${prose(spec.doc)}`}`,
    ...(inputs.length === 0 ? [] : [table(["field", "in", "type", "what it may be"], inputs)]),
  ];
}

/** In words, who may call: the table that a test walks. @param {RouteSpec} spec @returns {string[]} */
export function whoMay({ who }) {
  return [
    ...(who.anybody === true ? ["anybody"] : []),
    ...(who.accounts === true ? ["whoever is signed in"] : []),
    ...(who.merchants === true ? ["the merchant's own staff or app"] : []),
    ...(who.staff === true ? ["the merchant's own staff"] : []),
    ...(who.operators === "any" ? ["every operator"] : who.operators === undefined ? [] : rolesThatMay(who.operators)),
  ];
}

/** @param {Schema} schema @returns {string} */
export function typeName(schema) {
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeName).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(String).join(", ");
  if (schema.type === "array") return `list of ${schema.items === undefined ? "anything" : typeName(schema.items)}`;
  return schema.type ?? "anything";
}

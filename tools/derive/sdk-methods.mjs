import { camelCase } from "#kaimen/protocol/method-spec.ts";
import { gatewayErrors } from "#kaimen/protocol/gateway-errors.ts";

/** @typedef {import("#kaimen/protocol/method-spec.ts").MethodSpec} MethodSpec */
/** @typedef {import("#kaimen/protocol/method-spec.ts").FieldSpec} FieldSpec */
/** @typedef {import("#kaimen/protocol/refusal.ts").ErrorSpec} ErrorSpec */

export const sdkFolder = "src/sdk/derived";

/** Fields of replies that are a score on the wire: digits, or N/A. */
const scores = new Set(["zm_score"]);

/** The files of the client that follow from the methods' specs, by their paths. @param {readonly MethodSpec[]} specs */
export function sdkMethods(specs) {
  return new Map([
    [`${sdkFolder}/gateway-remedies.ts`, gatewayRemediesFile()],
    ...specs.map((spec) => /** @type {const} */ ([`${sdkFolder}/${spec.name}.ts`, methodFile(spec)])),
    [`${sdkFolder}/index.ts`, indexFile(specs)],
  ]);
}

/** @param {string} from */
const head = (from) => `// Derived from ${from} by \`npm run derive\`. Edit there, not here.\n`;

function gatewayRemediesFile() {
  return `${head("src/protocol/gateway-errors.ts")}import type { Bilingual } from "../../protocol/refusal.ts";

/** What to do about each sub_code of the gateway itself, which any method may answer with. */
export const gatewayRemedies: Readonly<Record<GatewaySubCode, Bilingual>> = ${remediesOf(gatewayErrors)};

/** The sub_codes of the gateway itself. */
export type GatewaySubCode = ${subCodesOf(gatewayErrors)};
`;
}

/** @param {MethodSpec} spec */
function methodFile(spec) {
  const type = typeNameOf(spec.name);
  const fields = Object.entries(spec.request);
  const replies = Object.entries(spec.response);
  const types = [
    ...(fields.some(([, { type }]) => type === "file") ? [`import type { FileInput } from "../file-input.ts";\n`] : []),
    `import type { MethodFacts${replies.some(([name]) => scores.has(name)) ? ", Score" : ""} } from "../method-facts.ts";\n`,
    `import { MethodRequest } from "../method-request.ts";\n`,
  ];
  return `${head(`src/methods/${spec.name}.ts`)}${types.join("")}
/** ${spec.description.en} */
export interface ${type}Fields {
${fields.map(([name, field]) => member(name, field.required, requestType(field), field.doc.en)).join("")}}

${replyType(type, replies)}

/** The sub_codes of the method's own. */
export type ${type}SubCode = ${subCodesOf(spec.errors)};

export const ${variableOf(spec.name)}: MethodFacts = {
  name: ${quoted(spec.name)},
  auth: ${quoted(spec.auth)},
  place: ${quoted(spec.fields)},
  repeatable: ${String(isRepeatable(spec))},
  request: ${recordOf(fields.map(([name]) => [camelCase(name), name]))},
  response: { ${replies.map(([name, field]) => `${name}: ${replyFieldKind(name, field)}`).join(", ")} },
  remedies: ${remediesOf(spec.errors)},
};

/** ${spec.title.en} ${spec.title.zh} */
export class ${type}Request extends MethodRequest<${quoted(spec.name)}, ${type}Fields> {
  readonly method = ${quoted(spec.name)};
${fields.map(([name]) => setter(type, name)).join("")}}
`;
}

/** @param {string} type @param {[string, import("#kaimen/protocol/method-spec.ts").ResponseFieldSpec][]} fields */
function replyType(type, fields) {
  if (fields.length === 0) {
    return `/** A success has no fields. */\nexport type ${type}Reply = Readonly<Record<never, string>>;`;
  }
  const members = fields.map(([name, field]) =>
    member(name, field.required, replyFieldType(name, field), field.doc.en),
  );
  return `export interface ${type}Reply {\n${members.join("")}}`;
}

/** @param {string} name @param {import("#kaimen/protocol/method-spec.ts").ResponseFieldSpec} field @returns {string} */
function replyFieldType(name, field) {
  if (field.type !== "list") return scores.has(name) ? "Score" : field.type;
  const items = Object.entries(field.items).map(
    ([item, { type, required }]) => `readonly ${camelCase(item)}${required ? "" : "?"}: ${type}`,
  );
  return `readonly { ${items.join("; ")} }[]`;
}

/** @param {string} name @param {import("#kaimen/protocol/method-spec.ts").ResponseFieldSpec} field @returns {string} */
function replyFieldKind(name, field) {
  if (field.type !== "list") return quoted(scores.has(name) ? "score" : field.type);
  const items = Object.entries(field.items).map(([item, each]) => `${item}: ${replyFieldKind(item, each)}`);
  return `{ ${items.join(", ")} }`;
}

/** @param {readonly MethodSpec[]} specs */
function indexFile(specs) {
  const imports = specs.map(({ name }) => {
    const type = typeNameOf(name);
    return `import { type ${type}Fields, type ${type}Reply, type ${type}SubCode, ${variableOf(name)} } from "./${name}.ts";\n`;
  });
  const members = specs.map(({ name, auth }) => {
    const type = typeNameOf(name);
    return `  ${quoted(name)}: {
    fields: ${type}Fields;
    reply: ${type}Reply;
    subCode: ${type}SubCode;
    auth: ${quoted(auth)};
  };
`;
  });
  const exports = specs.map(({ name }) => {
    const type = typeNameOf(name);
    return `export { type ${type}Fields, type ${type}Reply, ${type}Request } from "./${name}.ts";\n`;
  });
  return `${head("src/methods/index.ts")}import type { MethodFacts } from "../method-facts.ts";
${imports.join("")}
${exports.join("")}
/** What each method takes and answers. */
export interface MethodMap {
${members.join("")}}

export const methodFacts: { readonly [M in keyof MethodMap]: MethodFacts } = {
${specs.map(({ name }) => `  ${quoted(name)}: ${variableOf(name)},\n`).join("")}};
`;
}

/**
 * An inquiry keeps its transaction_id, a feedback overwrites by its primary key, and a question changes nothing; a code or
 * a refresh token serves once, and a second use of one ends the tokens of the first.
 * @param {MethodSpec} spec
 */
function isRepeatable(spec) {
  return !("grant_type" in spec.request);
}

/** @param {FieldSpec} field */
function requestType({ type, oneOf }) {
  if (type === "file") return "FileInput";
  // A value that is not published here may be right on another platform; an editor still offers those that are.
  return oneOf === undefined ? "string" : `${oneOf.map(quoted).join(" | ")} | (string & {})`;
}

/** @param {string} name @param {boolean} required @param {string} type @param {string} doc */
function member(name, required, type, doc) {
  return `  /** ${doc} */\n  readonly ${camelCase(name)}${required ? "" : "?"}: ${type}${required ? "" : " | undefined"};\n`;
}

/** @param {string} type @param {string} name */
function setter(type, name) {
  const camel = camelCase(name);
  return `
  set${camel.slice(0, 1).toUpperCase()}${camel.slice(1)}(value: ${type}Fields[${quoted(camel)}]): this {
    return this.set(${quoted(camel)}, value);
  }
`;
}

/** @param {Readonly<Record<string, ErrorSpec>>} errors */
function remediesOf(errors) {
  const entries = Object.entries(errors);
  if (entries.length === 0) return "{}";
  const lines = entries.map(
    ([subCode, { remedy }]) => `    ${quoted(subCode)}: { en: ${quoted(remedy.en)}, zh: ${quoted(remedy.zh)} },\n`,
  );
  return `{\n${lines.join("")}  }`;
}

/** @param {Readonly<Record<string, ErrorSpec>>} errors */
function subCodesOf(errors) {
  return Object.keys(errors).map(quoted).join(" | ") || "never";
}

/** @param {readonly (readonly [string, string])[]} entries */
function recordOf(entries) {
  return entries.length === 0 ? "{}" : `{ ${entries.map(([name, value]) => `${name}: ${quoted(value)}`).join(", ")} }`;
}

/** `zhima.credit.score.get` to `ZhimaCreditScoreGet`. @param {string} name */
function typeNameOf(name) {
  return name
    .split(".")
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join("");
}

/** @param {string} name */
function variableOf(name) {
  const type = typeNameOf(name);
  return type.slice(0, 1).toLowerCase() + type.slice(1);
}

/** @param {string} text */
function quoted(text) {
  return JSON.stringify(text);
}

import { pipeline } from "#kaimen/gateway/pipeline.ts";
import { gatewayErrors } from "#kaimen/protocol/gateway-errors.ts";

/** @typedef {import("#kaimen/protocol/method-spec.ts").MethodSpec} MethodSpec */
/** @typedef {{ step: string, subCodes: string[] }} RefusingStep */

/** Steps that look at what the method's spec says; those before them are the same for every call. */
const stepsOfMethod = new Set(["decodeBizContent", "authorise", "validate", "call"]);

/** The steps that any call passes, with what each may refuse, in order. @returns {RefusingStep[]} */
export function commonRefusals() {
  return pipeline
    .filter(({ name }) => !stepsOfMethod.has(name))
    .map((step) => ({ step: step.name, subCodes: namedIn(step) }))
    .filter(({ subCodes }) => subCodes.length > 0);
}

/** What a call of this method may be refused with after the common steps, in order. @param {MethodSpec} spec @returns {RefusingStep[]} */
export function refusalsOf(spec) {
  const ofFields = fieldRefusals(spec);
  /** @type {Record<string, (step: Function) => string[]>} */
  const find = {
    decodeBizContent: (step) => (spec.fields === "biz_content" ? namedIn(step) : []),
    authorise: (step) => (spec.auth === "user" ? namedIn(step) : []),
    validate: () => ofFields,
    call: () => Object.keys(spec.errors).filter((subCode) => !ofFields.includes(subCode)),
  };
  return pipeline
    .filter(({ name }) => stepsOfMethod.has(name))
    .map((step) => ({ step: step.name, subCodes: find[step.name]?.(step) ?? [] }))
    .filter(({ subCodes }) => subCodes.length > 0);
}

/** What no step looks for: a fault may show in any of them. @returns {string[]} */
export function unplacedGatewayErrors() {
  const placed = new Set(pipeline.flatMap(namedIn));
  return Object.keys(gatewayErrors).filter((subCode) => !placed.has(subCode));
}

/** @param {MethodSpec} spec */
function fieldRefusals(spec) {
  const fallback = "isv.invalid-parameter";
  return unique(
    Object.values(spec.request).flatMap(({ required, missing = fallback, invalid = fallback }) => (required ? [missing, invalid] : [invalid])),
  );
}

/**
 * A step names each of its refusals in its own text, in the order in which it looks for them: reading them there keeps
 * this list from being written twice.
 * @param {Function} step
 */
function namedIn(step) {
  return unique([...step.toString().matchAll(/gatewayRefusal\("([^"]+)"/g)].map((match) => match[1] ?? ""));
}

/** @param {string[]} items */
function unique(items) {
  return [...new Set(items)];
}

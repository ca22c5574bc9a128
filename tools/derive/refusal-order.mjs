import { pipeline as steps } from "#kaimen/gateway/pipeline.ts";
import { gatewayErrors } from "#kaimen/protocol/gateway-errors.ts";

/** @typedef {import("#kaimen/protocol/method-spec.ts").MethodSpec} MethodSpec */
/** @typedef {{ step: string, subCodes: string[] }} RefusingStep */

/** @type {[name: string, step: import("#kaimen/gateway/step.ts").Step][]} */
const pipeline = Object.entries(steps);

/** Steps that look at what the method's spec says; those before them are the same for every call. */
const stepsOfMethod = new Set(["decodeBizContent", "authorise", "validate", "call"]);

/** The steps that any call passes, with what each may refuse, in order. @returns {RefusingStep[]} */
export function commonRefusals() {
  return pipeline
    .filter(([name]) => !stepsOfMethod.has(name))
    .map(([step, { refuses }]) => ({ step, subCodes: [...refuses] }))
    .filter(({ subCodes }) => subCodes.length > 0);
}

/** What a call of this method may be refused with after the common steps, in order. @param {MethodSpec} spec @returns {RefusingStep[]} */
export function refusalsOf(spec) {
  const ofFields = fieldRefusals(spec);
  /** @type {Record<string, () => readonly string[]>} */
  const find = {
    decodeBizContent: () => (spec.fields === "biz_content" ? steps.decodeBizContent.refuses : []),
    authorise: () => (spec.auth === "user" ? steps.authorise.refuses : []),
    validate: () => ofFields,
    call: () => Object.keys(spec.errors).filter((subCode) => !ofFields.includes(subCode)),
  };
  return pipeline
    .filter(([name]) => stepsOfMethod.has(name))
    .map(([step]) => ({ step, subCodes: [...(find[step]?.() ?? [])] }))
    .filter(({ subCodes }) => subCodes.length > 0);
}

/** What no step looks for: a fault may show in any of them. @returns {string[]} */
export function unplacedGatewayErrors() {
  /** @type {Set<string>} */
  const placed = new Set(pipeline.flatMap(([, { refuses }]) => refuses));
  return Object.keys(gatewayErrors).filter((subCode) => !placed.has(subCode));
}

/** @param {MethodSpec} spec */
function fieldRefusals(spec) {
  const fallback = "isv.invalid-parameter";
  return unique(
    Object.values(spec.request).flatMap(({ required, missing = fallback, invalid = fallback }) =>
      required ? [missing, invalid] : [invalid],
    ),
  );
}

/** @param {string[]} items */
function unique(items) {
  return [...new Set(items)];
}

import { encodeNode } from "#kaimen/protocol/encode-node.ts";
import { settings } from "#kaimen/config.ts";
import { gatewayPath } from "#kaimen/gateway/server.ts";
import { toByteText, toBytes } from "#kaimen/protocol/byte-text.ts";
import { assembleReply, errorNode, methodNode, refusalNode, successNode } from "#kaimen/protocol/envelope.ts";
import { exampleFields } from "#kaimen/protocol/method-spec.ts";
import { isRefusal } from "#kaimen/protocol/refusal.ts";
import { stringToSign } from "#kaimen/protocol/signing.ts";
import { validateFields } from "#kaimen/protocol/validation.ts";
import { abbreviatedSign, publicParametersOf } from "./public-parameters.mjs";

/** @typedef {import("#kaimen/protocol/method-spec.ts").MethodSpec} MethodSpec */

export const exampleServer = `http://${settings.KAIMEN_HOST.default}:8080`;
const exampleFile = "feedback.json";

/** Fields that exclude each other cannot stand in one example, and a spec has no word for that. @type {Readonly<Record<string, readonly string[]>>} */
const leftOut = { "alipay.system.oauth.token": ["refresh_token", "code_verifier"] };

/** @param {MethodSpec} spec */
export function hasFile(spec) {
  return Object.values(spec.request).some(({ type }) => type === "file");
}

/** The text parameters of an example call, in the order they are documented, and its files by field. @param {MethodSpec} spec */
export function exampleCall(spec) {
  const shown = Object.entries(spec.request).filter(([name]) => leftOut[spec.name]?.includes(name) !== true);
  const fields = shown
    .filter(([, field]) => field.type === "string")
    .map(([name, { example }]) => /** @type {const} */ ([name, example]));
  const files = shown
    .filter(([, field]) => field.type === "file")
    .map(([name, { example }]) => ({ name, filename: exampleFile, content: example }));
  const business =
    spec.fields === "form"
      ? fields
      : [/** @type {const} */ (["biz_content", JSON.stringify(Object.fromEntries(fields))])];
  const common = Object.entries(publicParametersOf(spec)).map(
    ([name, { example }]) => /** @type {const} */ ([name, name === "method" ? spec.name : example]),
  );
  return { parameters: [...common, ...business], files };
}

/** The example as shell commands: sign, then call. @param {MethodSpec} spec */
export function curlExample(spec) {
  const { parameters, files } = exampleCall(spec);
  const unsigned = parameters.filter(([name]) => name !== "sign");
  const encoder = new TextEncoder();
  const raw = unsigned.map(([name, value]) => ({
    name: toByteText(encoder.encode(name)),
    value: toByteText(encoder.encode(value)),
  }));
  const signed = new TextDecoder().decode(toBytes(stringToSign(raw)));
  const option = files.length > 0 ? "--form-string" : "--data-urlencode";
  return [
    ...files.map(({ filename, content }) => `printf '%s' ${quoted(content)} > ${filename}`),
    `SIGN=$(printf '%s' ${quoted(signed)} |`,
    "  openssl dgst -sha256 -sign app_private_key.pem | openssl base64 -A)",
    [
      `curl ${quoted(exampleServer + gatewayPath)}`,
      ...unsigned.map(([name, value]) => `${option} ${quoted(`${name}=${value}`)}`),
      ...files.map(({ name, filename }) => `--form ${quoted(`${name}=@${filename}`)}`),
      `${option} "sign=$SIGN"`,
    ].join(" \\\n  "),
  ].join("\n");
}

/** @param {string} text */
function quoted(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The reply to a call that succeeds, as it stands on the wire. @param {MethodSpec} spec */
export function exampleReply(spec) {
  return reply(methodNode(spec.name), successNode(exampleFields(spec.response), spec.reply));
}

/** The reply to a call that carries no field at all. @param {MethodSpec} spec */
export function exampleRefusal(spec) {
  const refused = validateFields(spec, () => undefined);
  if (!isRefusal(refused)) return undefined;
  return reply(spec.reply === "bare" ? errorNode : methodNode(spec.name), refusalNode(refused, "disarmed"));
}

/** @param {string} name @param {string} node */
function reply(name, node) {
  return new TextDecoder().decode(toBytes(assembleReply(name, encodeNode(node, "utf-8"), { sign: abbreviatedSign })));
}

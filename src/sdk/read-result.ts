import { JsonNumber, type JsonValue } from "../protocol/json.ts";
import { camelCase } from "../protocol/method-spec.ts";
import { gatewayRemedies } from "./derived/gateway-remedies.ts";
import type { FieldKind, FieldKinds, MethodFacts } from "./method-facts.ts";
import { plainText, type VerifiedNode } from "./reply.ts";
import type { UntypedResult } from "./result.ts";

/** What a verified node says: a success has no code, as a bare one, or 10000, and no sub_code. */
export function readResult(
  node: VerifiedNode,
  facts: Pick<MethodFacts, "response" | "remedies"> | undefined,
  traceId: string | undefined,
): UntypedResult {
  const text = (name: string): string => plainText(node.get(name)) ?? "";
  const traced = traceId === undefined ? {} : { traceId };
  if (!["", "10000"].includes(text("code")) || node.has("sub_code")) {
    const remedy = remedyOf(text("sub_code"), facts);
    return {
      ok: false,
      code: text("code"),
      msg: text("msg"),
      subCode: text("sub_code"),
      subMsg: text("sub_msg"),
      ...(remedy === undefined ? {} : { remedy }),
      ...traced,
    };
  }
  const fields = [...node].filter(([name]) => name !== "code" && name !== "msg");
  const reply = fieldsOf(new Map(fields), facts?.response ?? {});
  return { ok: true, ...traced, reply };
}

function fieldsOf(node: VerifiedNode, kinds: MethodFacts["response"]): Record<string, unknown> {
  return Object.fromEntries(
    [...node].map(([name, value]) => [
      camelCase(name),
      fieldOf(value, Object.hasOwn(kinds, name) ? kinds[name] : undefined),
    ]),
  );
}

/** As the method declares it: some platforms write numbers as texts, and texts as numbers. */
function fieldOf(value: JsonValue, kind: FieldKind | FieldKinds | undefined): unknown {
  if (typeof kind === "object") {
    const items = Array.isArray(value) ? (value as readonly JsonValue[]) : []; // isArray does not narrow to readonly.
    return items.map((item) => (item instanceof Map ? fieldsOf(item, kind) : plain(item)));
  }
  const text = plainText(value);
  if (text === undefined || kind === undefined) return plain(value);
  if (kind === "boolean") return text === "true";
  if (kind === "string" || (kind === "score" && !/^\d+$/.test(text))) return text;
  return Number(text);
}

function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, each]) => [name, plain(each)]));
  // The readonly type of JSON's arrays is not what isArray narrows to.
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(plain);
  return value;
}

function remedyOf(
  subCode: string,
  facts: Pick<MethodFacts, "remedies"> | undefined,
): { readonly en: string; readonly zh: string } | undefined {
  const remedies: MethodFacts["remedies"] = { ...gatewayRemedies, ...facts?.remedies };
  return Object.hasOwn(remedies, subCode) ? remedies[subCode] : undefined;
}

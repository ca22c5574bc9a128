import { demandName, demandPrefix } from "../../src/sandbox/answers-on-demand.ts";
import type { CallChange, CallDraft, Parameters } from "./call.ts";
import { specPattern } from "./spec-pattern.ts";

interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

/** Of a method's contract, what mistakes are made of. */
export interface MistakenMethod {
  readonly name: string;
  readonly auth: "app" | "user";
  readonly fields: "biz_content" | "form";
  readonly request: readonly {
    readonly name: string;
    readonly type: "string" | "file";
    readonly required: boolean;
    readonly maxLength?: number;
    readonly pattern?: string;
    readonly oneOf?: readonly string[];
    readonly missing: string;
    readonly invalid: string;
  }[];
  readonly errors: readonly { readonly subCode: string; readonly subMessage: string }[];
}

/** One thing made wrong in a call that is right otherwise, and the sub_code that it has to be refused with. */
export interface Mistake {
  readonly key: string;
  readonly kind: "public" | "field" | "demand";
  readonly title: Bilingual;
  readonly expected: string;
  readonly draft?: (draft: CallDraft) => CallDraft;
  readonly change?: CallChange;
}

const left =
  (name: string) =>
  (parameters: Parameters): Parameters => {
    const { [name]: _, ...rest } = parameters;
    return rest;
  };
const put =
  (name: string, value: string) =>
  (parameters: Parameters): Parameters => ({ ...parameters, [name]: value });

function leaveOut(name: string, expected: string, when: keyof CallChange = "beforeSigning"): Mistake {
  return {
    key: `without ${name}`,
    kind: "public",
    title: { zh: `不传 ${name}`, en: `without ${name}` },
    expected,
    change: { [when]: left(name) },
  };
}

function wrong(name: string, value: string, expected: string): Mistake {
  return {
    key: `${name} ${value}`,
    kind: "public",
    title: { zh: `${name} 写成 ${value}`, en: `${name} is ${value}` },
    expected,
    change: { beforeSigning: put(name, value) },
  };
}

const unknownAppId = "2021999999999999";
/** Of the form of a token, and nobody's. */
const unknownToken = `authzhB${"0".repeat(32)}`;

function publicMistakes({ auth, fields }: MistakenMethod): readonly Mistake[] {
  return [
    leaveOut("app_id", "isv.missing-app-id"),
    wrong("app_id", unknownAppId, "isv.invalid-app-id"),
    leaveOut("method", "isv.missing-method"),
    wrong("method", "zhima.no.such.method", "isv.invalid-method"),
    leaveOut("sign", "isv.missing-signature", "afterSigning"),
    {
      key: "changed after signing",
      kind: "public",
      title: { zh: "签名之后又改了参数", en: "a parameter changed after signing" },
      expected: "isv.invalid-signature",
      change: { afterSigning: put("format", "json") },
    },
    leaveOut("sign_type", "isv.missing-signature-type"),
    wrong("sign_type", "MD5", "isv.invalid-signature-type"),
    wrong("charset", "latin-1", "isv.invalid-charset"),
    leaveOut("timestamp", "isv.missing-timestamp"),
    wrong("timestamp", "2026/01/01 08:00", "isv.invalid-timestamp"),
    leaveOut("version", "isv.missing-version"),
    wrong("version", "2.0", "isv.invalid-parameter"),
    wrong("format", "yaml", "isv.invalid-format"),
    ...(fields === "biz_content" ? [wrong("biz_content", "{", "isv.invalid-parameter")] : []),
    ...(auth === "user" ? [wrong("auth_token", unknownToken, "aop.invalid-auth-token")] : []),
  ];
}

/** Values of which one breaks any pattern. */
const misfits = ["!", "x", "2026-13-45", "\u4e2d", " "];

function fieldMistakes({ request }: MistakenMethod): readonly Mistake[] {
  const set = (name: string, value: string) => (draft: CallDraft) => ({
    ...draft,
    fields: { ...draft.fields, [name]: value },
  });
  return request
    .filter(({ type }) => type === "string")
    .flatMap(({ name, required, maxLength, pattern, oneOf, missing, invalid }): Mistake[] => {
      const broken =
        oneOf === undefined
          ? misfits.find((value) => pattern !== undefined && !specPattern(pattern).test(value))
          : "no-such-value".slice(0, maxLength);
      return [
        ...(required
          ? [
              {
                key: `without ${name}`,
                kind: "field" as const,
                title: { zh: `不传 ${name}`, en: `without ${name}` },
                expected: missing,
                draft: set(name, ""),
              },
            ]
          : []),
        ...(broken === undefined
          ? []
          : [
              {
                key: `wrong ${name}`,
                kind: "field" as const,
                title: { zh: `${name} 不合规则`, en: `${name} against its rule` },
                expected: invalid,
                draft: set(name, broken),
              },
            ]),
        ...(maxLength === undefined
          ? []
          : [
              {
                key: `long ${name}`,
                kind: "field" as const,
                title: { zh: `${name} 超过 ${maxLength} 个字符`, en: `${name} of more than ${maxLength} characters` },
                expected: invalid,
                draft: set(name, "1".repeat(maxLength + 1)),
              },
            ]),
      ];
    });
}

/** Each documented error of a method whose transaction_id may ask for it (docs/errors-on-demand.md). */
function demandMistakes(method: MistakenMethod, gatewayErrors: MistakenMethod["errors"]): readonly Mistake[] {
  if (!method.request.some(({ name }) => name === "transaction_id")) return [];
  const own = new Set(method.errors.map(({ subCode }) => subCode));
  return [...method.errors, ...gatewayErrors.filter(({ subCode }) => !own.has(subCode))].map(
    ({ subCode, subMessage }) => ({
      key: `on demand ${subCode}`,
      kind: "demand",
      title: { zh: subMessage, en: subMessage },
      expected: subCode,
      draft: (draft) => ({
        ...draft,
        fields: { ...draft.fields, transaction_id: `${demandPrefix}${demandName(subCode)}_${Date.now()}` },
      }),
    }),
  );
}

/** Everything that one click can make wrong with a call of this method. */
export function mistakesOf(method: MistakenMethod, gatewayErrors: MistakenMethod["errors"]): readonly Mistake[] {
  return [...publicMistakes(method), ...fieldMistakes(method), ...demandMistakes(method, gatewayErrors)];
}

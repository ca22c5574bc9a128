import type { KeyObject } from "node:crypto";
import { Type } from "typebox";
import * as field from "../console/fields.ts";
import { Problem } from "../console/problem.ts";
import { type Caller, mayKnowOf } from "../console/caller.ts";
import { defineRoute } from "../console/route.ts";
import { diagnoseString } from "../gateway/signature-doctor/diagnose-string.ts";
import type { DiagnosisRequest } from "../gateway/signature-doctor/diagnosis-protocol.ts";
import type { SignatureDoctor } from "../gateway/signature-doctor/doctor.ts";
import {
  PastedRequestError,
  type PastedRequest,
  readPastedRequest,
} from "../gateway/signature-doctor/pasted-request.ts";
import { KeyFormatError, parsePublicKey } from "../keys/formats.ts";
import type { Platform } from "../platform.ts";
import { asByteText, type ByteText, toBytes } from "../protocol/byte-text.ts";
import { decodeText, parseCharset } from "../protocol/charset.ts";
import { addParameters } from "../protocol/parameters.ts";
import { type SignType, signTypes } from "../protocol/signing.ts";

const requestLimit = 65_536;
const bodyLimitBytes = 4 * requestLimit;
/** Each may cost a search of some seconds in the doctor's thread. */
const requestsPerMinute = 60;
const otherAppsLimit = 50;

/** What is wrong with a request that somebody pasted: the signature doctor, with both strings to sign. */
export const diagnosisRoutes = (doctor: SignatureDoctor | undefined) => ({
  diagnoseRoute: defineRoute(
    {
      method: "POST",
      path: "/api/sandbox/diagnoses",
      title: { en: "Find out why a request's signature does not verify", zh: "诊断签名" },
      doc: "Takes a raw HTTP request, a curl command, a URL, the parameters of a form, a line of a log with one of them, or a bare string to sign. A merchant's staff ask of their own apps.",
      who: { merchants: true, operators: "sandbox:write" },
      body: field.object({
        request: Type.String({
          minLength: 1,
          maxLength: requestLimit,
          description: `1 to ${requestLimit} characters: what was sent, or the string that was signed`,
        }),
        publicKey: Type.Optional(
          Type.String({
            maxLength: 16_384,
            description: "the app's public key, PEM or base64; the registered one when left out",
          }),
        ),
      }),
      reply: field.object({
        read: Type.Enum(["request", "string"], { description: "what the text was taken for" }),
        verifies: Type.Boolean({ description: "of a string: whether it is as the gateway makes it" }),
        findings: Type.Array(field.object({ name: Type.String(), en: Type.String(), zh: Type.String() })),
        expected: Type.String({ description: "what has to be signed" }),
        signed: Type.Optional(Type.String({ description: "what was signed, where it was found" })),
        differsAt: Type.Optional(Type.Integer({ description: "the first byte in which both differ, from 0" })),
        differsIn: Type.Optional(Type.String({ description: "the parameter it lies in" })),
      }),
      errors: ["refused", "too-many-requests"],
      action: "sandbox.diagnosis",
      isRead: true,
      bodyLimitBytes,
      requestsPerMinute,
      longTexts: { request: requestLimit, publicKey: 16_384 },
    },
    async ({ body, caller, note }, platform) => {
      note({ details: { length: body.request.length } });
      const bytes = Buffer.from(body.request);
      const pasted = asByteText(bytes.toString("latin1")); // A character a byte.
      if (isString(body.request)) {
        const { findings, expected, signed, differsAt } = diagnoseString(pasted);
        const verifies = differsAt === undefined && findings.length === 0;
        return {
          read: "string" as const,
          verifies,
          findings: [...findings],
          ...shown("utf-8", { expected, signed }),
          ...at(differsAt),
        };
      }
      if (doctor === undefined) throw new Error("the route of diagnoses was registered without a doctor");
      const parameters = parametersOf(takeApart(bytes));
      const summary = await doctor.diagnose(await requestOf(parameters, body.publicKey, caller, platform));
      if (summary === undefined) throw new Problem("too-many-requests", "others wait for it already", { waitS: 1 });
      if (summary === "too_long")
        throw new Problem(
          "refused",
          "the search took too long; `kaimen doctor signature` has more time on your machine",
        );
      const { findings, differsAt, differsIn, strings } = summary;
      return {
        read: "request" as const,
        verifies: findings.length === 0,
        findings: [...findings],
        ...shown(parameters.get("charset") ?? "", strings),
        ...at(differsAt),
        ...(differsIn === undefined ? {} : { differsIn }),
      };
    },
  ),
});

/** Pairs in the clear without a signature: what somebody printed before they signed it. */
function isString(text: string): boolean {
  return /^\s*[A-Za-z_][\w.]*=/.test(text) && !/(?:^|&)sign=./.test(text);
}

function takeApart(bytes: Buffer): PastedRequest {
  try {
    return readPastedRequest(bytes);
  } catch (error) {
    throw error instanceof PastedRequestError ? new Problem("refused", error.message) : error;
  }
}

function parametersOf({ query, body }: PastedRequest): ReadonlyMap<string, ByteText> {
  const parameters = new Map<string, ByteText>();
  for (const place of [query, body]) addParameters(parameters, place);
  if ((parameters.get("sign") ?? "") === "") throw new Problem("refused", "the request has no parameter sign");
  return parameters;
}

async function requestOf(
  parameters: ReadonlyMap<string, ByteText>,
  publicKey: string | undefined,
  caller: Caller,
  { apps, gatewayKeys }: Platform,
): Promise<DiagnosisRequest> {
  const appId = parameters.get("app_id") ?? "";
  const own = publicKey === undefined || publicKey.trim() === "" ? undefined : keyIn(publicKey);
  const found = own === undefined ? await apps.find(appId) : undefined;
  const known = found !== undefined && mayKnowOf(caller, found.merchantId) ? found.publicKeys : undefined;
  const appKeys = own ?? known;
  if (appKeys === undefined || appKeys.length === 0)
    throw new Problem("refused", "no key is registered for this app_id: give the app's public key as well");
  return {
    parameters: [...parameters].map(([name, value]) => ({ name: asByteText(name), value })), // Names came as ByteTexts.
    files: [],
    sign: parameters.get("sign") ?? "",
    signType: signTypes.find((each): each is SignType => each === parameters.get("sign_type")) ?? "RSA2",
    appKeys,
    gatewayKeys: gatewayKeys.publicKeys,
    // Whose key it was instead is a merchant's business only among its own.
    otherApps: caller.ownMerchantId === undefined ? await apps.otherKeys(appId, otherAppsLimit) : [],
    wantsStrings: true,
  };
}

function keyIn(text: string): readonly KeyObject[] {
  try {
    return [parsePublicKey(text)];
  } catch (error) {
    throw error instanceof KeyFormatError ? new Problem("refused", `publicKey: ${error.message}`) : error;
  }
}

/** Both strings as texts of the request's charset. */
function shown(label: string, strings: { expected: ByteText; signed: ByteText | undefined } | undefined) {
  const charset = parseCharset(label) ?? "utf-8";
  const text = (bytes: ByteText): string => decodeText(toBytes(bytes), charset) ?? bytes;
  const { expected, signed } = strings ?? { expected: asByteText(""), signed: undefined };
  return { expected: text(expected), ...(signed === undefined ? {} : { signed: text(signed) }) };
}

const at = (differsAt: number | undefined) => (differsAt === undefined ? {} : { differsAt });

import { createHash, type KeyObject, publicDecrypt, constants } from "node:crypto";
import { asByteText, type ByteText } from "../../protocol/byte-text.ts";
import type { RawParameter } from "../../protocol/parameters.ts";
import { type SignType, stringToSign } from "../../protocol/signing.ts";
import { hypotheses, type Hypothesis, type SignedFile, type SignedParameter } from "./hypotheses.ts";

/** A request whose signature does not verify, and the keys it may have been made with. */
export interface RefusedRequest {
  readonly parameters: readonly RawParameter[];
  readonly files: readonly SignedFile[];
  readonly sign: string;
  readonly signType: SignType;
  readonly appKeys: readonly KeyObject[];
  readonly gatewayKeys: readonly KeyObject[];
  readonly otherApps: readonly { readonly appId: string; readonly publicKey: KeyObject }[];
}

export interface Finding {
  readonly name: string;
  readonly en: string;
  readonly zh: string;
}

/** What is wrong, as far as it can be told. `signed` is the string that was signed, where one was found. */
export interface Diagnosis {
  readonly findings: readonly Finding[];
  readonly expected: ByteText;
  readonly signed: ByteText | undefined;
  /** The first byte in which `signed` differs from `expected`; undefined where they are equal or `signed` is not known. */
  readonly differsAt: number | undefined;
}

/**
 * How many strings are tried, and of how many bytes together: what a diagnosis may cost, whatever was sent. A usual
 * request has some hundred that differ from its own by one mistake, and some five hundred by two.
 */
const stringsLimit = 1_000;
export const usualBytesTried = 4 * 1024 * 1024;

/**
 * An RSA signature gives back, to whoever has the public key, the digest of what was signed. So the key is found first,
 * by whose signature opens at all, then the string, by which of some hundred has that digest. Only for the app's own key:
 * anybody has signatures of the gateway's from its replies, and must not set off a search by sending one.
 */
export function diagnoseSignature(request: RefusedRequest, bytesTried = usualBytesTried): Diagnosis {
  const expected = stringToSign(request.parameters);
  const opened = openSignature(request);
  if (opened === undefined) return { findings: [keyUnknown], expected, signed: undefined, differsAt: undefined };
  const findings = [...opened.findings];
  const wanted = request.signType === "RSA2" ? "sha256" : "sha1";
  if (opened.algorithm !== wanted) findings.push(digestFinding(opened.algorithm, wanted));
  const search = searchFor(opened, bytesTried);
  const found = search.fits(expected)
    ? { signed: expected, findings: [] }
    : opened.ownKey
      ? findString(request, search)
      : undefined;
  if (found === undefined) findings.push(...(opened.ownKey ? [stringUnknown] : []));
  else findings.push(...found.findings);
  return { findings, expected, signed: found?.signed, differsAt: found && firstDifference(found.signed, expected) };
}

const keyUnknown: Finding = {
  name: "key_unknown",
  en: "the private key that signed belongs to no public key known here: give the platform the public key of your key pair, and check that PKCS#1 and PKCS#8 were not mixed up",
  zh: "签名私钥与平台登记的公钥不成对：请上传与该私钥成对的应用公钥，并检查是否混用了PKCS1与PKCS8格式",
};

const stringUnknown: Finding = {
  name: "string_unknown",
  en: "the key is the right one; another string was signed than the one expected",
  zh: "密钥正确，但参与签名的字符串与网关生成的不同",
};

interface OpenedSignature {
  readonly algorithm: string;
  readonly digest: Buffer;
  readonly findings: readonly Finding[];
  /** Whether it was made by a key of the app that the request names. */
  readonly ownKey: boolean;
}

/** DER of a DigestInfo up to the digest itself, RFC 8017 9.2. */
const digestInfos: Readonly<Record<string, string>> = {
  sha256: "3031300d060960864801650304020105000420",
  sha1: "3021300906052b0e03021a05000414",
  md5: "3020300c06082a864886f70d020505000410",
  sha512: "3051300d060960864801650304020305000440",
};

function openSignature(request: RefusedRequest): OpenedSignature | undefined {
  const { sign } = request;
  const readings: [string, Finding[]][] = [[sign, []]];
  if (sign.includes(" ")) {
    readings.push([
      sign.replaceAll(" ", "+"),
      [
        {
          name: "sign_plus_as_space",
          en: "the + of sign were sent without percent-encoding and arrived as spaces",
          zh: "sign中的+未做URL编码，到达时变成了空格",
        },
      ],
    ]);
  }
  if (/%[0-9a-f]{2}/i.test(sign)) {
    readings.push([
      decodePercent(sign),
      [{ name: "sign_encoded_twice", en: "sign was percent-encoded twice", zh: "sign被URL编码了两次" }],
    ]);
  }
  const owners: [readonly KeyObject[], Finding[]][] = [
    [request.appKeys, []],
    [
      request.gatewayKeys,
      [
        {
          name: "gateway_key",
          en: "it was signed with the gateway's key in place of the app's",
          zh: "使用了网关密钥而不是应用私钥签名",
        },
      ],
    ],
    ...request.otherApps.map(({ appId, publicKey }): [KeyObject[], Finding[]] => [
      [publicKey],
      [
        {
          name: "other_app_key",
          en: `it was signed with the key of the app ${appId}`,
          zh: `使用了应用${appId}的私钥签名`,
        },
      ],
    ]),
  ];
  for (const [text, ofText] of readings) {
    const encodings: [Buffer, Finding[]][] = [[Buffer.from(text, "base64"), []]];
    if (/^[0-9a-f]{128,}$/i.test(text)) {
      encodings.push([
        Buffer.from(text, "hex"),
        [{ name: "sign_in_hex", en: "sign is hexadecimal; it has to be base64", zh: "sign为十六进制，应为base64" }],
      ]);
    }
    for (const [signature, ofEncoding] of encodings) {
      for (const [keys, ofKey] of owners) {
        for (const key of keys) {
          const info = recover(signature, key);
          if (info !== undefined)
            return { ...info, findings: [...ofText, ...ofEncoding, ...ofKey], ownKey: keys === request.appKeys };
        }
      }
    }
  }
  return undefined;
}

function recover(signature: Buffer, key: KeyObject): { algorithm: string; digest: Buffer } | undefined {
  try {
    const info = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature).toString("hex");
    const known = Object.entries(digestInfos).find(([, prefix]) => info.startsWith(prefix));
    return known && { algorithm: known[0], digest: Buffer.from(info.slice(known[1].length), "hex") };
  } catch {
    return undefined;
  }
}

function digestFinding(used: string, wanted: string): Finding {
  const names: Readonly<Record<string, string>> = { sha1: "SHA-1 (RSA)", sha256: "SHA-256 (RSA2)" };
  const [usedName, wantedName] = [names[used] ?? used, names[wanted] ?? wanted];
  return {
    name: "digest",
    en: `it was signed with ${usedName}, and sign_type says ${wantedName}`,
    zh: `签名使用了${usedName}，而sign_type表示${wantedName}`,
  };
}

/** Strings held against the digest, until there have been enough. */
interface StringSearch {
  fits(text: ByteText): boolean;
  readonly areOver: boolean;
}

function searchFor({ algorithm, digest }: OpenedSignature, bytesTried: number): StringSearch {
  let strings = 0;
  let bytes = 0;
  return {
    fits(text) {
      strings += 1;
      bytes += text.length;
      return createHash(algorithm).update(text, "latin1").digest().equals(digest);
    },
    get areOver() {
      return strings >= stringsLimit || bytes >= bytesTried;
    },
  };
}

function findString(
  request: RefusedRequest,
  search: StringSearch,
): { signed: ByteText; findings: Finding[] } | undefined {
  const { fits } = search;
  const all = hypotheses(request);
  for (const each of all) {
    if (search.areOver) return undefined;
    const signed = stringOf(request, [each]);
    if (fits(signed)) return { signed, findings: [findingOf(each)] };
  }
  const general = all.filter(({ alone }) => alone !== true);
  for (const [index, first] of general.entries()) {
    for (const second of general.slice(index + 1)) {
      if (search.areOver) return undefined;
      const signed = stringOf(request, [first, second]);
      if (fits(signed)) return { signed, findings: [findingOf(first), findingOf(second)] };
    }
  }
  return undefined;
}

function findingOf({ name, en, zh }: Hypothesis): Finding {
  return { name, en, zh };
}

function stringOf(request: RefusedRequest, applied: readonly Hypothesis[]): ByteText {
  let parameters: SignedParameter[] = request.parameters.filter(({ name }) => name !== "sign");
  for (const { parameters: change } of applied) if (change !== undefined) parameters = change(parameters);
  const keepsEmpty = applied.some(({ keepsEmpty: keeps }) => keeps === true);
  const join = applied.find(({ join: own }) => own !== undefined)?.join;
  let joined: string =
    join === undefined
      ? stringToSign(parameters as RawParameter[], { keepEmpty: keepsEmpty }) // A byte a character: see SignedParameter.
      : join(parameters.filter(({ value }) => keepsEmpty || value !== ""));
  for (const { text } of applied) if (text !== undefined) joined = text(joined);
  return asByteText(joined); // It was joined of such texts.
}

export function firstDifference(left: ByteText, right: ByteText): number | undefined {
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index += 1) if (left[index] !== right[index]) return index;
  return undefined;
}

function decodePercent(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

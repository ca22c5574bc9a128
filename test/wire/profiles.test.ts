import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encryptAes } from "#kaimen/keys/aes.ts";
import { parseCertificate, rootSerialNumber } from "#kaimen/keys/certificates.ts";
import { parsePrivateKey, parsePublicKey } from "#kaimen/keys/formats.ts";
import { createSignature, verifySignature } from "#kaimen/keys/rsa.ts";
import { asByteText, toByteText } from "#kaimen/protocol/byte-text.ts";
import { gatewayProfiles, profileRows, type ProfileBehaviour } from "#kaimen/protocol/gateway-profile.ts";
import type { SignType } from "#kaimen/protocol/signing.ts";
import {
  type FaultyRequest,
  type FaultyWorld,
  faultyRequests,
  makeFaultyWorld,
  sameReply,
  usualParameters,
} from "../support/captures.ts";
import { newTransactionId, productCode } from "../support/integrator.ts";
import { type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";

/** Each cell of the table of profiles, as a request that tells it. */
const profiles = Object.keys(gatewayProfiles) as (keyof typeof gatewayProfiles)[];
const servers = new Map<string, RunningKaimen>();

beforeAll(async () => {
  for (const profile of profiles) servers.set(profile, await startKaimen({ env: { KAIMEN_GATEWAY_PROFILE: profile } }));
  // A strict gateway quotes nothing unless it is told to, and then says how it quotes.
  servers.set(
    "strict, quoting",
    await startKaimen({ env: { KAIMEN_GATEWAY_PROFILE: "strict", KAIMEN_ECHO_REQUESTS: "on" } }),
  );
}, 120_000);
afterAll(async () => {
  for (const each of servers.values()) await each.stop();
});

const server = (name: string): RunningKaimen => {
  const found = servers.get(name);
  if (found === undefined) throw new Error(`no server ${name}`);
  return found;
};

interface Sent {
  readonly parameters?: Readonly<Record<string, string>>;
  /** Written into the string to sign in place of what the rule says. */
  readonly text?: (published: string) => string;
  readonly signType?: SignType;
  /** Signed with this one, while sign_type names the other. */
  readonly usedType?: SignType;
  /** Whether everything but the rest of these parameters goes into the query. */
  readonly inBody?: readonly string[];
  /** Set after signing or, where empty, left out. */
  readonly unsigned?: Readonly<Record<string, string>>;
}

/** Signs by hand, so that the string to sign can be another than the published one. */
async function send(kaimen: RunningKaimen, sent: Sent): Promise<string> {
  return new TextDecoder().decode(await sendForBytes(kaimen, sent));
}

async function sendForBytes({ sandbox }: RunningKaimen, sent: Sent): Promise<Uint8Array> {
  const parameters: Record<string, string> = {
    app_id: sandbox.app_id,
    method: "zhima.credit.score.get",
    charset: "utf-8",
    timestamp: "2026-11-22 12:00:00",
    version: "1.0",
    sign_type: sent.signType ?? "RSA2",
    auth_token: "nobodys",
    biz_content: "{}",
    ...sent.parameters,
  };
  const published = Object.entries(parameters)
    .filter(([, value]) => value !== "")
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  const text = toByteText(new TextEncoder().encode(sent.text?.(published) ?? published));
  const signature = await createSignature(
    sent.usedType ?? sent.signType ?? "RSA2",
    parsePrivateKey(sandbox.app_private_key_pkcs8),
    text,
  );
  const all = Object.entries({ ...parameters, sign: signature.toString("base64"), ...sent.unsigned }).filter(
    ([name]) => sent.unsigned?.[name] !== "",
  );
  const isInBody = (name: string): boolean => sent.inBody === undefined || sent.inBody.includes(name);
  const query = new URLSearchParams(all.filter(([name]) => !isInBody(name)));
  const response = await fetch(`${sandbox.gateway_url}?${query.toString()}`, {
    method: "POST",
    body: new URLSearchParams(all.filter(([name]) => isInBody(name))).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  return new Uint8Array(await response.arrayBuffer());
}

type Node = Readonly<Record<string, string>>;
const nodeOf = (reply: string): Node | string =>
  Object.values(JSON.parse(reply) as Record<string, Node | string>)[0] ?? "";
const subMessageOf = (reply: string): string => {
  const node = nodeOf(reply);
  return typeof node === "string" ? "" : (node["sub_msg"] ?? "");
};
const subCodeOf = (reply: string): string => {
  const node = nodeOf(reply);
  return typeof node === "string" ? "" : (node["sub_code"] ?? "");
};

const badSignature = { text: (published: string) => `${published}&of=another` };
const shown = "网关生成的验签字符串为：";

/** The request is encrypted, and its signature another's. */
function encryptedAndRefused({ sandbox }: RunningKaimen, more: Readonly<Record<string, string>> = {}): Sent {
  const cipher = encryptAes("AES", Buffer.from(sandbox.encrypt_key, "base64"), Buffer.from("{}"));
  return { ...badSignature, parameters: { encrypt_type: "AES", biz_content: cipher, ...more } };
}

const certificateMode = ({ sandbox }: RunningKaimen): Readonly<Record<string, string>> => ({
  app_cert_sn: parseCertificate(sandbox.app_cert).sn,
  alipay_root_cert_sn: rootSerialNumber(sandbox.alipay_root_cert),
});

/** Whether a gateway does what the row says. */
const probes: Readonly<Record<ProfileBehaviour, (profile: string) => Promise<boolean>>> = {
  takesSigningDeviations: async (profile) => {
    const reply = await send(server(profile), {
      parameters: { notify_url: "" },
      text: (published) => published.replace("&sign_type", "&notify_url=&sign_type"),
    });
    return subCodeOf(reply) === "aop.invalid-auth-token";
  },
  takesUnnamedRoot: async (profile) => {
    const { app_cert_sn: appCertSn = "" } = certificateMode(server(profile));
    const reply = await send(server(profile), { parameters: { app_cert_sn: appCertSn } });
    return subCodeOf(reply) !== "isv.missing-alipay-root-cert-sn";
  },
  showsStringToSign: async (profile) => {
    const message = subMessageOf(await send(server(profile), badSignature));
    return message.includes(`${shown}app_id=`);
  },
  explainsSignatures: async (profile) => {
    // A mistake that the doctor knows: sign_type was left out of the string.
    const message = subMessageOf(
      await send(server(profile), { text: (published) => published.replace("&sign_type=RSA2", "") }),
    );
    return /。.*sign_type/.test(message);
  },
  linksToSolution: async (profile) =>
    /，解决方案：http.*\?traceId=[0-9a-z]{30}&source=openapi$/.test(
      subMessageOf(await send(server(profile), { parameters: { app_id: "2099000000000000" } })),
    ),
  encryptsToStrangers: async (profile) => {
    const sent = encryptedAndRefused(server(profile));
    return typeof nodeOf(await send(server(profile), sent)) === "string";
  },
  signsEncryptedRefusalOfSignature: async (profile) => {
    const sent = encryptedAndRefused(server(profile), certificateMode(server(profile)));
    const reply = JSON.parse(await send(server(profile), sent)) as object;
    expect("sign" in reply).toBe("alipay_cert_sn" in reply);
    return "sign" in reply;
  },
  wantsCharsetInAddress: async (profile) => {
    const parameters = { biz_content: '{"x":"芝麻"}' };
    // The same in the query is taken by everybody.
    const inQuery = await send(server(profile), { parameters, inBody: ["biz_content"] });
    expect(subCodeOf(inQuery)).toBe("aop.invalid-auth-token");
    const reply = await send(server(profile), { parameters });
    return (
      subCodeOf(reply) === "isv.invalid-signature" &&
      subMessageOf(reply).includes("请确认charset参数放在了URL查询字符串中")
    );
  },
  answersXml: async (profile) => {
    const reply = await send(server(profile), { parameters: { format: "xml" } });
    if (!reply.startsWith("<?xml")) expect(subCodeOf(reply)).toBe("isv.invalid-format");
    return reply.startsWith("<?xml");
  },
  writesXmlSuccessAsJson: async (profile) => {
    const { access_token: token } = userByLogin(server(profile).sandbox, "average");
    const bizContent = JSON.stringify({ transaction_id: newTransactionId(), product_code: productCode });
    const reply = await send(server(profile), {
      parameters: { format: "xml", auth_token: token, biz_content: bizContent },
    });
    if (reply.startsWith("<?xml")) expect(reply).toContain("10000");
    return /_response>\{"code":"10000",.*\}<sign>/.test(reply);
  },
  disarmsQuotedText: async (profile) => {
    const quoting = profile === "strict" ? "strict, quoting" : profile;
    const reply = await send(server(quoting), { ...badSignature, parameters: { biz_content: "{{" } });
    const message = subMessageOf(reply);
    expect(message).toMatch(/biz_content=(?:\{\{|｛｛)/);
    return message.includes("｛");
  },
};

describe.each(profiles)("a gateway of the profile %s", (profile) => {
  it.each(Object.keys(profileRows) as ProfileBehaviour[])("does as the table says: %s", async (row) => {
    expect(await probes[row](profile)).toBe(profileRows[row][profile]);
  });
});

describe("a reply in XML", () => {
  it.each(["utf-8", "gbk"])(
    "is signed over the fields between the root's tag and the signature, in %s",
    async (charset) => {
      const { sandbox } = server("helpful");
      const bytes = await sendForBytes(server("helpful"), { parameters: { format: "XML", charset } });
      const [, encoding, fields = "", signature = ""] =
        /^<\?xml version="1\.0" encoding="([\w-]+)"\?><zhima_credit_score_get_response>(.*)<sign>([\w+/=]+)<\/sign><\/zhima_credit_score_get_response>$/su.exec(
          toByteText(bytes),
        ) ?? [];
      expect(encoding).toBe(charset);
      expect(fields).toContain("<sub_code>aop.invalid-auth-token</sub_code>");
      expect(new TextDecoder(charset, { fatal: true }).decode(Buffer.from(fields, "latin1"))).toContain(
        "<sub_msg>无效的访问令牌</sub_msg>",
      );
      const key = parsePublicKey(sandbox.alipay_public_key);
      expect(verifySignature("RSA2", key, asByteText(fields), Buffer.from(signature, "base64"))).toBe(true);
    },
  );
});

describe("a signature of another type than sign_type names", () => {
  it.each<[SignType, SignType]>([
    ["RSA2", "RSA"],
    ["RSA", "RSA2"],
  ])(
    "%s, though %s was used: is told so in every profile, and to the app's holder alone",
    async (signType, usedType) => {
      for (const profile of profiles) {
        const reply = await send(server(profile), { signType, usedType });
        expect(subCodeOf(reply)).toBe("isv.invalid-signature");
        expect(subMessageOf(reply)).toContain(
          `sign值与sign_type参数指定的签名类型不一致：sign_type参数值为${signType}，您实际用的签名类型可能是${usedType}`,
        );
      }
    },
  );
});

/** A reply of the real gateway: see `fields` in the file. */
interface Capture extends Readonly<Partial<Record<"code" | "msg" | "sub_code" | "sub_msg", string | null>>> {
  readonly id: string;
  readonly sub_msg_begins?: string;
  readonly solution?: boolean;
  readonly shows_string?: boolean;
  readonly node?: "method" | "error_response" | "xml" | "page";
  readonly signed?: boolean;
  readonly certificate?: boolean;
  readonly encrypted?: boolean;
  readonly xml_json?: boolean | null;
  readonly members?: readonly string[];
  readonly absent?: readonly string[];
  readonly order?: readonly string[];
  readonly contains?: string;
  readonly profiles?: Readonly<Record<string, Partial<Capture>>>;
  readonly not_replayed?: string;
}

const { captures } = JSON.parse(readFileSync(new URL("../../vectors/captures.json", import.meta.url), "utf8")) as {
  captures: readonly Capture[];
};
const page = "page-method-refused";
const replayed = captures.filter(({ id, not_replayed: reason }) => reason === undefined && id !== page);

it("every capture is replayed, or says why it is not", () => {
  const made = [...Object.keys(faultyRequests), ...Object.keys(sameReply), page];
  const known = captures.filter(({ not_replayed: reason }) => reason === undefined).map(({ id }) => id);
  expect(made.toSorted()).toEqual(known.toSorted());
});

const solution = /，解决方案：http:\/\/\S+\?traceId=[0-9a-z]{30}&source=openapi$/;
const lead = "网关生成的验签字符串为：";

describe.each(profiles)("the captures of the real gateway, in the profile %s,", (profile) => {
  let world: FaultyWorld;
  const replies = new Map<string, string>();

  /** A request of the table: everything in the query but what SDKs put into the body, as the official ones do. */
  const sendFaulty = async (kaimen: RunningKaimen, request: FaultyRequest): Promise<string> => {
    const usual = usualParameters(userByLogin(kaimen.sandbox, "average").access_token);
    const { parameters, allInBody, ...rest } = request;
    const sent = { ...rest, parameters: { ...usual, ...parameters } };
    return send(kaimen, allInBody === true ? sent : { ...sent, inBody: ["biz_content", "code", "grant_type"] });
  };

  /** One reply for the captures that tell of the same. */
  const replyTo = async (id: string): Promise<string> => {
    const known = replies.get(id);
    if (known !== undefined) return known;
    const request = faultyRequests[id]?.(world);
    if (request === undefined) throw new Error(`nothing replays ${id}`);
    const reply = typeof request === "string" ? request : await sendFaulty(world.kaimen, request);
    replies.set(id, reply);
    return reply;
  };

  beforeAll(async () => {
    world = await makeFaultyWorld(server(profile), sendFaulty);
  });

  it.each(replayed)("$id", async (capture) => {
    const expected = { ...capture, ...capture.profiles?.[profile] };
    const reply = await replyTo(sameReply[capture.id] ?? capture.id);
    if (expected.node === "xml") {
      const [, root, inner = "", tail] =
        /^<\?xml version="1\.0" encoding="utf-8"\?><(\w+_response)>(.*?)((?:<alipay_cert_sn>[0-9a-f]+<\/alipay_cert_sn>)?<sign>[^<]+<\/sign>)<\/\1>$/s.exec(
          reply,
        ) ?? [];
      expect(root).toBe("zhima_credit_score_get_response");
      expect(tail !== undefined).toBe(expected.signed);
      expect(inner.startsWith('{"')).toBe(expected.xml_json);
      checkNode(expected, expected.xml_json === true ? (JSON.parse(inner) as Node) : elementsOf(inner), inner);
      return;
    }
    const whole = JSON.parse(reply) as Readonly<Record<string, unknown>>;
    const [name = "", node] = Object.entries(whole)[0] ?? [];
    if (expected.node === "error_response") expect(name).toBe("error_response");
    if (expected.node === "method") expect(name).toMatch(/^[a-z_]+_response$(?<!error_response)/);
    if (expected.signed !== undefined) expect("sign" in whole).toBe(expected.signed);
    if (expected.certificate !== undefined) expect("alipay_cert_sn" in whole).toBe(expected.certificate);
    if (expected.encrypted !== undefined) expect(typeof node === "string").toBe(expected.encrypted);
    if (typeof node === "string") return;
    checkNode(expected, node as Node, reply);
  });

  function checkNode(expected: Capture, node: Node, reply: string): void {
    for (const name of ["code", "msg", "sub_code"] as const) {
      const value = expected[name];
      if (value !== undefined) expect(node[name]).toBe(value ?? undefined);
    }
    const linked = expected.solution === true && profileRows.linksToSolution[profile];
    const message = node["sub_msg"];
    if (expected.solution !== undefined) expect(solution.test(message ?? "")).toBe(linked);
    if (expected.sub_msg !== undefined)
      expect(linked ? message?.replace(solution, "") : message).toBe(expected.sub_msg ?? undefined);
    if (expected.sub_msg_begins !== undefined) expect(message?.startsWith(expected.sub_msg_begins)).toBe(true);
    if (expected.shows_string !== undefined) {
      expect(message?.includes(`${lead}app_id=`)).toBe(expected.shows_string);
      expect(message?.includes("biz_content={&quot;")).toBe(
        expected.shows_string && expected.id === "signature-wrong-with-biz-content",
      );
    }
    for (const name of expected.members ?? []) expect(node).toHaveProperty(name);
    for (const name of expected.absent ?? []) expect(node).not.toHaveProperty(name);
    if (expected.order !== undefined) expect(Object.keys(node)).toEqual(expected.order);
    if (expected.contains !== undefined) expect(reply).toContain(expected.contains);
  }

  it("app_cert_sn in the request alone decides whether a refusal is in certificate mode", async () => {
    const inKeyMode = JSON.parse(await replyTo("no-app-cert-sn")) as object;
    const inCertificateMode = JSON.parse(await replyTo("app-cert-sn-unknown")) as object;
    expect(Object.keys(inKeyMode).slice(1)).toEqual(["sign"]);
    expect(Object.keys(inCertificateMode).slice(1)).toEqual(["alipay_cert_sn", "sign"]);
  });

  it(`${page}: an HTML page that writes the sub_code without isv.`, async () => {
    const { authorize_url: address } = server(profile).sandbox;
    const reply = await fetch(`${address}?app_id=2099000000000000&scope=auth_zhima&redirect_uri=http://127.0.0.1:9/`);
    expect(reply.headers.get("content-type")).toContain("text/html");
    expect(await reply.text()).toMatch(/(?<!isv\.)invalid-app-id/);
  });

  it("app tokens say the same in the list as beside it, and alipay_user_id has 32 digits", async () => {
    const { tokens, code: _, msg: __, ...flat } = nodeOf(await replyTo("app-tokens-flat")) as Record<string, unknown>;
    expect(tokens).toEqual([flat]);
    expect((nodeOf(await replyTo("tokens")) as Node)["alipay_user_id"]).toMatch(/^\d{32}$/);
  });
});

function elementsOf(fields: string): Node {
  return Object.fromEntries(
    [...fields.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, name = "", text = ""]) => [name, unescaped(text)]),
  );
}

function unescaped(text: string): string {
  return text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

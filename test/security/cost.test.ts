import { createPrivateKey, createSign, type KeyObject } from "node:crypto";
import { Agent, request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encryptAes } from "#kaimen/keys/aes.ts";
import { documentColumns } from "../support/feedback-data.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { allThreadsMs, eventLoopMs, isKnown } from "../support/processor-time.ts";
import { plainText, repeat, type WorstText, worstTexts } from "../support/worst-texts.ts";

/* No request costs more than its length: held by the server's own processor time, beside that of a plain request as long. */

let kaimen: RunningKaimen;
let pid: number;
let origin: URL;
let appKey: KeyObject;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeAll(async () => {
  kaimen = await startKaimen({ env: { KAIMEN_TRUSTED_PROXIES: "loopback" } });
  pid = kaimen.process.pid ?? 0;
  origin = new URL(kaimen.sandbox.gateway_url);
  appKey = createPrivateKey({
    key: Buffer.from(kaimen.sandbox.app_private_key_pkcs8, "base64"),
    format: "der",
    type: "pkcs8",
  });
  // What is compiled and read on first use is nobody's request.
  for (let round = 0; round < 20; round += 1)
    for (const length of [100, 50_000]) await send(form({ x: plainText(length) }, "signed"));
});
afterAll(async () => {
  agent.destroy();
  await kaimen.stop();
});

interface Sent {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Pieces are sent as chunks of their own. */
  readonly body?: string | readonly string[];
}

let callers = 0;

function send({ method, path, headers = {}, body = "" }: Sent): Promise<string> {
  callers += 1;
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: origin.hostname,
        port: origin.port,
        method,
        path,
        agent,
        // Each from an address of its own: what somebody may do so often a minute is not what is measured.
        headers: {
          "x-forwarded-for": `10.0.${callers >> 8}.${callers & 255}`,
          ...headers,
          ...(typeof body === "string" ? { "content-length": body.length } : {}),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve(Buffer.concat(chunks).toString("latin1")));
        response.on("error", reject);
      },
    );
    request.on("error", reject);
    for (const piece of typeof body === "string" ? [body] : body) request.write(piece, "latin1");
    request.end();
  });
}

const formType = "application/x-www-form-urlencoded";
type Signing = "signed" | "unsigned";

const asSent = Array.from({ length: 256 }, (_, code) => {
  const character = String.fromCharCode(code);
  return /[A-Za-z0-9]/.test(character) ? character : `%${code.toString(16).padStart(2, "0")}`;
});

/** Every byte outside of letters and digits percent-encoded, as SDKs do. */
function encoded(text: string): string {
  let sent = "";
  for (let at = 0; at < text.length; at += 1) sent += asSent[text.charCodeAt(at)] ?? "";
  return sent;
}

function parametersOf(changes: Readonly<Record<string, string>>, signing: Signing): Map<string, string> {
  const { sandbox } = kaimen;
  const parameters = new Map(
    Object.entries({
      app_id: sandbox.app_id,
      method: "zhima.credit.score.get",
      charset: "utf-8",
      sign_type: "RSA2",
      timestamp: "2026-11-22 12:00:00",
      version: "1.0",
      auth_token: sandbox.users[0]?.access_token ?? "",
      biz_content: '{"transaction_id":"1","product_code":"w1"}',
      ...changes,
    }),
  );
  if (parameters.has("sign")) return parameters;
  const toSign = [...parameters]
    .filter(([, value]) => value !== "")
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
  return parameters.set(
    "sign",
    signing === "signed" ? createSign("RSA-SHA256").update(toSign, "latin1").sign(appKey, "base64") : plainText(344),
  );
}

const encodedForm = (parameters: Iterable<readonly [string, string]>): string =>
  Array.from(parameters, ([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&");

function form(changes: Readonly<Record<string, string>>, signing: Signing): Sent {
  return {
    method: "POST",
    path: "/gateway.do",
    headers: { "content-type": formType },
    body: encodedForm(parametersOf(changes, signing)),
  };
}

function query(changes: Readonly<Record<string, string>>, signing: Signing): Sent {
  return { method: "GET", path: `/gateway.do?${encodedForm(parametersOf(changes, signing))}` };
}

/** So many times a plain request may a worst one cost, and so much besides: what a busy machine adds to either. */
const factor = 8;
const besidesMs = 20;
/** A case that seems too dear is measured again: only what always costs too much does. */
const attempts = 4;

const lengthOf = ({ path, headers = {}, body = "" }: Sent): number =>
  path.length +
  JSON.stringify(headers).length +
  (typeof body === "string" ? body.length : body.reduce((sum, piece) => sum + piece.length, 0));

type Meter = (pid: number) => number;

async function costOf(sent: Sent, meter: Meter): Promise<number> {
  const before = meter(pid);
  await send(sent);
  return meter(pid) - before;
}

/** A way to put a text into a request. `plain` is what the plain request has there, if not plain text as long. */
interface Place {
  readonly place: string;
  readonly length: number;
  readonly put: (text: string) => Sent;
  readonly plain?: (length: number) => Sent;
}

/** The cases that cost more than a plain request as long, in words. The plain one is sent next to each, for the same weather. */
async function tooDear(
  { place, length, put, plain }: Place,
  texts: Readonly<Record<string, WorstText>> = worstTexts,
  meter: Meter = eventLoopMs,
): Promise<string[]> {
  const usual = plain ?? ((wanted) => put(plainText(wanted)));
  const least = lengthOf(usual(0));
  const bytesEach = (lengthOf(usual(length)) - least) / length;
  const found: string[] = [];
  for (const [name, text] of Object.entries(texts)) {
    const sent = put(text(length));
    for (let attempt = 1; ; attempt += 1) {
      const ms = await costOf(sent, meter);
      if (ms <= besidesMs) break;
      // Escapes make one longer than the other: as long is as long on the wire.
      const plainMs = await costOf(usual(Math.max(0, Math.round((lengthOf(sent) - least) / bytesEach))), meter);
      if (ms <= factor * plainMs + besidesMs) break;
      if (attempt < attempts) continue;
      found.push(`${place}: ${name}: ${ms.toFixed(1)} ms, where a plain one takes ${plainMs.toFixed(1)}`);
      break;
    }
  }
  return found;
}

async function tooDearOf(
  places: readonly Place[],
  texts: Readonly<Record<string, WorstText>> = worstTexts,
  meter?: Meter,
): Promise<string[]> {
  const found: string[] = [];
  for (const [index, place] of places.entries()) found.push(...(await tooDear(place, shareOf(texts, index), meter)));
  return found;
}

/** All texts at every place take minutes. In `npm test` a place gets every third, another third than the place before it. */
const isThorough = process.env["KAIMEN_COST"] === "all";

function shareOf(texts: Readonly<Record<string, WorstText>>, place: number): Readonly<Record<string, WorstText>> {
  if (isThorough) return texts;
  return Object.fromEntries(Object.entries(texts).filter((_, index) => (index + place) % 3 === 0));
}

const publicFields = [
  "app_id",
  "method",
  "format",
  "charset",
  "sign_type",
  "sign",
  "timestamp",
  "version",
  "notify_url",
  "return_url",
  "app_auth_token",
  "auth_token",
  "app_cert_sn",
  "alipay_root_cert_sn",
  "encrypt_type",
  "biz_content",
  "a_field_unknown",
];

describe.skipIf(!isKnown())(
  "the server's own time for a request is bounded by its length, with the worst of texts in",
  { timeout: 120_000 },
  () => {
    test.each<Signing>(["signed", "unsigned"])("each public parameter of a form, %s", async (signing) => {
      const places = publicFields.map((field): Place => ({
        place: field,
        length: 20_000,
        put: (text) => form({ [field]: text }, signing),
        plain: (length) => form({ x: plainText(length) }, signing),
      }));
      expect(await tooDearOf(places)).toEqual([]);
    });

    test("each public parameter of a query", async () => {
      const places = publicFields.map((field): Place => ({
        place: field,
        length: 9_000,
        put: (text) => query({ [field]: text }, "signed"),
        plain: (length) => query({ x: plainText(length) }, "signed"),
      }));
      expect(await tooDearOf(places)).toEqual([]);
    });

    test("a parameter's name, a body that is no form, and a query that is none", async () => {
      const raw = (body: string): Sent => ({
        method: "POST",
        path: "/gateway.do",
        headers: { "content-type": formType },
        body,
      });
      expect(
        await tooDearOf([
          { place: "a name", length: 20_000, put: (text) => form({ [text]: "1" }, "signed") },
          { place: "the body", length: 300_000, put: raw },
          {
            place: "the body after a form",
            length: 300_000,
            put: (text) => raw(`${encodedForm(parametersOf({}, "signed"))}&x=${text}`),
          },
          {
            place: "the query",
            length: 30_000,
            put: (text) => ({ method: "GET", path: `/gateway.do?${text.replaceAll(/[^!-~]/g, "~")}` }),
          },
        ]),
      ).toEqual([]);
    });

    test("biz_content at its limit, and each of its fields", async () => {
      const atLimit = (biz_content: string): Sent => multipart(signedFields({ biz_content }));
      const plain = (length: number): Sent =>
        form(
          { biz_content: JSON.stringify({ transaction_id: "1", product_code: "w1", x: plainText(length) }) },
          "signed",
        );
      const inField =
        (field: string) =>
        (text: string): Sent =>
          form({ biz_content: JSON.stringify({ transaction_id: "1", product_code: "w1", [field]: text }) }, "signed");
      expect(
        await tooDearOf([
          {
            place: "biz_content",
            length: 1_000_000,
            put: atLimit,
            plain: (length) => atLimit(JSON.stringify({ x: plainText(length) })),
          },
          ...["transaction_id", "product_code", "biz_ext_params", "x"].map((field) => ({
            place: field,
            length: 20_000,
            put: inField(field),
            plain,
          })),
        ]),
      ).toEqual([]);
    });

    test.each(["AES", "AES_V2"] as const)(
      "what is encrypted with %s, and what only seems to be",
      async (encrypt_type) => {
        const key = Buffer.from(kaimen.sandbox.encrypt_key, "base64");
        const sealed = (text: string): string => encryptAes(encrypt_type, key, Buffer.from(text, "latin1"));
        const plain = (length: number): Sent =>
          form({ encrypt_type, biz_content: sealed(JSON.stringify({ x: plainText(length * 0.7) })) }, "signed");
        expect(
          await tooDearOf([
            {
              place: "in the clear",
              length: 40_000,
              put: (biz_content) => form({ encrypt_type, biz_content }, "signed"),
              plain,
            },
            {
              place: "encrypted",
              length: 40_000,
              put: (text) => form({ encrypt_type, biz_content: sealed(text) }, "signed"),
              plain,
            },
          ]),
        ).toEqual([]);
      },
    );

    test("a file and the fields beside it, and boundaries that nearly match", async () => {
      const feedback = (content: string, charset = "UTF-8"): Sent =>
        multipart([
          ...signedFields({
            method: "zhima.data.batch.feedback",
            columns: documentColumns,
            primary_key_columns: "order_no,pay_month",
            records: "1",
            file_type: "json_data",
            file_charset: charset,
          }),
          file("f.json", content),
        ]);
      const record = (text: string): string => `{"records":[{"user_name":${JSON.stringify(text)}}]}`;
      const ofFeedback = [
        "file_charset",
        "columns",
        "primary_key_columns",
        "records",
        "file_type",
        "biz_ext_params",
        "sign",
      ].map((name): Place => ({
        place: name,
        length: 20_000,
        put: (text) =>
          multipart([...signedFields({ method: "zhima.data.batch.feedback", [name]: text }), file("f.json", "{}")]),
      }));
      expect(await tooDearOf(ofFeedback)).toEqual([]);
      const inFile = Object.fromEntries(
        Object.entries(worstTexts).filter(([name]) =>
          /brac|object|list|keys|escapes|string|quotes|GB|UTF|marks|spaces|lines$/.test(name),
        ),
      );
      const files: readonly Place[] = [
        { place: "a file", length: 150_000, put: (text) => feedback(text) },
        { place: "records", length: 150_000, put: (text) => feedback(`{"records":[${text}`, "GBK") },
        { place: "a name in a record", length: 150_000, put: (text) => feedback(record(text)) },
      ];
      expect(await tooDearOf(files, inFile, allThreadsMs)).toEqual([]);
      expect(
        await tooDear(
          { place: "nearly a boundary", length: 500_000, put: (text) => multipart([file("f", text)], "b".repeat(70)) },
          nearBoundaries("b".repeat(70)),
        ),
      ).toEqual([]);
      expect(
        await tooDear(
          {
            place: "nearly another boundary",
            length: 500_000,
            put: (text) => multipart([file("f", text)], "-".repeat(200)),
          },
          nearBoundaries("-".repeat(200)),
        ),
      ).toEqual([]);
    });

    test("the head of each part, whole or a byte at a time", async () => {
      const parts = (head: string): Sent => multipart(Array.from({ length: 150 }, () => `${head}\r\n\r\n1`));
      const byteByByte = (sent: Sent): Sent => ({ ...sent, body: [...String(sent.body)] });
      const disposition = "Content-Disposition: form-data; name=";
      const notAHead = (text: string): string => text.replaceAll(/[\r\n]/g, " ");
      expect(
        await tooDearOf([
          { place: "a head", length: 4_000, put: (text) => parts(text) },
          {
            place: "what a disposition has",
            length: 3_900,
            put: (text) => parts(`Content-Disposition: form-data;${notAHead(text)}`),
          },
          { place: "a name of a part", length: 3_900, put: (text) => parts(`${disposition}"${notAHead(text)}"`) },
          { place: "a name without quotes", length: 3_900, put: (text) => parts(`${disposition}${notAHead(text)};"`) },
          {
            place: "a name of a file",
            length: 3_900,
            put: (text) => parts(`${disposition}"a"; filename="${notAHead(text)}"`),
          },
        ]),
      ).toEqual([]);
      const slowly: Place = {
        place: "byte by byte",
        length: 4_000,
        put: (text) =>
          byteByByte(multipart([1, 2, 3].map((at) => `${disposition}"a${at}"; x="${notAHead(text)}"\r\n\r\n1`))),
        // As many pieces, of a part's content.
        plain: (length) =>
          byteByByte(multipart([1, 2, 3].map((at) => `${disposition}"a${at}"\r\n\r\n${plainText(length)}`))),
      };
      expect(
        await tooDear(slowly, {
          "plain text": plainText,
          quotes: worstTexts["quotes"] ?? plainText,
          lines: worstTexts["lines"] ?? plainText,
        }),
      ).toEqual([]);
    });

    test("headers, at the gateway and at the pages", async () => {
      const names = [
        "content-md5",
        "digest",
        "content-type",
        "accept-language",
        "cookie",
        "authorization",
        "origin",
        "x-forwarded-for",
        "x-forwarded-proto",
      ];
      const header = (text: string): string => text.replaceAll(/[^\t -~\x80-\xff]/g, " ");
      const places = (sent: Sent) =>
        names.map((name): Place => ({
          place: `${name} of ${sent.path.slice(0, 20)}`,
          length: 15_000,
          put: (text) => ({ ...sent, headers: { ...sent.headers, [name]: header(text) } }),
        }));
      const typed = (type: string): Place => ({
        place: type,
        length: 15_000,
        put: (text) => ({
          method: "POST",
          path: "/gateway.do",
          headers: { "content-type": header(`${type}${text}`) },
          body: "1",
        }),
      });
      const pages = ["/oauth2/publicAppAuthorize.htm?app_id=1", "/api/feedback/batches"].map((path): Sent => ({
        method: "GET",
        path,
      }));
      expect(await tooDearOf([form({}, "signed"), ...pages].flatMap(places))).toEqual([]);
      expect(
        await tooDearOf(
          ["multipart/form-data; ", "multipart/form-data; boundary=", 'multipart/form-data; boundary="'].map(typed),
        ),
      ).toEqual([]);
    });

    test("what is sent to the pages and with a signed address", async () => {
      const { app_id } = kaimen.sandbox;
      const page = (path: string, fields: Readonly<Record<string, string>>): Sent => ({
        method: "GET",
        path: `${path}?${encodedForm(Object.entries({ app_id, ...fields }))}`,
      });
      const places = ["app_id", "scope", "redirect_uri", "state", "x"].map((name): Place => ({
        place: name,
        length: 9_000,
        put: (text) =>
          page("/oauth2/publicAppAuthorize.htm", {
            redirect_uri: "https://a.example/",
            scope: "auth_zhima",
            [name]: text,
          }),
      }));
      const signed = ["app_id", "timestamp", "sign", "sign_type", "path", "x"].map((name): Place => ({
        place: name,
        length: 9_000,
        put: (text) =>
          page("/api/feedback/batches", {
            sign_type: "RSA2",
            sign: "AA==",
            path: "/api/feedback/batches",
            timestamp: "1",
            [name]: text,
          }),
      }));
      const signIn = ["login", "password", "redirect_uri"].map((name): Place => ({
        place: name,
        length: 20_000,
        put: (text) => ({
          method: "POST",
          path: "/oauth2/login",
          headers: { "content-type": formType },
          body: encodedForm(
            Object.entries({
              app_id,
              scope: "auth_zhima",
              redirect_uri: "https://a.example/",
              login: "nobody",
              password: "wrong",
              [name]: text,
            }),
          ),
        }),
      }));
      expect(await tooDearOf([...places, ...signed, ...signIn])).toEqual([]);
    });

    test("a signature that does not verify, which the doctor examines elsewhere", async () => {
      const refused = (length: number): Sent => {
        const parameters = parametersOf({ biz_content: repeat('{"a": "%41 +"}, ', length), x: "signed" }, "signed");
        return { ...form({}, "signed"), body: encodedForm(parameters.set("x", "another")) };
      };
      for (const length of [1_000, 20_000, 60_000]) {
        // So many are examined a second; what they say shows that they were.
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        const plainMs = await costOf(form({ x: plainText(length) }, "signed"), eventLoopMs);
        const before = eventLoopMs(pid);
        const answers: string[] = [];
        for (let at = 0; at < 3; at += 1) answers.push(await send(refused(length)));
        expect((eventLoopMs(pid) - before) / 3).toBeLessThanOrEqual(factor * plainMs + besidesMs);
        expect(
          answers.filter((answer) => Buffer.from(answer, "latin1").toString().includes("诊断：")),
          String(length),
        ).toHaveLength(3);
      }
    });
  },
);

function signedFields(changes: Readonly<Record<string, string>>): string[] {
  return Array.from(
    parametersOf(changes, "signed"),
    ([name, value]) => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`,
  );
}

function file(filename: string, content: string): string {
  return `Content-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: application/octet-stream\r\n\r\n${content}`;
}

function multipart(parts: readonly string[], boundary = "kaimenboundary"): Sent {
  const body = `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join("")}--${boundary}--\r\n`;
  return {
    method: "POST",
    path: "/gateway.do",
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
    body,
  };
}

/** All but one character of a boundary, again and again. */
function nearBoundaries(boundary: string): Record<string, WorstText> {
  const end = `\r\n--${boundary}`;
  return {
    "but for the last": (length) => repeat(`${end.slice(0, -1)}!`, length),
    "but for the first": (length) => repeat(`!${end.slice(1)}`, length),
    "but for one in the middle": (length) => repeat(end.slice(0, 40) + "!" + end.slice(41), length),
    "its characters": (length) => repeat(boundary, length),
    "its line break": (length) => repeat("\r\n-", length),
  };
}

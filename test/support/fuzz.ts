import { createCipheriv, createPrivateKey, type KeyObject, sign as signBytes } from "node:crypto";

/**
 * Hostile requests to /gateway.do, made from the recorded ones: changed before signing, so that some get past the
 * signature, and after it, in the encoding and in the HTTP framing. The same seed and number give the same request, but
 * for the app's ids and keys, the time and what follows from them.
 */
export interface Parameter {
  name: string;
  value: Buffer;
}

/** A recorded request, taken apart. */
export interface Model {
  readonly query: readonly Parameter[];
  readonly body: readonly Parameter[];
  readonly file: Buffer | undefined;
}

/** The app that the fuzzed server knows. */
export interface FuzzApp {
  readonly appId: string;
  readonly privateKeyPkcs8: string;
  readonly encryptKey: string;
  readonly accessToken: string;
  /** Somebody the sandbox knows, to feed records back about. */
  readonly person: { readonly name: string; readonly credentialsNo: string };
}

export interface Case {
  readonly wire: Buffer;
  readonly method: string;
  /** One whole request by HTTP's rules, within the body limit: the gateway has to answer it in its own terms. */
  readonly whole: boolean;
  readonly notes: readonly string[];
}

const methods = [
  "zhima.credit.score.get",
  "zhima.data.batch.feedback",
  "zhima.data.feedbackurl.query",
  "alipay.system.oauth.token",
];
/** The server under test is given this body limit; a request whose body is near it may be refused in any way. */
export const bodyLimitMb = 1;
const wholeBodyBytes = 1_000_000;
const targetLimitBytes = 8_000;
const crlf = "\r\n";

/** Mulberry32: a number in [0, 1) at each call. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function makeCase(models: readonly Model[], app: FuzzApp, seed: number, number: number, now: Date): Case {
  const random = randomFrom(Math.imul(seed ^ 0x5bd1e995, 2_654_435_761) ^ Math.imul(number + 1, 0x9e3779b1));
  const der = Buffer.from(app.privateKeyPkcs8, "base64");
  const maker = new CaseMaker(random, app, createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  return maker.make(maker.pick(models), now);
}

const parameterChanges = [
  "flip bits",
  "junk",
  "empty",
  "remove",
  "repeat",
  "repeat otherwise",
  "huge",
  "control characters",
  "broken UTF-8",
  "odd name",
  "many",
  "rename",
  "charset",
  "sign type",
  "encrypt type",
  "biz_content",
] as const;
const oddNames = ["__proto__", "constructor", "toString", "\u00e9", "a b", "\0", "&"];
const oddCharsets = ["gbk", "GBK", "gb18030", "gb2312", "utf8", "UTF-16", "latin1", "x", "utf-8\0"];
const fieldValues: readonly unknown[] = [
  "x",
  "",
  1,
  -0.5,
  1e308,
  null,
  true,
  [],
  {},
  "\0",
  "\ud800",
  "中".repeat(100),
  { a: { b: [1, { c: "d" }] } },
  "w1010100100000000001",
  "</script>",
  "a_response",
  "}{",
  "\u2028",
];
const publishedColumns = [
  "user_name",
  "user_credentials_type",
  "user_credentials_no",
  "order_no",
  "biz_type",
  "order_status",
  "create_amt",
  "pay_month",
  "gmt_ovd_date",
  "overdue_cnt",
];
const recordValues: readonly unknown[] = [
  ...fieldValues,
  "a\0b",
  "1e400",
  "-0",
  "-1",
  "0.001",
  "99999999999999999999.99",
  "2026-13",
  "0000-01",
  "2026-02-30",
  "２０２６-01",
  "04",
  "01",
  "\u{20000}",
  "a\tb\nc\\.",
  "\\N",
  1e21,
];
const fieldNames = ["transaction_id", "product_code", "cert_type", "cert_no", "name", "__proto__"];
const bodyChanges = [
  "flip bits",
  "truncate",
  "escape",
  "boundary twice",
  "boundary gone",
  "line",
  "NUL",
  "double",
] as const;
const oddContentTypes = [
  "",
  "text/plain",
  "application/json",
  "multipart/form-data",
  "multipart/form-data; boundary=",
  ";;;",
  "multipart/form-data; boundary=x",
  'multipart/form-data; boundary="',
  "multipart/mixed; boundary=b",
  "application/x-www-form-urlencoded; charset=\u00e9",
  `text/${"a".repeat(2_000)}`,
];
const boundaries = ["1795314812450", "----561978c41a5c9c6d", "2026-11-22 02:39:09", "x", "a".repeat(70)];
const fileNames = [
  "feedback.json",
  "feedback.txt",
  "/srv/data/feedback.json",
  "..\\..\\x.txt",
  "",
  "a\0.json",
  'a".json',
  "\u00e9.json",
  "x".repeat(1_000),
];
const oddVerbs = ["PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "PRI", "get"];
const oddLengths = ["-1", "x", "1e3", "99999999999999999999"];
const oddFramings = ["short", "long line", "bad length", "both", "garbage", "verb", "bad chunk", "too big"] as const;

type Layout = "query and form" | "query only" | "form only" | "multipart" | "all multipart";

class CaseMaker {
  private readonly random: () => number;
  private readonly app: FuzzApp;
  private readonly key: KeyObject;
  private readonly notes: string[] = [];
  private file: Buffer = Buffer.from("{}");

  constructor(random: () => number, app: FuzzApp, key: KeyObject) {
    this.random = random;
    this.app = app;
    this.key = key;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.random() * choices.length)];
    if (choice === undefined) throw new Error("nothing to pick from");
    return choice;
  }

  make(model: Model, now: Date): Case {
    this.file = model.file ?? this.file;
    const parameters = this.adapt(model, now);
    const changes = Math.floor(this.random() * 3);
    for (let change = 0; change < changes; change += 1) this.changeParameters(parameters);
    const method = parameters.find(({ name }) => name === "method")?.value.toString("latin1") ?? "";
    if (this.chance(0.85)) this.sign(parameters);
    else parameters.push({ name: "sign", value: this.junk() });

    const withFile: Layout[] = ["multipart", "all multipart"];
    const withoutFile: Layout[] = ["query and form", "query and form", "query only", "form only", "multipart"];
    const layout = this.pick(model.file === undefined ? withoutFile : withFile);
    this.notes.push(layout);
    return this.write(parameters, layout, model, method);
  }

  /** The recorded parameters, as the app under test would send them today. */
  private adapt(model: Model, now: Date): Parameter[] {
    const adapted = [...model.query, ...model.body]
      .filter(({ name }) => name !== "sign")
      .map(({ name, value }) => ({ name, value }));
    const set = (name: string, text: string): void => {
      const found = adapted.find((parameter) => parameter.name === name);
      if (found === undefined) adapted.push({ name, value: Buffer.from(text) });
      else found.value = Buffer.from(text);
    };
    set("app_id", this.app.appId);
    set("timestamp", new Date(now.getTime() + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " "));
    if (this.chance(0.7)) set("auth_token", this.app.accessToken);
    if (this.chance(0.2)) set("method", this.pick(methods));
    if (model.file !== undefined && this.chance(0.8)) {
      set("columns", publishedColumns.join(","));
      set("primary_key_columns", this.pick(["order_no", "order_no,pay_month", "order_no, pay_month", "pay_month"]));
      const count = 1 + this.below(3);
      set("records", String(this.chance(0.9) ? count : this.below(5)));
      if (this.chance(0.1)) set("file_charset", this.pick([...oddCharsets, "GBK"]));
      this.file = this.recordsFile(count);
    }
    const content = adapted.find(({ name }) => name === "biz_content");
    if (adapted.some(({ name }) => name === "encrypt_type") && content !== undefined) {
      content.value = this.encrypt(this.chance(0.5) ? this.bizContent() : this.junk());
    } else if (content !== undefined && this.chance(0.6)) {
      content.value = this.bizContent();
    }
    return adapted;
  }

  private changeParameters(parameters: Parameter[]): void {
    const target = this.pick(parameters);
    const change = this.pick(parameterChanges);
    this.notes.push(`${change}: ${target.name.slice(0, 40)}`);
    switch (change) {
      case "flip bits":
        target.value = this.flipBits(target.value);
        break;
      case "junk":
        target.value = this.junk();
        break;
      case "empty":
        target.value = Buffer.alloc(0);
        break;
      case "remove":
        if (parameters.length > 1) parameters.splice(parameters.indexOf(target), 1);
        break;
      case "repeat":
        parameters.push({ ...target });
        break;
      case "repeat otherwise":
        parameters.push({ name: target.name, value: this.flipBits(target.value) });
        break;
      case "huge":
        target.value = Buffer.alloc(this.below(300_000), this.pick(["a", "中", "%", "{", "[", '"']));
        break;
      case "control characters":
        target.value = Buffer.concat([target.value, Buffer.from([0, 0x0d, 0x0a, 0])]);
        break;
      case "broken UTF-8":
        target.value = Buffer.concat([target.value, Buffer.from([0xc3, 0x28, 0xed, 0xa0, 0x80])]);
        break;
      case "odd name":
        parameters.push({ name: this.pick(oddNames), value: this.junk() });
        break;
      case "many":
        for (let count = this.below(5_000); count > 0; count -= 1) {
          parameters.push({ name: `p${count}`, value: Buffer.from("1") });
        }
        break;
      case "rename":
        target.name = this.pick(["Method", "method ", "sign_type", "biz_content", "charset", "file", "records"]);
        break;
      case "charset":
        this.set(parameters, "charset", this.pick(oddCharsets));
        break;
      case "sign type":
        this.set(parameters, "sign_type", this.pick(["RSA", "RSA2", "SM2", "rsa2", "HMAC_SHA1", ""]));
        break;
      case "encrypt type":
        this.set(parameters, "encrypt_type", this.pick(["AES", "aes", "SM4", "AES_V2", ""]));
        break;
      case "biz_content":
        this.set(parameters, "biz_content", this.bizContent().toString("latin1"));
    }
  }

  private set(parameters: Parameter[], name: string, text: string): void {
    const rest = parameters.filter((parameter) => parameter.name !== name);
    parameters.splice(0, parameters.length, ...rest, { name, value: Buffer.from(text, "latin1") });
  }

  /** By the published rule; of two equal names both are signed, so such a request may or may not verify. */
  private sign(parameters: Parameter[]): void {
    const signed = parameters
      .filter(({ name, value }) => name !== "sign" && value.length > 0)
      .map(({ name, value }) => ({ name, line: `${name}=${value.toString("latin1")}` }))
      .toSorted((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
    const text = Buffer.from(signed.map(({ line }) => line).join("&"), "latin1");
    const isSha1 = parameters.some(({ name, value }) => name === "sign_type" && value.toString() === "RSA");
    const sign = signBytes(isSha1 ? "sha1" : "sha256", text, this.key).toString("base64");
    parameters.push({ name: "sign", value: Buffer.from(sign) });
  }

  private encrypt(text: Buffer): Buffer {
    const cipher = createCipheriv("aes-128-cbc", Buffer.from(this.app.encryptKey, "base64"), Buffer.alloc(16));
    return Buffer.from(Buffer.concat([cipher.update(text), cipher.final()]).toString("base64"));
  }

  private bizContent(): Buffer {
    const content: Record<string, unknown> = {
      transaction_id: `T${this.below(1_000_000)}`,
      product_code: "w1010100100000000001",
    };
    for (let count = this.below(3); count > 0; count -= 1) content[this.pick(fieldNames)] = this.pick(fieldValues);
    const json = JSON.stringify(content);
    const depth = this.below(3_000);
    const texts = [
      json,
      json,
      json,
      `[${json}]`,
      `${json} trailing`,
      json.replaceAll('"', "'"),
      "null",
      '"text"',
      "{",
      "\ufeff{}",
      "[".repeat(depth),
      `${"[".repeat(depth)}${"]".repeat(depth)}`,
      '{"a":'.repeat(depth),
      '{"transaction_id":"a","transaction_id":"b"}',
      `{"transaction_id":${"1234567890".repeat(4)}}`,
    ];
    return Buffer.from(this.pick(texts));
  }

  /** About a person that the sandbox knows, right but for one value in most cases, or for the file's own shape. */
  private recordsFile(count: number): Buffer {
    const records = Array.from({ length: count }, (_, index) => {
      const record: Record<string, unknown> = {
        user_name: this.app.person.name,
        user_credentials_type: "0",
        user_credentials_no: this.app.person.credentialsNo,
        order_no: `O${this.below(1_000)}-${index}`,
        biz_type: "1",
        order_status: this.pick(["01", "02", "04"]),
        create_amt: "1000.00",
        pay_month: `2026-0${1 + this.below(9)}`,
        gmt_ovd_date: "",
        overdue_cnt: "0",
      };
      if (this.chance(0.5)) record[this.pick(publishedColumns)] = this.pick(recordValues);
      return record;
    });
    const file = Buffer.from(JSON.stringify({ records }));
    if (this.chance(0.8)) return file;
    return this.pick([
      () => this.flipBits(file),
      () => file.subarray(0, this.below(file.length)),
      () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), file]),
      () => Buffer.concat([file, file]),
      () => Buffer.from(JSON.stringify(records)),
      () => Buffer.from('{"records":'.repeat(this.below(3_000))),
      () => Buffer.alloc(0),
      () => this.junk(),
    ])();
  }

  private write(parameters: Parameter[], layout: Layout, model: Model, method: string): Case {
    const inForm = new Set(["biz_content", ...model.body.map(({ name }) => name)]);
    const splits = layout === "query and form" || layout === "multipart";
    const query = splits ? parameters.filter(({ name }) => !inForm.has(name)) : [];
    const rest = layout === "query only" ? [] : parameters.filter((parameter) => !query.includes(parameter));
    const wantedTarget = this.formEncode(layout === "query only" ? parameters : query);
    // What a target cannot hold goes into the body, where it counts just as well.
    const fits = wantedTarget.length < targetLimitBytes;
    const inBody = fits ? rest : parameters;
    let target = fits && wantedTarget !== "" ? `/gateway.do?${wantedTarget}` : "/gateway.do";
    let contentType = "application/x-www-form-urlencoded;charset=utf-8";
    let body: Buffer = Buffer.from(this.formEncode(inBody), "latin1");
    if (layout.endsWith("multipart")) ({ body, contentType } = this.multipart(inBody, this.file));

    const changes = this.chance(0.7) ? 0 : 1 + this.below(2);
    for (let change = 0; change < changes; change += 1) {
      const [changed, note] = this.changeBody(body);
      body = changed;
      this.notes.push(note);
    }
    if (this.chance(0.1)) {
      contentType = this.pick(oddContentTypes);
      this.notes.push(`content type ${contentType.slice(0, 60)}`);
    }
    if (this.chance(0.05)) target = target.replace(/%[0-9A-F]{2}/, this.pick(["%", "%z1", "%0", "%%", "%u4e2d"]));
    if (this.chance(0.03)) target = `http://localhost${target}`;
    const verb = layout === "query only" && fits ? this.pick(["GET", "POST"]) : "POST";
    return this.frame(verb, target, contentType, verb === "GET" ? Buffer.alloc(0) : body, method);
  }

  private formEncode(parameters: readonly Parameter[]): string {
    const encode = (data: Buffer): string =>
      data
        .toString("latin1")
        .replace(/[^A-Za-z0-9_.-]/g, (character) =>
          character === " " ? "+" : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
        );
    return parameters.map(({ name, value }) => `${encode(Buffer.from(name, "latin1"))}=${encode(value)}`).join("&");
  }

  private multipart(fields: readonly Parameter[], file: Buffer): { body: Buffer; contentType: string } {
    const boundary = this.pick(boundaries);
    const name = this.pick(fileNames);
    const delimiter = this.chance(0.95) ? `--${boundary}` : `-${boundary}`;
    const fieldParts = fields.map((field) => part(`name="${field.name}"`, field.value));
    const filePart = part(`name="file"; filename="${name}"${crlf}Content-Type: text/plain`, file);
    const parts = this.chance(0.5) ? [...fieldParts, filePart] : [filePart, ...fieldParts];
    const chunks = parts.flatMap((each) => [Buffer.from(delimiter), each]);
    const closing = `--${boundary}--`;
    const ending = this.pick(this.chance(0.9) ? [`${closing}${crlf}`, closing] : [`--${boundary}${crlf}`, ""]);
    const preamble = this.chance(0.95) ? this.pick(["", "", crlf]) : "preamble\r\n";
    const body = Buffer.concat([Buffer.from(preamble), ...chunks, Buffer.from(ending)]);
    return { body, contentType: `multipart/form-data; boundary=${boundary}` };
  }

  private changeBody(body: Buffer): [Buffer, string] {
    const at = this.below(body.length + 1);
    const boundary = body.indexOf("\r\n--");
    const change = this.pick(bodyChanges);
    if (change === "flip bits") return [this.flipBits(body), change];
    if (change === "truncate") return [body.subarray(0, at), change];
    if (change === "escape") return [splice(body, at, this.pick(["%", "%g1", "%0", "%C3%28", "%00", "+%"])), change];
    if (change === "boundary twice" && boundary >= 0) {
      const end = body.indexOf(crlf, boundary + 2);
      return [splice(body, boundary, body.subarray(boundary, end < 0 ? body.length : end).toString("latin1")), change];
    }
    if (change === "boundary gone" && boundary >= 0) {
      return [Buffer.concat([body.subarray(0, boundary), body.subarray(boundary + 8)]), change];
    }
    if (change === "line") return [splice(body, at, `X-Long: ${"l".repeat(this.below(70_000))}${crlf}`), change];
    if (change === "NUL") return [splice(body, at, "\0\0\0"), change];
    if (change === "double") return [Buffer.concat([body, body]), change];
    return [body, "body as is"];
  }

  private frame(verb: string, target: string, contentType: string, body: Buffer, method: string): Case {
    const odd = this.chance(0.25);
    const framing = odd ? this.pick(oddFramings) : this.chance(0.15) ? "chunked" : "length";
    if (framing !== "length") this.notes.push(`framing: ${framing}`);
    const fixed = ["Host: localhost", "Connection: close"];
    if (contentType !== "") fixed.push(`Content-Type: ${contentType}`);
    const request = (lines: readonly string[], content: Buffer, as = verb): Buffer => {
      const head = [`${as} ${target} HTTP/1.1`, ...fixed, ...lines, "", ""].join(crlf);
      return Buffer.concat([Buffer.from(head, "latin1"), content]);
    };
    const length = `Content-Length: ${body.length}`;
    const chunk = Buffer.concat([Buffer.from(`${body.length.toString(16)}${crlf}`), body, Buffer.from(crlf)]);
    const chunked = Buffer.concat([...(body.length === 0 ? [] : [chunk]), Buffer.from(`0${crlf}${crlf}`)]);
    const big = Buffer.concat([body, Buffer.alloc(1_200_000, "a")]);
    const wires: Record<typeof framing, () => Buffer> = {
      length: () => request([length], body),
      chunked: () => request(["Transfer-Encoding: chunked"], chunked),
      short: () => request([`Content-Length: ${body.length + 10}`], body),
      "long line": () => request([length, `X-Long: ${"l".repeat(20_000)}`], body),
      "bad length": () => request([`Content-Length: ${this.pick(oddLengths)}`], body),
      both: () => request([length, "Transfer-Encoding: chunked"], chunked),
      garbage: () => this.flipBits(request([length], body)),
      verb: () => request([length], body, this.pick(oddVerbs)),
      "bad chunk": () => request(["Transfer-Encoding: chunked"], Buffer.concat([Buffer.from(`zz${crlf}`), body])),
      "too big": () => request([`Content-Length: ${big.length}`], big),
    };
    return { wire: wires[framing](), method, whole: !odd && body.length <= wholeBodyBytes, notes: this.notes };
  }

  private flipBits(data: Buffer): Buffer {
    const copy = Buffer.from(data);
    for (let count = 1 + this.below(4); count > 0 && copy.length > 0; count -= 1) {
      const at = this.below(copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << this.below(8));
    }
    return copy;
  }

  private junk(): Buffer {
    return Buffer.from(Array.from({ length: this.below(60) }, () => this.below(256)));
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  private chance(likelihood: number): boolean {
    return this.random() < likelihood;
  }
}

function part(disposition: string, content: Buffer): Buffer {
  const head = `${crlf}Content-Disposition: form-data; ${disposition}${crlf}${crlf}`;
  return Buffer.concat([Buffer.from(head, "latin1"), content, Buffer.from(crlf)]);
}

function splice(data: Buffer, at: number, text: string): Buffer {
  return Buffer.concat([data.subarray(0, at), Buffer.from(text, "latin1"), data.subarray(at)]);
}

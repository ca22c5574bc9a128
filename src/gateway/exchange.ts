import type { IncomingMessage } from "node:http";
import type { Instant } from "../clock.ts";
import type { Grant } from "../consent/token-directory.ts";
import type { EncryptType } from "../keys/aes.ts";
import type { Digest } from "../keys/recent-texts.ts";
import type { AppAuthorisation } from "../merchants/app-authorisations.ts";
import type { App } from "../merchants/app.ts";
import { methods } from "../methods/index.ts";
import type { Method } from "../methods/method.ts";
import { type ByteText, emptyByteText } from "../protocol/byte-text.ts";
import { type Charset, parseCharset } from "../protocol/charset.ts";
import { errorNode, methodNode } from "../protocol/envelope.ts";
import type { JsonObject } from "../protocol/json.ts";
import { addParameters, type RawParameter } from "../protocol/parameters.ts";
import type { SignType } from "../protocol/signing.ts";
import type { ValidFields } from "../protocol/validation.ts";
import { newTraceId } from "../trace-id.ts";
import type { BodyHold } from "./body/body-budget.ts";
import type { MultipartBody } from "./body/multipart.ts";
import type { ReplyFault } from "./demand.ts";
import type { StepTrail } from "./request-log/step-trail.ts";

/**
 * One request on its way through the pipeline. Each step fills in what it guarantees; a later step reads it through the
 * getters, which throw if the order of the steps were ever wrong.
 */
export class Exchange {
  readonly http: IncomingMessage;
  readonly receivedAt: Instant;
  readonly traceId: string;
  /** Extra headers of the reply. */
  readonly headers = new Map<string, string>();
  /** What the request is remembered by; undefined for one that is not. */
  identity: Digest | undefined;
  /** Set where the very same request may be answered with the very same reply, as long as this inquiry stands. */
  repeatableAs: { readonly transactionId: string; readonly bizNo: string } | undefined;
  /** The reply that the very same request got, which is due again. */
  earlierReply: ByteText | undefined;
  /** Harmless deviations that were accepted, by name. */
  readonly deviations: string[] = [];

  /** The body of a form. It is empty for a body in parts, which is taken apart while it comes. */
  body = emptyByteText;
  /** The digests of a body in parts that its headers name too, in base64 by algorithm: the body itself is not kept. */
  digests: ReadonlyMap<string, string> = new Map();
  /** The body's bytes so far. */
  bodyTaken = 0;
  /** So many bytes of the body count against no shared room; 0 while an earlier request of the connection is under way. */
  readonly ownBytes: number;
  /** What the body holds of the room that all bodies share; undefined for a body that needs none of it. */
  hold: BodyHold | undefined;
  multipart: MultipartBody | undefined;
  /** The parameters of the target, and of the body as well once `mergeParameters` has run. */
  readonly parameters = new Map<string, ByteText>();
  /** Whether the target has more parameters than are taken apart. */
  queryIsCrowded = false;
  /** A name that came with two values in one place. */
  conflict: string | undefined;
  /** The charset of the request and of its reply: utf-8 until the request has named a known one, or was read whole and names none. */
  charset: Charset = "utf-8";
  /** Whether the query, or the Content-Type of the body, names the charset. */
  charsetInAddress = false;
  methodName: string | undefined;
  bizContent: JsonObject = new Map();
  fields: ValidFields = {};
  /** What signs the request; the sign_type sent, or the app's default where it came empty. */
  signType: SignType = "RSA2";
  /** Whether the app's next public key verified it, which an app has while it changes keys. */
  signedWithNextKey = false;
  /** What was expected to be signed, or the string that the signature was found to cover; undefined until it is looked at. */
  stringToSign: ByteText | undefined;
  /** The app's holder sent this request. Until that is proved it is a stranger's. */
  signatureHolds = false;
  /** What the reply is encrypted with; undefined for one in the clear. */
  encryption: { readonly encryptType: EncryptType; readonly key: Uint8Array } | undefined;
  /** The merchant that the app acts for, by app_auth_token. */
  delegation: AppAuthorisation | undefined;
  /** Whether the method is at work: a fault is then the method's (`isp`), and otherwise the gateway's own (`aop`). */
  insideMethod = false;
  /** The step that the request has come to, by its name. */
  step = "";
  /** Each step with its time; undefined where nobody is shown them. */
  trail: StepTrail | undefined;
  grant: Grant | undefined;
  accessToken = "";
  /** A success: the node's name and its JSON text. */
  answer: { readonly name: string; readonly node: string } = { name: errorNode, node: "{}" };

  /** In the sandbox, what a caller has asked to break. */
  replyFault: ReplyFault | undefined;

  #app: App | undefined;
  #method: Method | undefined;

  constructor(http: IncomingMessage, receivedAt: Instant, ownBytes: number) {
    this.http = http;
    this.ownBytes = ownBytes;
    this.receivedAt = receivedAt;
    this.traceId = newTraceId(receivedAt);
  }

  /** Takes what one place says: the target first, then the body. What both say alike is one parameter. */
  adoptParameters(place: readonly RawParameter[]): void {
    const conflict = addParameters(this.parameters, place);
    this.conflict ??= conflict;
    this.charset = parseCharset(this.parameter("charset") ?? "") ?? "utf-8";
    this.methodName = this.parameter("method");
  }

  get knownApp(): App | undefined {
    return this.#app;
  }

  get app(): App {
    if (this.#app === undefined) throw new Error("a step ran before findApp");
    return this.#app;
  }

  set app(app: App) {
    this.#app = app;
  }

  get method(): Method {
    if (this.#method === undefined) throw new Error("a step ran before findMethod");
    return this.#method;
  }

  get knownMethod(): Method | undefined {
    return this.#method;
  }

  /** The method that was found, or that the request names. */
  get namedMethod(): Method | undefined {
    return this.#method ?? methods.get(this.methodName ?? "");
  }

  set method(method: Method) {
    this.#method = method;
  }

  /** A parameter's value; undefined when absent or empty. */
  parameter(name: string): ByteText | undefined {
    const value = this.parameters.get(name);
    return value === "" ? undefined : value;
  }

  /**
   * Where a refusal stands: in the method's node, or in error_response where there is no method or it says so. A name that
   * no method bears is the caller's own word, which is repeated only where `echoes` says that it may be.
   */
  refusalNodeName(echoes: boolean): string {
    const { methodName } = this;
    if (methodName === undefined || methodName === "alipay.system.oauth.token") return errorNode;
    if (methods.has(methodName)) return methodNode(methodName);
    return echoes && /^[a-z][a-z0-9_.]{0,127}$/i.test(methodName) ? methodNode(methodName) : errorNode;
  }
}

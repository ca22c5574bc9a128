import { type Digest, RecentTexts } from "../../keys/recent-texts.ts";
import { methods } from "../../methods/index.ts";
import type { Method } from "../../methods/method.ts";
import { asByteText, type ByteText } from "../../protocol/byte-text.ts";
import { type Charset, parseCharset } from "../../protocol/charset.ts";

/**
 * Replies that were sent, by the request that they answered. A request that comes again byte for byte has passed every
 * step that looks at nothing but the request and its app; if the app is the same still, it would pass them again, and
 * PKCS#1 v1.5 would give the same signature. What time and others can change is asked anew: answer-repeat.ts.
 */
export interface Repeats {
  find(request: Digest): AnsweredCall | undefined;
  remember(request: Digest, reply: AnsweredCall): void;
}

export interface AnsweredCall {
  readonly appId: string;
  /** The app's, when the reply was given. */
  readonly appRevision: string;
  readonly method: Method;
  readonly charset: Charset;
  readonly timestamp: string;
  readonly deviations: readonly string[];
  readonly signedWithNextKey: boolean;
  readonly accessToken: string;
  readonly transactionId: string;
  readonly bizNo: string;
  readonly reply: ByteText;
}

/** 22 MB. Who repeats a request does so within seconds: this many are sent in three at full speed. */
const remembered = { count: 16_384, longest: 1_344 };

const nextKey = "next";

export function createRepeats(): Repeats {
  const texts = new RecentTexts(remembered);
  return {
    find(request) {
      const text = texts.get(request);
      return text === undefined ? undefined : fromText(text);
    },
    remember: (request, reply) => texts.set(request, toText(reply)),
  };
}

/** A line each; none of them can hold the end of one. */
function toText(known: AnsweredCall): ByteText {
  const { appId, appRevision, method, charset, timestamp, accessToken, transactionId, bizNo, reply } = known;
  const deviations = known.deviations.join();
  const key = known.signedWithNextKey ? nextKey : "";
  const lines = [
    appId,
    appRevision,
    method.spec.name,
    charset,
    timestamp,
    deviations,
    key,
    accessToken,
    transactionId,
    bizNo,
    reply,
  ];
  return asByteText(lines.join("\n")); // What stands beside the reply is ASCII, or was cut from the request.
}

function fromText(text: ByteText): AnsweredCall | undefined {
  const [
    appId = "",
    appRevision = "",
    name = "",
    charset = "",
    timestamp = "",
    deviations = "",
    key = "",
    accessToken = "",
    transactionId = "",
    bizNo = "",
    reply = "",
  ] = text.split("\n");
  const method = methods.get(name);
  return (
    method && {
      appId,
      appRevision,
      method,
      charset: parseCharset(charset) ?? "utf-8",
      timestamp,
      deviations: deviations === "" ? [] : deviations.split(","),
      signedWithNextKey: key === nextKey,
      accessToken,
      transactionId,
      bizNo,
      reply: asByteText(reply),
    }
  );
}

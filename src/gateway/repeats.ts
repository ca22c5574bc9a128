import { Recent } from "../keys/recent.ts";
import type { App } from "../merchants/apps.ts";
import type { Method } from "../methods/method.ts";
import type { ByteText } from "../protocol/byte-text.ts";
import type { Charset } from "../protocol/charset.ts";

/**
 * Replies that were sent, by the request that they answered. A request that comes again byte for byte has passed every
 * step that looks at nothing but the request and its app; if the app is the same still, it would pass them again, and
 * PKCS#1 v1.5 would give the same signature. What time and others can change is asked anew: answer-repeat.ts.
 */
export interface Repeats {
  find(request: string): Remembered | undefined;
  remember(request: string, reply: Remembered): void;
  forget(request: string): void;
}

export interface Remembered {
  readonly app: App;
  readonly method: Method;
  readonly charset: Charset;
  readonly timestamp: string;
  readonly deviations: readonly string[];
  readonly signedWithNextKey: boolean;
  readonly isStillSo: () => Promise<boolean>;
  readonly reply: ByteText;
}

/**
 * Who repeats a request does so within seconds: this many are sent in two at full speed. All that is kept is gone through
 * by the garbage collector, at the cost of first inquiries. Some 12 MB of usual ones; 170 MB at the very most, since
 * what an inquiry was asked with may be cut from the text of its whole request.
 */
const rememberedLimit = 12_000;
const replyLimitBytes = 2_048;

export function createRepeats(): Repeats {
  const replies = new Recent<Remembered>(rememberedLimit);
  return {
    find: (request) => replies.get(request),
    remember(request, reply) {
      if (reply.reply.length <= replyLimitBytes) replies.set(request, reply);
    },
    forget: (request) => replies.delete(request),
  };
}

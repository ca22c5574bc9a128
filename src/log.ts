import { type Logger, pino } from "pino";

export type Log = Logger;

/** Of lines that nobody has taken yet. Whoever reads the log may be slow, or stopped; what comes beyond this is dropped. */
const unwrittenBytes = 8 * 1_048_576;

/**
 * JSON lines on standard error, so that standard output stays the banner's. What is logged is chosen field by field:
 * ids, codes, counts and durations. The redaction below is a second fence, for the names that would be worst.
 * Of an error its message, code and stack are logged and nothing else that it carries: a database's puts the values into
 * its detail, a URL's the address.
 */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: describeError },
      redact: {
        paths: [
          "sign",
          "auth_token",
          "password",
          "biz_content",
          "user_name",
          "user_credentials_no",
          "*.password",
          "*.sign",
          "*.auth_token",
        ],
        censor: "[redacted]",
      },
    },
    pino.destination({ dest: 2, sync: false, maxLength: unwrittenBytes }),
  );
}

interface ErrorLine {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: string;
  readonly cause?: ErrorLine | { readonly type: string };
}

/** Causes of causes beyond this are left out. */
const deepestCause = 3;

/** What the log says of something thrown. */
export function describeError(error: unknown, depth = 0): ErrorLine | { readonly type: string } {
  if (!(error instanceof Error)) return { type: typeof error };
  const type = error.name;
  // JSON's parser quotes the text that it was given.
  const message = error instanceof SyntaxError ? "a text does not have the syntax it should have" : error.message;
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const code = codeOf(error);
  return {
    type,
    message,
    stack: [`${type}: ${message}`, ...frames].join("\n"),
    ...(code === undefined ? {} : { code }),
    ...(error.cause instanceof Error && depth < deepestCause ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

/** The system's (ECONNRESET), or the database's five characters. */
function codeOf(error: Error): string | undefined {
  const { code, sqlState } = error as { code?: unknown; sqlState?: unknown };
  const known = sqlState ?? code;
  return typeof known === "string" && /^[A-Z0-9_]{1,64}$/.test(known) ? known : undefined;
}

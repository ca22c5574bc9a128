import { type Logger, pino } from "pino";

export type Log = Logger;

/** Of lines that nobody has taken yet. Whoever reads the log may be slow, or stopped; what comes beyond this is dropped. */
const unwrittenBytes = 8 * 1_048_576;

/**
 * JSON lines on standard error, so that standard output stays the banner's. What is logged is chosen field by field:
 * ids, codes, counts and durations. The redaction below is a second fence, for the names that would be worst.
 */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: ["sign", "auth_token", "password", "biz_content", "user_name", "user_credentials_no", "*.password", "*.sign", "*.auth_token"],
        censor: "[redacted]",
      },
    },
    pino.destination({ dest: 2, sync: false, maxLength: unwrittenBytes }),
  );
}

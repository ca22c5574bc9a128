import { type Clock, type Instant, later, secondUs, systemClock } from "../clock.ts";
import type { Vault } from "../keys/vault.ts";
import type { Log } from "../log.ts";
import type { Store } from "../store/store.ts";
import type { CallSummary, WholeRequest } from "./call.ts";
import { type Follower, LiveCalls } from "./live.ts";
import { latestCallNo, readCalls, wholeContext } from "./read-calls.ts";
import { Tallies } from "./tallies.ts";
import { type CallToWrite, trimLog, writeGroup } from "./write-calls.ts";

/**
 * The request log: which calls there were, for whoever integrates or operates. A call is noted in memory and written with
 * others of its quarter second, so that nobody waits for it; what there is no room for is left out and counted.
 */
export interface RequestLog {
  /** Whether whole requests are kept: in the sandbox, unless the log is switched off. */
  readonly keepsWhole: boolean;
  /** Counts a call, whatever is kept of it. */
  count(call: CountedCall): void;
  /**
   * Whether there is room to keep one more: always for a refused call, as long as the database keeps up; for others, so
   * many a second. Whoever is told so calls `keep`.
   */
  hasRoom(outcome: CallSummary["outcome"]): boolean;
  /** `whole` is called when the group is written; `heldBytes` is about what it keeps in memory until then. */
  keep(call: CallSummary, whole?: { readonly heldBytes: number; readonly make: () => WholeRequest }): void;
  /** Resolves when all that was noted before is written, or given up. */
  flush(): Promise<void>;
  follow(follower: Follower): Promise<(() => void) | undefined>;
  /** Ends those who follow: the server takes no more requests. */
  endFollowers(): void;
  close(): Promise<void>;
}

export interface CountedCall {
  readonly at: Instant;
  readonly appId: string | undefined;
  readonly method: string | undefined;
  /** 10000 or the sub_code. */
  readonly code: string;
  readonly durationUs: number;
  /** Of the key that verified the request. */
  readonly keyId: string | undefined;
}

export interface RequestLogParts {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn" | "error">;
  readonly keepsWhole: boolean;
  /** How many calls are kept; 0: none, they are counted only. */
  readonly calls: number;
  readonly wholeBytes: number;
  /** How many calls that were not refused may be kept of each second, ten seconds' worth of them at once. */
  readonly answeredPerS: number;
  /** Is told of each call that there was no room for. */
  readonly noteLeftOut: () => void;
}

const writeEveryMs = 250;
const waitingLimit = 4_096;
/** Of requests that wait to be written; the summary of what is beyond is kept. */
const heldLimitBytes = 16 * 1_048_576;
const burstS = 10;
const trimEveryCalls = 500;
const trimEveryMs = 3_600_000;
const talliesDays = 8;
const failurePauseMs = 60_000;

interface WaitingCall {
  readonly summary: CallSummary;
  readonly make: (() => WholeRequest) | undefined;
}

export function openRequestLog(parts: RequestLogParts): RequestLog {
  const { store, vault, clock, log, answeredPerS } = parts;
  const keepsWhole = parts.keepsWhole && parts.calls > 0 && parts.wholeBytes > 0;
  const tallies = new Tallies();
  let keyUses = new Map<string, { appId: string; keyId: string; at: Instant }>();
  let waiting: WaitingCall[] = [];
  let heldBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let closed = false;
  let untrimmed = trimEveryCalls; // What a former process left is trimmed with the first group.
  let trimmedAt = systemClock.now();
  let quietUntil = 0;
  let tokens = answeredPerS * burstS;
  let filledAt = systemClock.now();

  const live = new LiveCalls({
    read: async (after, limit) => (await readCalls({ store, vault }, {}, { after, limit })).calls,
    latest: () => latestCallNo(store),
    onFailure: (error) => complain(error, "new calls could not be read for those who follow the request log"),
  });

  function complain(error: unknown, message: string): void {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + failurePauseMs;
    log.error({ err: error }, message);
  }

  /** By the process's own clock: a sandbox's may be put forward by years. */
  function takeToken(): boolean {
    const now = systemClock.now();
    tokens = Math.min(tokens + ((now - filledAt) / secondUs) * answeredPerS, answeredPerS * burstS);
    filledAt = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  }

  function schedule(): void {
    if (!closed) timer ??= setTimeout(() => void flush(), writeEveryMs).unref();
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    // What comes while a group is written is the next group.
    while (writing !== undefined) await writing;
    if (waiting.length === 0 && tallies.size === 0 && keyUses.size === 0) return;
    writing = write().finally(() => {
      writing = undefined;
    });
    await writing;
  }

  async function write(): Promise<void> {
    const group = waiting;
    const counted = tallies.take();
    const used = keyUses;
    waiting = [];
    heldBytes = 0;
    keyUses = new Map();
    try {
      const calls = group.map(sealed);
      const last = await writeGroup(store, { calls, tallies: counted, keyUses: [...used.values()] });
      live.look();
      await trimNowAndThen(last, calls.length);
    } catch (error) {
      for (let each = 0; each < group.length; each += 1) parts.noteLeftOut();
      tallies.putBack(counted);
      complain(error, "calls could not be written to the request log, and are missing there");
    }
  }

  function sealed({ summary, make }: WaitingCall): CallToWrite {
    if (make === undefined) return { summary, whole: undefined };
    return { summary, whole: vault.seal(JSON.stringify(make()), wholeContext(summary.traceId)) };
  }

  async function trimNowAndThen(lastCallNo: number, written: number): Promise<void> {
    untrimmed += written;
    const now = systemClock.now();
    if (untrimmed < trimEveryCalls && now - trimmedAt < trimEveryMs * 1_000) return;
    untrimmed = 0;
    trimmedAt = now;
    const talliesFrom = later(clock.now(), -talliesDays * 86_400 * secondUs);
    await trimLog(store, lastCallNo, { calls: parts.calls, wholeBytes: parts.wholeBytes, talliesFrom }).catch(
      (error: unknown) => complain(error, "old calls could not be deleted from the request log"),
    );
  }

  return {
    keepsWhole,
    count({ at, appId, method, code, durationUs, keyId }) {
      tallies.note({ at, appId: appId ?? "", method: method ?? "", code, durationUs });
      if (appId !== undefined && keyId !== undefined) keyUses.set(`${appId} ${keyId}`, { appId, keyId, at });
      schedule();
    },
    hasRoom(outcome) {
      if (parts.calls === 0) return false;
      const isRoom = waiting.length < waitingLimit && (outcome === "refused" || outcome === "failed" || takeToken());
      if (!isRoom) parts.noteLeftOut();
      return isRoom;
    },
    keep(summary, whole) {
      const isRoom = whole !== undefined && heldBytes + whole.heldBytes <= heldLimitBytes;
      if (isRoom) heldBytes += whole.heldBytes;
      waiting.push({ summary, make: isRoom ? whole.make : undefined });
      schedule();
    },
    flush,
    follow: (follower) => live.follow(follower),
    endFollowers: () => live.end(),
    async close() {
      closed = true;
      live.end();
      await flush();
    },
  };
}

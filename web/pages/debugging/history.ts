import { useState } from "react";
import { isSandbox } from "../../shell/environment-badge.tsx";
import type { DebugState } from "./debug-state.ts";

/** A call of before, without keys and tokens: enough to make it again. */
export interface PastCall {
  readonly at: number;
  readonly method: string;
  readonly state: DebugState;
  readonly code: string;
  readonly traceId: string | undefined;
  readonly tookMs: number;
}

const storageKey = "kaimen.debugging";
const keptCalls = 20;

/** The last calls, kept in this browser; in production, where fields may be somebody's, only as long as the page is open. */
export function useHistory(): { past: readonly PastCall[]; add: (call: PastCall) => void; clear: () => void } {
  const [past, setPast] = useState<readonly PastCall[]>(readPast);
  const keep = (calls: readonly PastCall[]): void => {
    setPast(calls);
    if (isSandbox) localStorage.setItem(storageKey, JSON.stringify(calls));
  };
  return {
    past,
    add: (call) => keep([call, ...past].slice(0, keptCalls)),
    clear: () => keep([]),
  };
}

function readPast(): readonly PastCall[] {
  if (!isSandbox) return [];
  try {
    return JSON.parse(localStorage.getItem(storageKey) ?? "[]") as PastCall[]; // Written above.
  } catch {
    return [];
  }
}

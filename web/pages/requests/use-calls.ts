import { type InfiniteData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { addressOf, ask, type ReplyOf } from "../../api/client.ts";
import { type CallFilter, queryOf } from "./call-filter.ts";

type CallPage = ReplyOf<"GET /api/requests">;
export type Call = CallPage["calls"][number];
export type LiveState = "paused" | "connecting" | "live" | "broken";

const pageCalls = 50;
/** So many of a live list are held; the older ones are read again when somebody goes down to them. */
const heldCalls = 1_000;
/** Calls that come at once are shown at once. */
const gatherMs = 150;
const retryMs = 5_000;

/** The calls that fit a filter, the newest first, read page by page, with those that come meanwhile. */
export function useCalls(filter: CallFilter, isLive: boolean) {
  const client = useQueryClient();
  const key = ["calls", filter];
  const keyText = JSON.stringify(key);
  const asked = useInfiniteQuery({
    queryKey: key,
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam, signal }): Promise<CallPage> =>
      ask(
        "GET /api/requests",
        { query: { ...queryOf(filter), limit: pageCalls, ...(pageParam === undefined ? {} : { before: pageParam }) } },
        signal,
      ),
    getNextPageParam: ({ next }) => next,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
  const calls = asked.data?.pages.flatMap((page) => page.calls) ?? [];
  const add = useCallback(
    (come: readonly Call[]) =>
      client.setQueryData<InfiniteData<CallPage>>(JSON.parse(keyText) as unknown[], (data) =>
        data === undefined ? data : withNewer(data, come),
      ),
    [client, keyText],
  );
  const state = useStream(filter, { newest: calls[0]?.callNo ?? 0, isOn: isLive && asked.isSuccess, add });
  return { ...asked, calls, state, kept: asked.data?.pages[0]?.kept };
}

function withNewer(data: InfiniteData<CallPage>, come: readonly Call[]): InfiniteData<CallPage> {
  const [first, ...older] = data.pages;
  if (first === undefined) return data;
  const newest = first.calls[0]?.callNo ?? 0;
  const calls = [...come.filter(({ callNo }) => callNo > newest).toReversed(), ...first.calls];
  if (calls.length <= heldCalls) return { ...data, pages: [{ ...first, calls }, ...older] };
  const held = calls.slice(0, heldCalls);
  return {
    pages: [{ ...first, calls: held, next: held.at(-1)?.callNo ?? 0 }],
    pageParams: data.pageParams.slice(0, 1),
  };
}

interface StreamParts {
  readonly newest: number;
  readonly isOn: boolean;
  readonly add: (come: readonly Call[]) => void;
}

/** Follows the server's stream; a browser takes up by itself one that ended, and one that was refused is asked for again. */
function useStream(filter: CallFilter, { newest, isOn, add }: StreamParts): LiveState {
  const [state, setState] = useState<LiveState>("connecting");
  const [attempt, setAttempt] = useState(0);
  const after = useRef(newest);
  useEffect(() => {
    after.current = Math.max(newest, 0);
  }, [newest]);
  const filterText = JSON.stringify(filter);
  useEffect(() => {
    if (!isOn) return undefined;
    setState("connecting");
    const { text, ...rest } = JSON.parse(filterText) as CallFilter;
    const source = new EventSource(
      addressOf("GET /api/requests/stream", { query: { ...queryOf(rest), after: after.current } }),
    );
    let come: Call[] = [];
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let retrying: ReturnType<typeof setTimeout> | undefined;
    const show = async (): Promise<void> => {
      gathering = undefined;
      const shown = come;
      come = [];
      // The stream looks for a text in names and codes alone; the list looks in whole requests, too.
      if (text === undefined) return add(shown);
      const query = { ...queryOf({ ...rest, text }), after: after.current, limit: 200 };
      const found = await ask("GET /api/requests", { query }).catch(() => undefined);
      if (found !== undefined) add(found.calls);
    };
    source.addEventListener("open", () => setState("live"));
    source.addEventListener("call", ({ data }: MessageEvent<string>) => {
      come.push(JSON.parse(data) as Call); // The route's own contract.
      gathering ??= setTimeout(() => void show(), gatherMs);
    });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return setState("connecting");
      setState("broken");
      retrying = setTimeout(() => setAttempt((count) => count + 1), retryMs);
    });
    return () => {
      source.close();
      clearTimeout(gathering);
      clearTimeout(retrying);
    };
  }, [filterText, isOn, add, attempt]);
  return isOn ? state : "paused";
}

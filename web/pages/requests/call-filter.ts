import type { InputOf } from "../../api/client.ts";

export type CallQuery = InputOf<"GET /api/requests">["query"];

/** What calls are filtered by; each stands in the page's address under this name, and the server applies it. */
export const filterNames = [
  "text",
  "outcome",
  "method",
  "appId",
  "merchantId",
  "code",
  "subCode",
  "transactionId",
  "bizNo",
  "traceId",
  "from",
  "to",
] as const;
export type FilterName = (typeof filterNames)[number];
export type CallFilter = Readonly<Partial<Record<FilterName, string>>>;

export function filterIn(search: URLSearchParams): CallFilter {
  return Object.fromEntries(
    filterNames.flatMap((name) => {
      const value = search.get(name);
      return value === null || value === "" ? [] : [[name, value]];
    }),
  );
}

/** The filter as a page's address carries it: `?method=…`, or nothing. */
export function searchOf(filter: CallFilter): string {
  const search = new URLSearchParams(Object.entries(filter));
  return search.size === 0 ? "" : `?${search.toString()}`;
}

/** As the API wants it; what is no such value there, it refuses in words. */
export function queryOf({ from, to, ...names }: CallFilter): CallQuery {
  return {
    ...names,
    ...(from === undefined ? {} : { from: Number(from) }),
    ...(to === undefined ? {} : { to: Number(to) }),
  } as CallQuery; // An outcome and a code of an address are checked by the server.
}

import { useQuery } from "@tanstack/react-query";
import { ask, type ConsoleApi, type ReplyOf } from "../../api/client.ts";
import type { Looked } from "./people.tsx";

type LookName = "POST /api/scores/explain" | "POST /api/people/who-asked" | "POST /api/people/export";

/**
 * Reads about a person, once: each reading is a line of the audit trail, so nothing is read again by itself. It is
 * forgotten with the page.
 */
export function useLook<Name extends LookName & keyof ConsoleApi>(name: Name, looked: Looked, enabled = true) {
  return useQuery({
    queryKey: ["look", name, looked],
    queryFn: ({ signal }): Promise<ReplyOf<Name>> =>
      ask<LookName>(name, { body: { ...looked } }, signal) as Promise<ReplyOf<Name>>, // All three take the same body.
    enabled,
    retry: false,
    staleTime: Infinity,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}

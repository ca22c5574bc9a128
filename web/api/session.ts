import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Permission } from "../../src/accounts/roles.ts";
import { ApiProblem, ask, type ReplyOf } from "./client.ts";

export type Session = ReplyOf<"GET /api/session">;

const sessionKey = ["session"];

/** Who is signed in; null for nobody. */
export function useSession() {
  return useQuery({
    queryKey: sessionKey,
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<Session | null> => {
      try {
        return await ask("GET /api/session", {}, signal);
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 401) return null;
        throw error;
      }
    },
  });
}

/** Asks anew who is signed in, after somebody came or went; what the one before saw is forgotten. */
export function useSessionChange(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
    await client.invalidateQueries({ queryKey: sessionKey });
  };
}

/** Whether somebody may see or do something: operators by their role, merchants' staff what is their merchant's. */
export function mayCall(session: Session, who: { merchants?: boolean; operators?: Permission | "any" }): boolean {
  if (session.kind === "merchant") return who.merchants === true;
  if (who.operators === undefined) return false;
  return who.operators === "any" || session.permissions.includes(who.operators);
}

import { keepPreviousData, QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiProblem, ask, type ConsoleApi, type InputOf, type ReplyOf } from "./client.ts";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What was refused is refused again; what failed on the way is tried once more.
      retry: (count, error) => count < 1 && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500),
      refetchOnWindowFocus: true,
    },
  },
});

/** The answer of a route, kept and shared between pages. */
export function useAsk<Name extends keyof ConsoleApi>(
  name: Name,
  input: InputOf<Name>,
  options: { enabled?: boolean; refetchInterval?: number } = {},
) {
  return useQuery({
    queryKey: [name, input],
    queryFn: ({ signal }): Promise<ReplyOf<Name>> => ask(name, input, signal),
    placeholderData: keepPreviousData,
    ...options,
  });
}

/** A change: what pages show of anything is read anew after it. */
export function useSend<Name extends keyof ConsoleApi>(name: Name) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: InputOf<Name>): Promise<ReplyOf<Name>> => ask(name, input),
    onSuccess: () => client.invalidateQueries(),
  });
}

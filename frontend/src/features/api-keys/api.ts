/** Calls about API keys. */
import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, done, onPage, type Schemas, taken } from "@/lib/api/client";

export type ApiKey = Schemas["ApiKeyOut"];

const KEYS = ["api-keys"] as const;

export const keysQuery = infiniteQueryOptions({
  queryKey: KEYS,
  queryFn: ({ pageParam, signal }) =>
    taken(api.GET("/api/api-keys", { signal, params: { query: onPage(pageParam) } })),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

export function useCreateKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["ApiKeyCreate"]) => taken(api.POST("/api/api-keys", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEYS }),
    // The key itself does not stay in memory for longer than the dialog.
    gcTime: 0,
  });
}

export function useRevokeKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (key_id: string) =>
      done(api.DELETE("/api/api-keys/{key_id}", { params: { path: { key_id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: KEYS }),
  });
}

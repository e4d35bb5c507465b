/** Saved segments and how filters do, as queries and actions. */
import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, done, onPage, type Schemas, taken } from "./api/client";
import type { Filter } from "./segment-draft";

export type Segment = Schemas["SegmentOut"];

export const segmentsQuery = infiniteQueryOptions({
  queryKey: ["segments", "list"],
  queryFn: ({ pageParam, signal }) =>
    taken(api.GET("/api/segments", { signal, params: { query: onPage(pageParam) } })),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

/** How the filter does on the first contacts. */
export const segmentPreviewQuery = (filter: Filter | null) =>
  queryOptions({
    queryKey: ["segments", "preview", filter],
    queryFn: ({ signal }) => {
      if (filter === null) throw new Error("A preview needs a filter.");
      return taken(api.POST("/api/segments/preview", { signal, body: { filter } }));
    },
    enabled: filter !== null,
    staleTime: 60_000,
  });

export const segmentQuery = (id: string) =>
  queryOptions({
    queryKey: ["segments", "one", id],
    queryFn: ({ signal }) =>
      taken(
        api.GET("/api/segments/{segment_id}", { signal, params: { path: { segment_id: id } } }),
      ),
  });

/** Saves a segment: a new one, or `id` with another name and filter. */
export function useSaveSegment(id: string | null) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["SegmentWrite"]) =>
      id === null
        ? taken(api.POST("/api/segments", { body }))
        : taken(
            api.PUT("/api/segments/{segment_id}", { body, params: { path: { segment_id: id } } }),
          ),
    onSuccess: (segment) => {
      queries.setQueryData(segmentQuery(segment.id).queryKey, segment);
      return queries.invalidateQueries({ queryKey: segmentsQuery.queryKey });
    },
  });
}

export function useDeleteSegment() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      done(api.DELETE("/api/segments/{segment_id}", { params: { path: { segment_id: id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: segmentsQuery.queryKey }),
  });
}

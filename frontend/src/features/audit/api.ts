/** Calls about the audit trail. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, onPage, type Schemas, taken } from "@/lib/api/client";
import { toProblem } from "@/lib/api/problem";
import { asQuery, type Filters } from "./filters";

export type AuditRecord = Schemas["AuditRecord"];

export const auditQuery = (filters: Filters) =>
  infiniteQueryOptions({
    queryKey: ["audit", "list", filters],
    queryFn: ({ pageParam, signal }) =>
      taken(
        api.GET("/api/audit", {
          signal,
          params: { query: { ...asQuery(filters), ...onPage(pageParam) } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });

/** The names of those who act; of a larger team the first 200. */
export const peopleQuery = queryOptions({
  queryKey: ["audit", "people"],
  queryFn: ({ signal }) =>
    taken(api.GET("/api/users", { signal, params: { query: { limit: 200 } } })),
  select: ({ items }) => new Map(items.map((user) => [user.id, user.name || user.email] as const)),
});

function cursorOf(link: string | null): string | null {
  const next = link?.match(/<([^>]*)>;\s*rel="next"/)?.[1];
  return next ? new URL(next, location.origin).searchParams.get("cursor") : null;
}

/** Returns all that the filters name as one CSV text; `onPart` hears how many parts there are so far. */
export async function exportTrail(
  filters: Filters,
  onPart: (parts: number) => void,
): Promise<string> {
  let text = "";
  let cursor: string | null = null;
  for (let parts = 1; ; parts += 1) {
    const query = { ...asQuery(filters), ...(cursor === null ? {} : { cursor }) };
    const { data, error, response } = await api.GET("/api/audit/export", {
      params: { query },
      parseAs: "text",
    });
    if (!response.ok || typeof data !== "string") throw toProblem(response, error);
    // Each part begins with the titles of the columns; the file has them once.
    text += parts === 1 ? data : data.slice(data.indexOf("\n") + 1);
    onPart(parts);
    cursor = cursorOf(response.headers.get("Link"));
    if (cursor === null) return text;
  }
}

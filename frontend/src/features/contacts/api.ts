/** Contacts and the rows of CSV imports, as queries. */
import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
import { api, onPage, type Schemas, taken } from "@/lib/api/client";
import type { ImportRow } from "@/lib/imports";

export type Contact = Schemas["ContactOut"];
/** In order of names; `prefix` is of a name. */
export const contactsQuery = (prefix: string) =>
  infiniteQueryOptions({
    queryKey: ["contacts", "list", prefix],
    queryFn: ({ pageParam, signal }) =>
      taken(
        api.GET("/api/contacts", {
          signal,
          params: { query: { ...onPage(pageParam), ...(prefix && { name_prefix: prefix }) } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });

export const importRowsQuery = (id: string, outcome: ImportRow["outcome"]) =>
  infiniteQueryOptions({
    queryKey: ["imports", id, "rows", outcome],
    queryFn: ({ pageParam, signal }) =>
      taken(
        api.GET("/api/contacts/imports/{import_id}/rows", {
          signal,
          params: { path: { import_id: id }, query: { ...onPage(pageParam), outcome } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });

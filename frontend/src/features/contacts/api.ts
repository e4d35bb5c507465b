/** Contacts and CSV imports, as queries and actions. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, onPage, type Schemas, taken } from "@/lib/api/client";
import { ApiProblem } from "@/lib/api/problem";

export type Contact = Schemas["ContactOut"];
export type Import = Schemas["ImportOut"];
export type ImportRow = Schemas["ImportRow"];

/** Above this the file goes straight to storage: a request to the API may not be larger. */
export const DIRECT_LIMIT_BYTES = 4 * 1024 * 1024;
const PROGRESS_MS = 1_000;

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

export function isUnderway(one: Pick<Import, "state">): boolean {
  return one.state === "queued" || one.state === "running";
}

export const importQuery = (id: string) =>
  queryOptions({
    queryKey: ["imports", id],
    queryFn: ({ signal }) =>
      taken(
        api.GET("/api/contacts/imports/{import_id}", {
          signal,
          params: { path: { import_id: id } },
        }),
      ),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data && isUnderway(state.data) ? PROGRESS_MS : false),
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

async function upload(file: File): Promise<string> {
  const target = await taken(
    api.POST("/api/contacts/imports/uploads", { body: { size_bytes: file.size } }),
  );
  const failed = "The file could not be uploaded to storage. Try again, or split it below 4 MB.";
  const answer = await globalThis
    .fetch(target.url, { method: "PUT", body: file, headers: { "Content-Type": "text/csv" } })
    .catch(() => {
      throw new ApiProblem(0, "upload_failed", failed);
    });
  if (!answer.ok) throw new ApiProblem(answer.status, "upload_failed", failed);
  return target.upload_id;
}

/** Starts an import: a small file in the request itself, a large one by way of storage. */
async function startImport(file: File): Promise<Import> {
  if (file.size > DIRECT_LIMIT_BYTES) {
    const upload_id = await upload(file);
    return taken(api.POST("/api/contacts/imports", { body: { upload_id } }));
  }
  return taken(
    api.POST("/api/contacts/imports", {
      body: file,
      bodySerializer: () => file,
      headers: { "Content-Type": "text/csv" },
    }),
  );
}

export function useStartImport() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: startImport,
    onSuccess: (started) => queries.setQueryData(importQuery(started.id).queryKey, started),
  });
}

/** CSV imports of contacts: started, followed; used by the contacts and by campaigns. */
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, taken } from "./api/client";
import { type KeyRing, useKeyRing } from "./api/idempotency";
import { ApiProblem } from "./api/problem";

export type Import = Schemas["ImportOut"];
export type ImportRow = Schemas["ImportRow"];

/** Above this the file goes straight to storage: a request to the API may not be larger. */
export const DIRECT_LIMIT_BYTES = 4 * 1024 * 1024;
const PROGRESS_MS = 1_000;

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
async function startImport(file: File, keys: KeyRing): Promise<Import> {
  const keyed = (request: unknown) => ({ header: { "Idempotency-Key": keys.keyFor(request) } });
  if (file.size > DIRECT_LIMIT_BYTES) {
    const upload_id = await upload(file);
    return taken(
      api.POST("/api/contacts/imports", { body: { upload_id }, params: keyed({ upload_id }) }),
    );
  }
  return taken(
    api.POST("/api/contacts/imports", {
      body: file,
      params: keyed([file.name, file.size, file.lastModified]),
      bodySerializer: () => file,
      headers: { "Content-Type": "text/csv" },
    }),
  );
}

export function useStartImport() {
  const queries = useQueryClient();
  const keys = useKeyRing();
  return useMutation({
    mutationFn: (file: File) => startImport(file, keys),
    onSuccess: (started) => {
      keys.forget();
      queries.setQueryData(importQuery(started.id).queryKey, started);
    },
  });
}

/** The columns of the chosen file, as variables may name them; none while there is no file. */
export function useColumns(importId: string): string[] {
  const query = useQuery({ ...importQuery(importId), enabled: importId !== "" });
  return Object.keys(query.data?.columns ?? {});
}

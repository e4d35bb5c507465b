/** Message templates, as queries and actions. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, done, onPage, type Schemas, taken } from "@/lib/api/client";

export type Template = Schemas["TemplateOut"];
export type Check = Schemas["TemplateCheck"];
export type CheckRequest = Schemas["TemplateCheckRequest"];
export type Content = Schemas["TemplateEdit"];
export type Category = Schemas["TemplateCreate"]["category"];
export type Num = Schemas["NumberOut"];
export type SyncResult = Omit<Schemas["SyncOut"], "next_cursor">;

export interface Filters {
  status?: string;
  category?: Category;
  language?: string;
  quality?: "GREEN" | "YELLOW" | "RED" | "UNKNOWN";
  number_id?: string;
}

const PAGE = 100;

/** Newest first. */
export const templatesQuery = (filters: Filters) =>
  infiniteQueryOptions({
    queryKey: ["templates", "list", filters],
    queryFn: ({ pageParam, signal }) =>
      taken(
        api.GET("/api/templates", {
          signal,
          params: { query: { ...onPage(pageParam, PAGE), ...filters } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });

const REVIEW_MS = 15_000;

/** One template; while Meta reviews it, it is asked for again: the API asks Meta then. */
export const templateQuery = (id: string) =>
  queryOptions({
    queryKey: ["templates", "one", id],
    queryFn: ({ signal }) =>
      taken(
        api.GET("/api/templates/{template_id}", { signal, params: { path: { template_id: id } } }),
      ),
    refetchInterval: ({ state }) => (state.data?.status === "PENDING" ? REVIEW_MS : false),
  });

/** All languages of one name, of every account. */
export const languagesQuery = (name: string) =>
  queryOptions({
    queryKey: ["templates", "languages", name],
    queryFn: ({ signal }) =>
      taken(api.GET("/api/templates", { signal, params: { query: { name, limit: PAGE } } })),
  });

export const numbersQuery = queryOptions({
  queryKey: ["numbers", "first page"],
  queryFn: ({ signal }) =>
    taken(api.GET("/api/numbers", { signal, params: { query: onPage(null, 100) } })),
});

/** What WhatsApp would say of a template as far as it is written. */
export const checkQuery = (body: CheckRequest) =>
  queryOptions({
    queryKey: ["templates", "check", body],
    queryFn: ({ signal }) => taken(api.POST("/api/templates/validate", { signal, body })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    gcTime: 60_000,
  });

function useRenewed() {
  const queries = useQueryClient();
  return (changed?: Template) => {
    if (changed) queries.setQueryData(templateQuery(changed.id).queryKey, changed);
    return queries.invalidateQueries({ queryKey: ["templates"] });
  };
}

/** `key` is the same for each try of one form, so that a try that got through is not repeated. */
export function useCreateTemplate(key: string) {
  const renewed = useRenewed();
  return useMutation({
    mutationFn: (body: Schemas["TemplateCreate"]) =>
      taken(api.POST("/api/templates", { body, headers: { "Idempotency-Key": key } })),
    onSuccess: renewed,
  });
}

export function useEditTemplate(id: string) {
  const renewed = useRenewed();
  return useMutation({
    mutationFn: (body: Content) =>
      taken(
        api.PATCH("/api/templates/{template_id}", { params: { path: { template_id: id } }, body }),
      ),
    onSuccess: renewed,
  });
}

export function useDeleteTemplate(id: string) {
  const renewed = useRenewed();
  return useMutation({
    mutationFn: (languages: "this" | "all") =>
      done(
        api.DELETE("/api/templates/{template_id}", {
          params: { path: { template_id: id }, query: { languages } },
        }),
      ),
    onSuccess: () => renewed(),
  });
}

const PATHS = {
  unpause: "/api/templates/{template_id}/unpause",
  archive: "/api/templates/{template_id}/archive",
  unarchive: "/api/templates/{template_id}/unarchive",
} as const;
export type TemplateAction = keyof typeof PATHS;

export function useTemplateAction(id: string) {
  const renewed = useRenewed();
  return useMutation({
    mutationFn: (action: TemplateAction): Promise<Template> =>
      taken(api.POST(PATHS[action], { params: { path: { template_id: id } } })),
    onSuccess: renewed,
    // A refusal may come with another state than the one on the screen.
    onError: () => renewed(),
  });
}

const NOTHING: SyncResult = { adopted: 0, updated: 0, unchanged: 0, vanished: 0 };

/** The sum of two steps of a comparison. */
export function sumOf(a: SyncResult, b: SyncResult): SyncResult {
  return {
    adopted: a.adopted + b.adopted,
    updated: a.updated + b.updated,
    unchanged: a.unchanged + b.unchanged,
    vanished: a.vanished + b.vanished,
  };
}

/** Compares every account with Meta, step by step; `onStep` is told the sum so far. */
async function syncAll(
  numberIds: readonly string[],
  onStep: (sum: SyncResult) => void,
): Promise<SyncResult> {
  let sum = NOTHING;
  for (const number_id of numberIds) {
    let cursor: string | null = null;
    do {
      const step: Schemas["SyncOut"] = await taken(
        api.POST("/api/templates/sync", { body: { number_id, cursor } }),
      );
      sum = sumOf(sum, step);
      onStep(sum);
      cursor = step.next_cursor;
    } while (cursor !== null);
  }
  return sum;
}

/** `numberIds` holds one number of each account. */
export function useSync(numberIds: readonly string[], onStep: (sum: SyncResult) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => syncAll(numberIds, onStep),
    onSettled: () => queries.invalidateQueries({ queryKey: ["templates"] }),
  });
}

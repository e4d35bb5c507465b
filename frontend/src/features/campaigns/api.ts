/** Campaigns and what a new one is made of, as queries and actions. */
import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, done, onPage, type Schemas, taken } from "@/lib/api/client";
import { useKeyRing } from "@/lib/api/idempotency";
import { type Action, type Campaign, isMoving, type MessageState } from "./ledger";

export type Template = Schemas["TemplateOut"];
export type Contact = Schemas["ContactOut"];
export type Report = Schemas["ReportOut"];
export type Recipient = Schemas["Recipient"];
export type CampaignCreate = Schemas["CampaignCreate"];

export type DryRun = Schemas["DryRunOut"];
export type Cost = Schemas["CostOut"];

const LIVE_MS = 2_000;
const DRY_RUN_MS = 1_000;
const REPORT_MS = 6_000;

/** Newest first; asks again every 2 s, but only while one of them moves. */
export const campaignsQuery = infiniteQueryOptions({
  queryKey: ["campaigns", "list"],
  queryFn: ({ pageParam, signal }) =>
    taken(api.GET("/api/campaigns", { signal, params: { query: onPage(pageParam) } })),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
  refetchInterval: ({ state }) =>
    state.data?.pages.some((page) => page.items.some((one) => isMoving(one.state)))
      ? LIVE_MS
      : false,
});

export const campaignQuery = (id: string) =>
  queryOptions({
    queryKey: ["campaigns", "one", id],
    queryFn: ({ signal }) =>
      taken(
        api.GET("/api/campaigns/{campaign_id}", { signal, params: { path: { campaign_id: id } } }),
      ),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data && isMoving(state.data.state) ? LIVE_MS : false),
  });

export const reportQuery = (id: string, isLive: boolean) =>
  queryOptions({
    queryKey: ["campaigns", "report", id],
    queryFn: ({ signal }) =>
      taken(
        api.GET("/api/campaigns/{campaign_id}/report", {
          signal,
          params: { path: { campaign_id: id } },
        }),
      ),
    staleTime: 0,
    refetchInterval: isLive ? REPORT_MS : false,
  });

/** One page of recipients; while the campaign moves, the page in sight is renewed. */
export const recipientsQuery = (
  id: string,
  state: MessageState | null,
  cursor: string | null,
  isLive: boolean,
) =>
  queryOptions({
    queryKey: ["campaigns", "recipients", id, state, cursor],
    queryFn: ({ signal }) =>
      taken(
        api.GET("/api/campaigns/{campaign_id}/recipients", {
          signal,
          params: {
            path: { campaign_id: id },
            query: { ...onPage(cursor), ...(state && { state: [state] }) },
          },
        }),
      ),
    staleTime: 5_000,
    refetchInterval: isLive ? REPORT_MS : false,
  });

export const numbersQuery = queryOptions({
  queryKey: ["numbers"],
  queryFn: ({ signal }) => taken(api.GET("/api/numbers", { signal })),
});

/** All templates, page by page. */
export const templatesQuery = queryOptions({
  queryKey: ["templates"],
  queryFn: async ({ signal }) => {
    const all: Template[] = [];
    let cursor: string | null = null;
    do {
      const page: Schemas["TemplateList"] = await taken(
        api.GET("/api/templates", { signal, params: { query: onPage(cursor, 200) } }),
      );
      all.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return all;
  },
});

/** The newest dry run, where the campaign says that there is one of it as it is. */
export const dryRunQuery = ({ id, has_dry_run }: Pick<Campaign, "id" | "has_dry_run">) =>
  queryOptions({
    queryKey: ["campaigns", "dry-run", id],
    queryFn: ({ signal }) =>
      taken(
        api.GET("/api/campaigns/{campaign_id}/dry-run", {
          signal,
          params: { path: { campaign_id: id } },
        }),
      ),
    enabled: has_dry_run,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.state === "running" ? DRY_RUN_MS : false),
  });

/** One page of whom a dry run would write to, and of whom it would skip. */
export const dryRunRecipientsQuery = (id: string, run: string, cursor: string | null) =>
  queryOptions({
    queryKey: ["campaigns", "dry-run-recipients", id, run, cursor],
    queryFn: ({ signal }) =>
      taken(
        api.GET("/api/campaigns/{campaign_id}/dry-run/recipients", {
          signal,
          params: { path: { campaign_id: id }, query: onPage(cursor, 20) },
        }),
      ),
  });

export const costsQuery = (id: string, isLive: boolean) =>
  queryOptions({
    queryKey: ["campaigns", "costs", id],
    queryFn: ({ signal }) =>
      taken(
        api.GET("/api/campaigns/{campaign_id}/costs", {
          signal,
          params: { path: { campaign_id: id } },
        }),
      ),
    staleTime: 5_000,
    refetchInterval: isLive ? REPORT_MS : false,
  });

/** Saves the form: as a new draft, or as the draft `id`. */
export function useSaveCampaign(id: string | null) {
  const queries = useQueryClient();
  const keys = useKeyRing();
  return useMutation({
    mutationFn: (body: CampaignCreate) =>
      id === null
        ? taken(
            api.POST("/api/campaigns", {
              body,
              params: { header: { "Idempotency-Key": keys.keyFor(body) } },
            }),
          )
        : taken(
            api.PATCH("/api/campaigns/{campaign_id}", {
              body,
              params: { path: { campaign_id: id } },
            }),
          ),
    onSuccess: (campaign) => {
      keys.forget();
      queries.setQueryData(campaignQuery(campaign.id).queryKey, campaign);
      queries.removeQueries({ queryKey: dryRunQuery(campaign).queryKey });
      return queries.invalidateQueries({ queryKey: campaignsQuery.queryKey });
    },
  });
}

export function useStartDryRun(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      taken(
        api.POST("/api/campaigns/{campaign_id}/dry-run", {
          params: { path: { campaign_id: id } },
        }),
      ),
    onSuccess: (run) => {
      queries.setQueryData(["campaigns", "dry-run", id], run);
      queries.setQueryData(
        campaignQuery(id).queryKey,
        (campaign) => campaign && { ...campaign, has_dry_run: true },
      );
    },
  });
}

export function useDuplicate(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      taken(
        api.POST("/api/campaigns/{campaign_id}/duplicate", {
          params: { path: { campaign_id: id } },
        }),
      ),
    onSuccess: (campaign) => {
      queries.setQueryData(campaignQuery(campaign.id).queryKey, campaign);
      return queries.invalidateQueries({ queryKey: campaignsQuery.queryKey });
    },
  });
}

export function useDeleteDraft(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      done(api.DELETE("/api/campaigns/{campaign_id}", { params: { path: { campaign_id: id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: campaignsQuery.queryKey }),
  });
}

const PATHS = {
  launch: "/api/campaigns/{campaign_id}/launch",
  pause: "/api/campaigns/{campaign_id}/pause",
  resume: "/api/campaigns/{campaign_id}/resume",
  cancel: "/api/campaigns/{campaign_id}/cancel",
} as const;

export function useCampaignAction(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (action: Action): Promise<Campaign> =>
      taken(api.POST(PATHS[action], { params: { path: { campaign_id: id } } })),
    onSuccess: (campaign) => queries.setQueryData(campaignQuery(id).queryKey, campaign),
    // Also after a refusal: another person may have changed the state in the meantime.
    onSettled: () => queries.invalidateQueries({ queryKey: ["campaigns"] }),
  });
}

/** Recounts the ledger from every recipient's row. */
export function useReconcile(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      taken(
        api.POST("/api/campaigns/{campaign_id}/reconcile", {
          params: { path: { campaign_id: id } },
        }),
      ),
    onSuccess: (report) => {
      queries.setQueryData(reportQuery(id, false).queryKey, report);
      return queries.invalidateQueries({ queryKey: ["campaigns", "one", id] });
    },
  });
}

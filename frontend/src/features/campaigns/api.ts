/** Campaigns and what a new one is made of, as queries and actions. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, onPage, type Schemas, taken } from "@/lib/api/client";
import { type Campaign, type CampaignState, isMoving, lookMs } from "./ledger";
import { queryOf, type RecipientFilters } from "./recipient-filters";

export type Template = Schemas["TemplateOut"];
export type Contact = Schemas["ContactOut"];
export type Report = Schemas["ReportOut"];
export type Recipient = Schemas["Recipient"];
export type CampaignCreate = Schemas["CampaignCreate"];

export type DryRun = Schemas["DryRunOut"];
export type Cost = Schemas["CostOut"];
export type Rules = Schemas["CampaignRulesOut"];

const LIVE_MS = 2_000;
const DRY_RUN_MS = 1_000;
const RECOUNT_MS = 3_000;

/** What is counted from rows costs more than the live figures, and is looked at less often. */
function reportMs(state: CampaignState): number | false {
  const look = lookMs(state);
  return look === false ? false : look * 3;
}

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
    refetchInterval: ({ state }) => (state.data ? lookMs(state.data.state) : false),
  });

export const reportQuery = (id: string, state: CampaignState) =>
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
    // A recount that goes on in the background is looked for, too.
    refetchInterval: (query) => (query.state.data?.recounting ? RECOUNT_MS : reportMs(state)),
  });

/** One page of recipients; while the campaign moves, the page in sight is renewed. */
export const recipientsQuery = (
  id: string,
  filters: RecipientFilters,
  cursor: string | null,
  state: CampaignState,
) =>
  queryOptions({
    queryKey: ["campaigns", "recipients", id, filters, cursor],
    queryFn: ({ signal }) =>
      taken(
        api.GET("/api/campaigns/{campaign_id}/recipients", {
          signal,
          params: {
            path: { campaign_id: id },
            query: { ...onPage(cursor), ...queryOf(filters) },
          },
        }),
      ),
    staleTime: 5_000,
    refetchInterval: reportMs(state),
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

export const costsQuery = (id: string, state: CampaignState) =>
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
    refetchInterval: reportMs(state),
  });

/** What the business has decided for all its campaigns. */
export const rulesQuery = queryOptions({
  queryKey: ["campaign-rules"],
  queryFn: ({ signal }) => taken(api.GET("/api/campaign-rules", { signal })),
});

/** What is done to campaigns: each action, and which of what is shown it renews. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, done, type Schemas, taken } from "@/lib/api/client";
import { useKeyRing } from "@/lib/api/idempotency";
import { type CampaignCreate, campaignQuery, campaignsQuery, dryRunQuery, rulesQuery } from "./api";
import type { Action, Campaign } from "./ledger";

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

/** An action upon one campaign, whose answer is the campaign as it is now. */
function useChange<T>(id: string, change: (input: T) => Promise<Campaign>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (campaign) => queries.setQueryData(campaignQuery(id).queryKey, campaign),
    // Also after a refusal: another person may have changed the state in the meantime.
    onSettled: () => queries.invalidateQueries({ queryKey: ["campaigns"] }),
  });
}

const PATHS = {
  launch: "/api/campaigns/{campaign_id}/launch",
  pause: "/api/campaigns/{campaign_id}/pause",
  resume: "/api/campaigns/{campaign_id}/resume",
  cancel: "/api/campaigns/{campaign_id}/cancel",
} as const;

export function useCampaignAction(id: string) {
  return useChange(id, (action: Action) =>
    taken(api.POST(PATHS[action], { params: { path: { campaign_id: id } } })),
  );
}

/** Has the campaign start by itself; null makes it a draft again. */
export function useSchedule(id: string) {
  const params = { path: { campaign_id: id } };
  return useChange(id, (wish: Schemas["CampaignSchedule"] | null) =>
    wish === null
      ? taken(api.DELETE("/api/campaigns/{campaign_id}/schedule", { params }))
      : taken(api.POST("/api/campaigns/{campaign_id}/schedule", { params, body: wish })),
  );
}

export function useRetry(id: string) {
  return useChange(id, (body: Schemas["CampaignRetry"]) =>
    taken(
      api.POST("/api/campaigns/{campaign_id}/retry", {
        params: { path: { campaign_id: id } },
        body,
      }),
    ),
  );
}

/** Sends the message to a few phones; asked again after a failure of the way, it sends once. */
export function useSendTest(id: string) {
  const keys = useKeyRing();
  return useMutation({
    mutationFn: (phones: string[]) => {
      const body = { contact_ids: [], phones };
      const header = { "Idempotency-Key": keys.keyFor(body) };
      return taken(
        api.POST("/api/campaigns/{campaign_id}/test", {
          body,
          params: { header, path: { campaign_id: id } },
        }),
      );
    },
    onSuccess: () => keys.forget(),
  });
}

export function useSaveRules() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["CampaignRulesBody"]) =>
      taken(api.PUT("/api/campaign-rules", { body })),
    onSuccess: (rules) => queries.setQueryData(rulesQuery.queryKey, rules),
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
      queries.setQueryData(["campaigns", "report", id], report);
      return queries.invalidateQueries({ queryKey: ["campaigns", "one", id] });
    },
  });
}

/** Exports to files: started, followed, fetched; used by the contacts, campaigns and the business. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, type Schemas, taken } from "./api/client";
import { useKeyRing } from "./api/idempotency";

export type Export = Schemas["ExportOut"];

/** What is exported: the recipients of a campaign, contacts, or all that the business has. */
export type ExportRequest =
  | { of: "recipients"; campaignId: string; body: Schemas["RecipientsExport"] }
  | { of: "contacts"; body: Schemas["ContactsExport"] }
  | { of: "tenant" };

const PROGRESS_MS = 1_000;
/** A file's address is asked for anew this long before it is no longer good. */
const EARLY_MS = 30_000;

export function isBeingWritten(one: Pick<Export, "state">): boolean {
  return one.state === "queued" || one.state === "running";
}

/** When to ask again: each second while it is written, later only for a new address. */
export function nextLookMs(one: Export | undefined, nowMs: number): number | false {
  if (!one) return false;
  if (isBeingWritten(one)) return PROGRESS_MS;
  if (one.url_expires_at === null) return false;
  return Math.max(PROGRESS_MS, Date.parse(one.url_expires_at) - nowMs - EARLY_MS);
}

function keyOf(request: Pick<ExportRequest, "of"> & { campaignId?: string }, id: string) {
  return ["exports", request.of, request.campaignId ?? "", id];
}

function look(request: ExportRequest, id: string, signal: AbortSignal): Promise<Export> {
  switch (request.of) {
    case "recipients": {
      const path = { campaign_id: request.campaignId, export_id: id };
      const to = "/api/campaigns/{campaign_id}/exports/{export_id}";
      return taken(api.GET(to, { signal, params: { path } }));
    }
    case "contacts": {
      const path = { contacts_export_id: id };
      return taken(
        api.GET("/api/contacts/exports/{contacts_export_id}", { signal, params: { path } }),
      );
    }
    case "tenant": {
      const path = { tenant_export_id: id };
      return taken(api.GET("/api/tenants/export/{tenant_export_id}", { signal, params: { path } }));
    }
  }
}

function start(request: ExportRequest, key: string): Promise<Export> {
  const header = { "Idempotency-Key": key };
  switch (request.of) {
    case "recipients": {
      const params = { header, path: { campaign_id: request.campaignId } };
      return taken(
        api.POST("/api/campaigns/{campaign_id}/exports", { body: request.body, params }),
      );
    }
    case "contacts":
      return taken(api.POST("/api/contacts/exports", { body: request.body, params: { header } }));
    case "tenant":
      return taken(api.POST("/api/tenants/export", { params: { header } }));
  }
}

export const exportQuery = (request: ExportRequest, id: string) =>
  queryOptions({
    queryKey: keyOf(request, id),
    queryFn: ({ signal }) => look(request, id, signal),
    staleTime: 0,
    refetchInterval: ({ state }) => nextLookMs(state.data, Date.now()),
  });

export function useStartExport() {
  const queries = useQueryClient();
  const keys = useKeyRing();
  return useMutation({
    mutationFn: (request: ExportRequest) => start(request, keys.keyFor(request)),
    onSuccess: (started, request) => {
      keys.forget();
      queries.setQueryData(keyOf(request, started.id), started);
    },
  });
}

/** Calls about the business: its settings, what it uses of its plan, and its deletion. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, done, type Schemas, taken } from "@/lib/api/client";
import { startSession, useSession } from "@/lib/api/session";

export type Business = Schemas["TenantDetails"];
export type Usage = Schemas["TenantUsage"];
export type Deletion = Schemas["DeletionOut"];

const BUSINESS = ["business"] as const;
const DELETION = ["business", "deletion"] as const;

export const businessQuery = queryOptions({
  queryKey: BUSINESS,
  queryFn: ({ signal }) => taken(api.GET("/api/tenants/current", { signal })),
});

export const usageQuery = queryOptions({
  queryKey: ["business", "usage"],
  queryFn: ({ signal }) => taken(api.GET("/api/tenants/usage", { signal })),
  staleTime: 0,
});

export const deletionQuery = queryOptions({
  queryKey: DELETION,
  queryFn: ({ signal }) => taken(api.GET("/api/tenants/deletion", { signal })),
});

/** Nothing is written if somebody else has changed the business since `version` was read. */
export function useSaveBusiness() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ version, patch }: { version: number; patch: Schemas["TenantPatch"] }) =>
      taken(
        api.PATCH("/api/tenants/current", {
          body: patch,
          params: { header: { "If-Match": `"${version}"` } },
        }),
      ),
    onSuccess: (business) => {
      queries.setQueryData(BUSINESS, business);
      const { session } = useSession.getState();
      if (session) {
        const { name, country } = business;
        startSession({ ...session, tenant: { ...session.tenant, name, country } });
      }
      return Promise.all([
        queries.invalidateQueries({ queryKey: ["me"] }),
        // They show the same time zone.
        queries.invalidateQueries({ queryKey: ["campaign-rules"] }),
      ]);
    },
  });
}

export function useAskForDeletion() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["TenantDeletion"]) =>
      taken(api.POST("/api/tenants/deletion", { body })),
    onSuccess: (deletion) => {
      queries.setQueryData(DELETION, deletion);
      return queries.invalidateQueries({ queryKey: ["me"] });
    },
    gcTime: 0,
  });
}

export function useCallOffDeletion() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => done(api.DELETE("/api/tenants/deletion")),
    onSettled: () => queries.invalidateQueries({ queryKey: ["me"] }),
  });
}

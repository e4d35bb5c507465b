/** What the signed-in person may do, as the API says; screens hide what would be refused. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, taken } from "./api/client";
import { accessToken } from "./api/session";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => taken(api.GET("/api/auth/me", { signal })),
  // The frame of the app stands for a moment after a sign-out: nobody is there to ask about.
  enabled: () => accessToken() !== null,
  staleTime: 5 * 60_000,
});

export type Permission = `${string}:${"read" | "write" | "all" | "unassigned" | "erase"}`;

/** Tells of any permission whether the role holds it; of none until the API has answered. */
export function useMay(): (permission: Permission) => boolean {
  const { data } = useQuery(meQuery);
  return (permission) => data?.permissions.includes(permission) ?? false;
}

/** Tells whether the role holds `permission`; false until the API has answered. */
export function useCan(permission: Permission): boolean {
  return useMay()(permission);
}

/** The main places of the app, with what a role must hold to see them. */
export const MAIN = [
  { to: "/campaigns", label: "Campaigns", permission: "campaigns:read" },
  { to: "/inbox", label: "Inbox", permission: "conversations:read" },
  { to: "/contacts", label: "Contacts", permission: "contacts:read" },
  { to: "/templates", label: "Templates", permission: "templates:read" },
  { to: "/settings/numbers", label: "Numbers", permission: "numbers:read" },
] as const;

/** The first place that a role may see; who may see none has their own account. */
export function startOf(permissions: readonly string[]): (typeof MAIN)[number]["to"] | "/account" {
  return MAIN.find(({ permission }) => permissions.includes(permission))?.to ?? "/account";
}

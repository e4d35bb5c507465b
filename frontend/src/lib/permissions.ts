/** What the signed-in person may do, as the API says; screens hide what would be refused. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, taken } from "./api/client";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => taken(api.GET("/api/auth/me", { signal })),
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

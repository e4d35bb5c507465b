/** What the signed-in person may do, as the API says; screens hide what would be refused. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, taken } from "./api/client";

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => taken(api.GET("/api/auth/me", { signal })),
  staleTime: 5 * 60_000,
});

/** Tells whether the role holds `permission`; false until the API has answered. */
export function useCan(
  permission: `${string}:${"read" | "write" | "all" | "unassigned"}`,
): boolean {
  const { data } = useQuery(meQuery);
  return data?.permissions.includes(permission) ?? false;
}

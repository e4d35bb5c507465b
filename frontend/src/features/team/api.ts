/** Calls about the team and its roles. */
import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, done, onPage, type Schemas, taken } from "@/lib/api/client";

export type Member = Schemas["UserOut"];
export type Role = Schemas["Role"];

const TEAM = ["team"] as const;
const ROLES = ["roles"] as const;

export const teamQuery = infiniteQueryOptions({
  queryKey: TEAM,
  queryFn: ({ pageParam, signal }) =>
    taken(api.GET("/api/users", { signal, params: { query: onPage(pageParam) } })),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

export const rolesQuery = queryOptions({
  queryKey: ROLES,
  queryFn: ({ signal }) => taken(api.GET("/api/roles", { signal })),
});

/** One's own role may be the one that changed, so what one may do is asked for anew as well. */
function useRenewing() {
  const queries = useQueryClient();
  return () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: TEAM }),
      queries.invalidateQueries({ queryKey: ["me"] }),
    ]);
}

export function useInvite() {
  const renew = useRenewing();
  return useMutation({
    mutationFn: (body: Schemas["UserInvite"]) => taken(api.POST("/api/users", { body })),
    onSuccess: renew,
  });
}

function remove(user_id: string): Promise<void> {
  return done(api.DELETE("/api/users/{user_id}", { params: { path: { user_id } } }));
}

export function useRemove() {
  const renew = useRenewing();
  return useMutation({ mutationFn: remove, onSettled: renew });
}

/** Takes the old invitation back, whose link then is over, and makes another. */
export function useInviteAgain() {
  const renew = useRenewing();
  return useMutation({
    mutationFn: async ({ id, email, role }: Member) => {
      await remove(id);
      return taken(api.POST("/api/users", { body: { email, role } }));
    },
    onSettled: renew,
  });
}

export function useChangeRole(user_id: string) {
  const renew = useRenewing();
  return useMutation({
    mutationFn: (role: string) =>
      taken(api.PATCH("/api/users/{user_id}", { params: { path: { user_id } }, body: { role } })),
    onSettled: renew,
  });
}

/** The API takes all own roles at once. */
export function useReplaceRoles() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (items: Schemas["RoleWrite"][]) =>
      taken(api.PUT("/api/roles", { body: { items } })),
    onSuccess: (roles) => {
      queries.setQueryData(ROLES, roles);
      return queries.invalidateQueries({ queryKey: ["me"] });
    },
  });
}

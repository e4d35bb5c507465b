/** Calls about one's own account: password, second factor, where one is signed in. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, done, type Schemas, taken } from "@/lib/api/client";
import { startSession, useSession } from "@/lib/api/session";

export type SessionItem = Schemas["SessionItem"];

const SESSIONS = ["sessions"] as const;
const ME = ["me"] as const;

export const sessionsQuery = queryOptions({
  queryKey: SESSIONS,
  queryFn: ({ signal }) => taken(api.GET("/api/auth/sessions", { signal })),
  staleTime: 0,
});

function useRenewing(key: readonly string[]) {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: key });
}

/** Ends sessions one by one; what was ended already is no fault. */
export function useEndSessions() {
  const renew = useRenewing(SESSIONS);
  return useMutation({
    mutationFn: async (ids: readonly string[]) => {
      for (const session_id of ids) {
        const { response, error } = await api.DELETE("/api/auth/sessions/{session_id}", {
          params: { path: { session_id } },
        });
        if (response.status !== 404) await done(Promise.resolve({ response, error }));
      }
    },
    onSettled: renew,
  });
}

/** The name in the session is what the menu shows, in other tabs too. */
export function useRename() {
  const renew = useRenewing(ME);
  return useMutation({
    mutationFn: (name: string) => taken(api.PATCH("/api/auth/me", { body: { name } })),
    onSuccess: (user) => {
      const { session } = useSession.getState();
      if (session) startSession({ ...session, user });
      return renew();
    },
  });
}

export function useChangePassword() {
  const renew = useRenewing(SESSIONS);
  return useMutation({
    mutationFn: (body: Schemas["PasswordChange"]) =>
      taken(api.POST("/api/auth/password", { body })),
    // Every session ended, this one too: the answer is a new one.
    onSuccess: (session) => {
      startSession(session);
      return renew();
    },
  });
}

export function useBeginSecondFactor() {
  return useMutation({
    mutationFn: (password: string) => taken(api.POST("/api/auth/totp", { body: { password } })),
    // Neither the password nor the secret stays in memory for longer than the dialog.
    gcTime: 0,
  });
}

export function useSwitchSecondFactor() {
  const renew = useRenewing(ME);
  return useMutation({
    mutationFn: (body: Schemas["TotpChange"]) => taken(api.PUT("/api/auth/totp", { body })),
    onSuccess: renew,
    gcTime: 0,
  });
}

/** WhatsApp numbers and their accounts, as queries and actions. */
import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, done, onPage, type Schemas, taken } from "@/lib/api/client";

export type Num = Schemas["NumberOut"];
export type NumDetail = Schemas["NumberDetailOut"];
export type NumSetup = Schemas["NumberSetupOut"];
export type Account = Schemas["AccountOut"];
export type Profile = Schemas["ProfileOut"];
export type ProfileChange = Schemas["ProfileChange"];
export type SignupRequest = Schemas["SignupRequest"];
export type SignupConfig = Schemas["SignupConfigOut"];

export const numbersQuery = infiniteQueryOptions({
  queryKey: ["numbers", "list"],
  queryFn: ({ pageParam, signal }) =>
    taken(api.GET("/api/numbers", { signal, params: { query: onPage(pageParam) } })),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

export const accountsQuery = infiniteQueryOptions({
  queryKey: ["accounts", "list"],
  queryFn: ({ pageParam, signal }) =>
    taken(api.GET("/api/accounts", { signal, params: { query: onPage(pageParam) } })),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

const HEALTH_MS = 60_000;

/** The API asks Meta at most once a minute, so asking more often would bring nothing. */
export const numberQuery = (id: string) =>
  queryOptions({
    queryKey: ["numbers", "one", id],
    queryFn: ({ signal }) =>
      taken(api.GET("/api/numbers/{number_id}", { signal, params: { path: { number_id: id } } })),
    refetchInterval: HEALTH_MS,
  });

export const profileQuery = (id: string) =>
  queryOptions({
    queryKey: ["numbers", "profile", id],
    queryFn: ({ signal }) =>
      taken(
        api.GET("/api/numbers/{number_id}/profile", {
          signal,
          params: { path: { number_id: id } },
        }),
      ),
  });

export const signupConfigQuery = queryOptions({
  queryKey: ["numbers", "signup config"],
  queryFn: ({ signal }) => taken(api.GET("/api/numbers/signup-config", { signal })),
  staleTime: 5 * 60_000,
});

function useRenewed() {
  const queries = useQueryClient();
  return () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ["numbers"] }),
      queries.invalidateQueries({ queryKey: ["accounts"] }),
    ]);
}

export function useConnect() {
  const renewed = useRenewed();
  return useMutation({
    mutationFn: (body: Schemas["NumberConnect"]) => taken(api.POST("/api/numbers", { body })),
    onSuccess: renewed,
  });
}

export function useFinishSignup() {
  const renewed = useRenewed();
  return useMutation({
    mutationFn: (body: SignupRequest) => taken(api.POST("/api/numbers/signup", { body })),
    onSettled: renewed,
  });
}

/** Goes on with a number's setup; without a PIN the one that is kept is used, or one is made up. */
export function useRegister(id: string) {
  const renewed = useRenewed();
  return useMutation({
    mutationFn: (pin: string) =>
      taken(
        api.POST("/api/numbers/{number_id}/register", {
          params: { path: { number_id: id } },
          body: pin ? { pin } : {},
        }),
      ),
    onSettled: renewed,
  });
}

export function useRequestCode(id: string) {
  return useMutation({
    mutationFn: (code_method: "SMS" | "VOICE") =>
      done(
        api.POST("/api/numbers/{number_id}/request-code", {
          params: { path: { number_id: id } },
          body: { code_method, language: "en_US" },
        }),
      ),
  });
}

export function useVerifyCode(id: string) {
  const renewed = useRenewed();
  return useMutation({
    mutationFn: (code: string) =>
      taken(
        api.POST("/api/numbers/{number_id}/verify-code", {
          params: { path: { number_id: id } },
          body: { code },
        }),
      ),
    onSettled: renewed,
  });
}

export function useChangePin(id: string) {
  const renewed = useRenewed();
  return useMutation({
    mutationFn: (pin: string) =>
      taken(
        api.POST("/api/numbers/{number_id}/pin", {
          params: { path: { number_id: id } },
          body: { pin },
        }),
      ),
    onSuccess: renewed,
  });
}

export function useDisconnect(id: string) {
  const renewed = useRenewed();
  return useMutation({
    mutationFn: (deregister: boolean) =>
      taken(
        api.DELETE("/api/numbers/{number_id}", {
          params: { path: { number_id: id }, query: { deregister } },
        }),
      ),
    onSuccess: renewed,
  });
}

export function useChangeProfile(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: ProfileChange) =>
      taken(
        api.PATCH("/api/numbers/{number_id}/profile", {
          params: { path: { number_id: id } },
          body,
        }),
      ),
    onSuccess: (profile) => queries.setQueryData(profileQuery(id).queryKey, profile),
  });
}

export function useSyncAccount(wabaId: string) {
  const renewed = useRenewed();
  return useMutation({
    mutationFn: () =>
      taken(api.POST("/api/accounts/{waba_id}/sync", { params: { path: { waba_id: wabaId } } })),
    onSettled: renewed,
  });
}

export function useGiveUpAccount(wabaId: string) {
  const renewed = useRenewed();
  return useMutation({
    mutationFn: () =>
      done(api.DELETE("/api/accounts/{waba_id}", { params: { path: { waba_id: wabaId } } })),
    onSuccess: renewed,
  });
}

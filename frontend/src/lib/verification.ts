/** Asks for the mail that confirms one's own e-mail. */
import { useMutation } from "@tanstack/react-query";
import { api, done } from "./api/client";

export function useAskForVerification() {
  return useMutation({
    mutationFn: (email: string) =>
      done(api.POST("/api/auth/links", { body: { purpose: "verification", email } })),
  });
}

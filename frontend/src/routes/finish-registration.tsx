import { createFileRoute, useRouter } from "@tanstack/react-router";
import { useCallback } from "react";
import { FinishRegistration } from "@/features/auth/finish-registration";
import { AuthFrame } from "@/features/auth/frame";
import { tokenOf } from "@/features/auth/mail-token";

export const Route = createFileRoute("/finish-registration")({ component: Finish });

function Finish() {
  const router = useRouter();
  const leave = useCallback(() => router.history.replace("/"), [router]);
  return (
    <AuthFrame title="Finish your sign-up" lead="One moment.">
      <FinishRegistration token={tokenOf(location.hash)} onSignedIn={leave} />
    </AuthFrame>
  );
}

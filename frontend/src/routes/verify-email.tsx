import { createFileRoute } from "@tanstack/react-router";
import { AuthFrame } from "@/features/auth/frame";
import { tokenOf } from "@/features/auth/mail-token";
import { VerifyEmail } from "@/features/auth/verify-email";

export const Route = createFileRoute("/verify-email")({ component: Verify });

function Verify() {
  return (
    <AuthFrame title="Confirm your e-mail" lead="It lets you invite others to your team.">
      <VerifyEmail token={tokenOf(location.hash)} />
    </AuthFrame>
  );
}

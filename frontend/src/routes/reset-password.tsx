import { createFileRoute } from "@tanstack/react-router";
import { AuthFrame } from "@/features/auth/frame";
import { tokenOf } from "@/features/auth/mail-token";
import { ResetForm } from "@/features/auth/reset-form";

export const Route = createFileRoute("/reset-password")({ component: Reset });

function Reset() {
  return (
    <AuthFrame title="Set a new password" lead="You are signed out everywhere when it is set.">
      <ResetForm token={tokenOf(location.hash)} />
    </AuthFrame>
  );
}

import { createFileRoute, useRouter } from "@tanstack/react-router";
import { AuthFrame } from "@/features/auth/frame";
import { JoinForm } from "@/features/auth/join-form";
import { tokenOf } from "@/features/auth/mail-token";

export const Route = createFileRoute("/join")({ component: Join });

function Join() {
  const router = useRouter();
  return (
    <AuthFrame title="Join your team" lead="You were invited to work on Parley. Who are you?">
      <JoinForm token={tokenOf(location.hash)} onJoined={() => router.history.replace("/")} />
    </AuthFrame>
  );
}

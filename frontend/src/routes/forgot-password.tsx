import { createFileRoute, Link } from "@tanstack/react-router";
import { ForgotForm } from "@/features/auth/forgot-form";
import { AuthFrame } from "@/features/auth/frame";

export const Route = createFileRoute("/forgot-password")({ component: Forgot });

function Forgot() {
  return (
    <AuthFrame
      title="Forgot your password?"
      lead={
        <>
          A link by mail sets a new one. Or{" "}
          <Link to="/login" className="font-medium text-brand-text underline underline-offset-2">
            sign in
          </Link>
        </>
      }
    >
      <ForgotForm />
    </AuthFrame>
  );
}

import { createFileRoute, Link, redirect } from "@tanstack/react-router";
import { AuthFrame } from "@/features/auth/frame";
import { RegisterForm } from "@/features/auth/register-form";
import { ensureSession } from "@/lib/api/refresh";
import { nextOf, safeNext } from "@/lib/redirect";

export const Route = createFileRoute("/register")({
  validateSearch: nextOf,
  beforeLoad: async ({ search }) => {
    if (await ensureSession().catch(() => false)) throw redirect({ to: safeNext(search.next) });
  },
  component: Register,
});

function Register() {
  const { next } = Route.useSearch();
  return (
    <AuthFrame
      title="Create an account"
      lead={
        <>
          Have one already?{" "}
          <Link
            to="/login"
            search={next ? { next } : {}}
            className="font-medium text-brand-text underline underline-offset-2"
          >
            Sign in
          </Link>
        </>
      }
    >
      <RegisterForm />
    </AuthFrame>
  );
}

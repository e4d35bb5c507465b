import { createFileRoute, Link, redirect, useRouter } from "@tanstack/react-router";
import { AuthFrame } from "@/features/auth/frame";
import { LoginForm } from "@/features/auth/login-form";
import { ensureSession } from "@/lib/api/refresh";
import { nextOf, safeNext } from "@/lib/redirect";

export const Route = createFileRoute("/login")({
  validateSearch: nextOf,
  beforeLoad: async ({ search }) => {
    // An API that cannot be reached must not keep the form from being shown.
    if (await ensureSession().catch(() => false)) throw redirect({ to: safeNext(search.next) });
  },
  component: Login,
});

function Login() {
  const { next } = Route.useSearch();
  const router = useRouter();
  return (
    <AuthFrame
      title="Sign in"
      lead={
        <>
          New here?{" "}
          <Link
            to="/register"
            search={next ? { next } : {}}
            className="font-medium text-brand-text underline underline-offset-2"
          >
            Create an account
          </Link>
        </>
      }
    >
      <LoginForm onSignedIn={() => router.history.push(safeNext(next))} />
    </AuthFrame>
  );
}

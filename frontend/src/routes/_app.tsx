import { createFileRoute, Outlet, redirect } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { Shell } from "@/components/app/shell";
import { ensureSession } from "@/lib/api/refresh";
import { useTheme } from "@/lib/theme";

const Toaster = lazy(() => import("sonner").then((module) => ({ default: module.Toaster })));

export const Route = createFileRoute("/_app")({
  beforeLoad: async ({ location }) => {
    if (await ensureSession()) return;
    throw redirect({ to: "/login", search: { next: location.href } });
  },
  component: App,
});

function App() {
  const theme = useTheme((state) => state.theme);
  return (
    <Shell>
      <Outlet />
      <Suspense>
        <Toaster theme={theme} position="top-center" closeButton />
      </Suspense>
    </Shell>
  );
}

import { createFileRoute, redirect } from "@tanstack/react-router";
import { ensureSession } from "@/lib/api/refresh";

export const Route = createFileRoute("/")({
  beforeLoad: async ({ context }) => {
    if (!(await ensureSession())) throw redirect({ to: "/login" });
    // Not in the entry, which every first visit loads.
    const { meQuery, startOf } = await import("@/lib/permissions");
    const me = await context.queryClient.ensureQueryData(meQuery);
    throw redirect({ to: startOf(me.permissions) });
  },
});

/** The entry: providers, and what happens when the session changes. */
import { QueryClientProvider } from "@tanstack/react-query";
import { createRouter, RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { useSession } from "./lib/api/session";
import { createQueryClient } from "./lib/query";
import { routeTree } from "./routeTree.gen";
import "./styles/index.css";

const queryClient = createQueryClient();
const router = createRouter({
  routeTree,
  context: { queryClient },
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  scrollToTopSelectors: ["#main"],
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

// What one person loaded must not be seen by the next, and guards must look again.
useSession.subscribe((now, before) => {
  if (before.session && now.session?.user.id !== before.session.user.id) {
    queryClient.clear();
    void router.invalidate();
  }
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no element with the id root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);

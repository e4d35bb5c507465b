/** Renders a component as the app does, with a cache of its own. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactElement } from "react";

export function renderApp(element: ReactElement) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(<QueryClientProvider client={client}>{element}</QueryClientProvider>);
}

/** The same for a screen with links: returns the router too, to see where they lead. */
export function renderScreen(screen: ReactElement) {
  const router = createRouter({
    routeTree: createRootRoute({ component: () => screen }),
    history: createMemoryHistory({ initialEntries: ["/"] }),
  });
  // The app's own routes are not in this tree, so its type is another one.
  const element = <RouterProvider router={router as never} />;
  return { router, ...renderApp(element) };
}

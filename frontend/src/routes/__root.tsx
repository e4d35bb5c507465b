import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, Link, Outlet } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { sentenceOf } from "@/lib/api/problem";

// These two are in the entry, so that they work when nothing more can be loaded: hence no icons and
// no shared button, whose code would weigh on every first visit.
const ACTION =
  "inline-flex h-9 items-center rounded-control bg-brand px-3.5 font-medium text-brand-ink hover:bg-brand-strong";

function Centred({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Parley`;
  }, [title]);
  return (
    <main className="grid min-h-dvh place-content-center justify-items-center gap-4 p-6 text-center">
      <h1 className="text-xl">{title}</h1>
      {children}
    </main>
  );
}

function Lost() {
  return (
    <Centred title="There is no such page">
      <p className="text-muted">The address may be old, or have a letter too many.</p>
      <Link to="/" className={ACTION}>
        Go to the start page
      </Link>
    </Centred>
  );
}

function Broken({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <Centred title="This page could not be shown">
      <p role="alert" className="max-w-md text-muted">
        {sentenceOf(error)}
      </p>
      <button type="button" onClick={reset} className={ACTION}>
        Try again
      </button>
    </Centred>
  );
}

/** What stands there until it is known who is signed in; index.html shows the same before. */
function Arriving() {
  return (
    <p role="status" className="pt-[40vh] text-center font-semibold text-xl">
      Parley
    </p>
  );
}

export const Route = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  pendingComponent: Arriving,
  notFoundComponent: Lost,
  errorComponent: Broken,
});

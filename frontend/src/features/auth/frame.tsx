/** The screen around signing in and signing up. */
import type { ReactNode } from "react";
import { Logo } from "@/components/app/logo";
import { useTitle } from "@/components/app/page";

const POINTS = [
  ["Sent once", "Nobody gets a message twice, whatever breaks on the way."],
  ["Accounted for", "Every recipient has a state, and the states add up to the audience."],
  ["Answered", "Replies arrive in one inbox that your whole team shares."],
] as const;

export function AuthFrame({
  title,
  lead,
  children,
}: {
  title: string;
  lead: ReactNode;
  children: ReactNode;
}) {
  useTitle(title);
  return (
    <div className="grid min-h-dvh grid-rows-[auto_1fr] lg:grid-rows-1 lg:grid-cols-[minmax(24rem,5fr)_7fr]">
      <aside
        aria-label="About Parley"
        className="flex flex-col justify-between bg-rail px-6 py-5 text-rail-ink lg:px-12 lg:py-10"
      >
        <Logo />
        <div className="hidden lg:block">
          <p className="max-w-sm font-[620] text-[1.75rem] leading-9 tracking-[-0.022em]">
            Campaigns on WhatsApp, with the books in order.
          </p>
          <dl className="mt-8 max-w-sm">
            {POINTS.map(([term, text]) => (
              <div key={term} className="border-rail-raised border-t py-3.5">
                <dt className="font-semibold text-accent">{term}</dt>
                <dd className="mt-0.5 text-rail-muted">{text}</dd>
              </div>
            ))}
          </dl>
        </div>
        <span aria-hidden className="hidden lg:block" />
      </aside>
      <main className="flex items-start justify-center px-4 py-8 sm:px-6 lg:items-center">
        <div className="w-full max-w-sm">
          <h1 className="text-2xl">{title}</h1>
          <p className="mt-1 mb-6 text-muted">{lead}</p>
          {children}
        </div>
      </main>
    </div>
  );
}

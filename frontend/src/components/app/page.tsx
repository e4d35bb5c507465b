/** The frame of a screen: its title (also the tab's), what can be done, and its content. */
import { type ReactNode, useEffect } from "react";
import { cn } from "@/lib/cn";

/** Names the browser tab, which is what a screen reader says on arrival. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Parley`;
  }, [title]);
}

interface PageProps {
  title: string;
  above?: ReactNode;
  beside?: ReactNode;
  actions?: ReactNode;
  lead?: ReactNode;
  children: ReactNode;
  className?: string;
}

export function Page({ title, above, beside, actions, lead, children, className }: PageProps) {
  useTitle(title);
  return (
    <div className={cn("mx-auto w-full max-w-6xl px-4 py-5 sm:px-6 lg:px-8 lg:py-7", className)}>
      {above}
      <div className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
            <h1 className="wrap-anywhere text-[1.375rem] leading-7">{title}</h1>
            {beside}
          </div>
          {lead ? <div className="mt-1 text-muted">{lead}</div> : null}
        </div>
        {actions ? <div className="flex flex-wrap gap-2">{actions}</div> : null}
      </div>
      {children}
    </div>
  );
}

/** The way back to the screen above. */
import { Link, type LinkProps } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";

export function BackLink({ children, ...to }: LinkProps & { children: string }) {
  return (
    <Link
      {...to}
      className="mb-3 inline-flex min-h-6 items-center gap-1.5 text-muted hover:text-ink"
    >
      <ArrowLeft aria-hidden className="size-4" />
      {children}
    </Link>
  );
}

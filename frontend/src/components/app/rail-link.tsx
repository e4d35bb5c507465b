/** A place in the rail of the signed-in app. */
import { Link, type LinkProps } from "@tanstack/react-router";
import type { LucideIcon } from "lucide-react";

interface RailLinkProps {
  to: NonNullable<LinkProps["to"]>;
  label: string;
  icon: LucideIcon;
}

export function RailLink({ to, label, icon: Icon }: RailLinkProps) {
  return (
    <Link
      to={to}
      className="flex h-9 items-center gap-3 rounded-control px-2.5 font-medium text-rail-muted outline-accent hover:bg-rail-raised hover:text-rail-ink data-[status=active]:bg-rail-raised data-[status=active]:text-rail-ink data-[status=active]:[&_svg]:text-accent"
    >
      <Icon aria-hidden className="size-4.5" strokeWidth={1.9} />
      {label}
    </Link>
  );
}

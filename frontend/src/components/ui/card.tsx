/** A raised sheet with an optional heading row. */
import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/lib/cn";

export function Card({ className, ...props }: ComponentProps<"section">) {
  return (
    <section
      data-slot="card"
      className={cn("min-w-0 rounded-card border bg-surface", className)}
      {...props}
    />
  );
}

export function CardHeading({
  id,
  title,
  children,
}: {
  id?: string;
  title: string;
  children?: ReactNode;
}) {
  return (
    <div className="flex min-h-12 flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b px-4 py-2">
      <h2 id={id} className="text-[0.9375rem]">
        {title}
      </h2>
      {children}
    </div>
  );
}

/** A table that scrolls inside its own box, so that a narrow page never does. */
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export function Table({ label, className, ...props }: ComponentProps<"table"> & { label: string }) {
  return (
    // A group, not a region: the card around it is the landmark.
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div
      role="group"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="relative overflow-x-auto"
    >
      <table
        data-slot="table"
        className={cn("w-full border-collapse text-left", className)}
        {...props}
      />
    </div>
  );
}

export function Th({ className, ...props }: ComponentProps<"th">) {
  return (
    <th
      scope="col"
      className={cn(
        "whitespace-nowrap border-b px-4 py-2 font-medium text-muted text-xs",
        className,
      )}
      {...props}
    />
  );
}

export function Td({ className, ...props }: ComponentProps<"td">) {
  return <td className={cn("border-line/70 border-b px-4 py-2.5", className)} {...props} />;
}

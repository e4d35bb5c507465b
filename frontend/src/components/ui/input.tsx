/** Text boxes and selects of one height and one border. */
import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const BOX =
  "w-full min-w-0 rounded-control border border-line-strong bg-surface text-ink text-base sm:text-sm transition-colors disabled:opacity-60 aria-invalid:border-danger focus-visible:outline-offset-0";

export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input data-slot="input" className={cn(BOX, "h-10 px-3 sm:h-9", className)} {...props} />;
}

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea data-slot="textarea" className={cn(BOX, "px-3 py-2", className)} {...props} />;
}

/** The browser's own select: best with keyboards, phones and screen readers. */
export function Select({ className, children, ...props }: ComponentProps<"select">) {
  return (
    <span className={cn("relative block", className)}>
      <select
        data-slot="select"
        className={cn(BOX, "h-10 appearance-none truncate pr-8 pl-3 sm:h-9")}
        {...props}
      >
        {children}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-muted"
      />
    </span>
  );
}

/** A box to tick, with its words and what they mean. */
import { type ComponentProps, type ReactNode, useId } from "react";
import { cn } from "@/lib/cn";

interface ChoiceProps extends Omit<ComponentProps<"input">, "type"> {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
}

export function Choice({ label, hint, error, className, ...props }: ChoiceProps) {
  const id = useId();
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""]
    .filter(Boolean)
    .join(" ");
  return (
    <div className={cn("flex items-start gap-2.5", className)}>
      <input
        type="checkbox"
        id={id}
        aria-describedby={described || undefined}
        aria-invalid={error ? true : undefined}
        className="mt-px size-6 shrink-0 accent-brand sm:size-5"
        {...props}
      />
      <div className="min-w-0">
        <label htmlFor={id} className="font-medium text-[0.8125rem]">
          {label}
        </label>
        {hint ? (
          <p id={`${id}-hint`} className="text-muted text-xs">
            {hint}
          </p>
        ) : null}
        {error ? (
          <p id={`${id}-error`} className="text-danger-text text-xs">
            {error}
          </p>
        ) : null}
      </div>
    </div>
  );
}

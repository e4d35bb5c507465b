/** What keeps a number or an account from working, worst first, each with what to do. */
import { CircleX, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

type Severity = "red" | "yellow" | "info";

const LOOKS = {
  red: { icon: CircleX, word: "Serious", className: "bg-danger-soft text-danger-text" },
  yellow: { icon: TriangleAlert, word: "Attention", className: "bg-accent-soft text-accent-text" },
  info: { icon: Info, word: "Note", className: "bg-sunken text-muted" },
} as const;

export function Trouble({
  severity,
  text,
  nextStep,
  children,
}: {
  severity: Severity;
  text: string;
  nextStep: string;
  children?: ReactNode;
}) {
  const { icon: Icon, word, className } = LOOKS[severity];
  return (
    <div className={cn("flex items-start gap-2.5 rounded-control px-3 py-2.5", className)}>
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0">
        <p className="wrap-anywhere font-semibold">
          <span className="sr-only">{word}: </span>
          {text}
        </p>
        {nextStep ? <p className="wrap-anywhere">{nextStep}</p> : null}
        {children ? <div className="mt-2">{children}</div> : null}
      </div>
    </div>
  );
}

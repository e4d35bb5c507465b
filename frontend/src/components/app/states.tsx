/** What a screen shows when there is nothing, or when something went wrong. */
import { CloudOff, type LucideIcon, RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { ApiProblem, sentenceOf } from "@/lib/api/problem";
import { Button } from "../ui/button";

interface EmptyProps {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

export function Empty({ icon: Icon, title, children, action }: EmptyProps) {
  return (
    <div className="flex flex-col items-center px-6 py-12 text-center">
      <span className="mb-4 grid size-12 place-items-center rounded-full bg-brand-soft text-brand-text">
        <Icon aria-hidden className="size-5.5" />
      </span>
      <p className="font-semibold text-[0.9375rem]">{title}</p>
      {children ? <div className="mt-1 max-w-sm text-pretty text-muted">{children}</div> : null}
      {action ? <div className="mt-5">{action}</div> : null}
    </div>
  );
}

/** An error in the API's own words, its request id for support, and another try. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const requestId = error instanceof ApiProblem ? error.requestId : null;
  return (
    <div role="alert" className="flex flex-col items-center px-6 py-12 text-center">
      <span className="mb-4 grid size-12 place-items-center rounded-full bg-danger-soft text-danger-text">
        <CloudOff aria-hidden className="size-5.5" />
      </span>
      <p className="font-semibold text-[0.9375rem]">This could not be loaded</p>
      <p className="wrap-anywhere mt-1 max-w-md text-pretty text-muted">{sentenceOf(error)}</p>
      {requestId ? <p className="mt-2 text-muted text-xs">Request {requestId}</p> : null}
      {onRetry ? (
        <Button className="mt-5" onClick={onRetry}>
          <RotateCw aria-hidden />
          Try again
        </Button>
      ) : null}
    </div>
  );
}

/** A line above what is still shown from before, when renewing it failed. */
export function Stale({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <div
      role="status"
      className="mb-4 flex flex-wrap items-center justify-between gap-2 rounded-control bg-accent-soft px-3 py-2 text-accent-text"
    >
      <span>These figures are not current. {sentenceOf(error)}</span>
      <Button size="sm" variant="ghost" className="text-accent-text" onClick={onRetry}>
        <RotateCw aria-hidden />
        Try again
      </Button>
    </div>
  );
}

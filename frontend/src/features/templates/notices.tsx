/** What Meta says of a template, in words with what to do: rejection, pause, category change. */
import { CircleAlert, CircleX, Clock3, Tags } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";
import { formatMoment } from "@/lib/format";
import type { Template } from "./api";
import { categoryLabel, pausedUntil } from "./words";

interface NoticeProps {
  tone: "danger" | "warn";
  icon: typeof CircleX;
  title: string;
  children: ReactNode;
}

export function Notice({ tone, icon: Icon, title, children }: NoticeProps) {
  return (
    <div
      className={cn(
        "flex items-start gap-2.5 rounded-control px-3 py-2.5",
        tone === "danger" ? "bg-danger-soft text-danger-text" : "bg-accent-soft text-accent-text",
      )}
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 space-y-0.5">
        <p className="font-semibold">{title}</p>
        {children}
      </div>
    </div>
  );
}

export function Notices({ template }: { template: Template }) {
  const { rejection, pause, category_change: change, quality } = template;
  return (
    <>
      {rejection ? (
        <Notice tone="danger" icon={CircleX} title="Rejected by Meta">
          <p>{rejection.reason}</p>
          <p>{rejection.recommendation}</p>
        </Notice>
      ) : null}
      {pause ? (
        <Notice tone="warn" icon={Clock3} title={pausedUntil(template) ?? "Paused"}>
          <p>{pause.reason}</p>
          <p>{pause.recommendation}</p>
        </Notice>
      ) : null}
      {change ? (
        <Notice
          tone="warn"
          icon={Tags}
          title={`Becomes ${categoryLabel(change.correct_category).toLowerCase()} on ${formatMoment(change.effective_at)}`}
        >
          <p>{change.message}</p>
          <p>
            From then on every message of it is charged, and limited, as{" "}
            {categoryLabel(change.correct_category).toLowerCase()}. Change the text, or ask for a
            review in WhatsApp Manager before that day.
          </p>
        </Notice>
      ) : null}
      {quality.score === "RED" && !pause ? (
        <Notice tone="warn" icon={CircleAlert} title="People block or report these messages">
          <p>
            If that goes on, Meta pauses the template. Write to fewer people who expect it more, or
            change the text.
          </p>
        </Notice>
      ) : null}
    </>
  );
}

/** One message of a thread. */
import { Megaphone } from "lucide-react";
import { cn } from "@/lib/cn";
import { formatClock, humanise } from "@/lib/format";
import type { Message } from "./api";
import { Ticks } from "./ticks";

/** A message without text says at least what it is. */
function textOf(message: Message): string {
  return message.text || `${humanise(message.type)} message`;
}

export function Bubble({ message }: { message: Message }) {
  const isOut = message.direction === "out";
  const hasFailed = message.state === "failed";
  return (
    <li className={cn("flex flex-col", isOut ? "items-end" : "items-start")}>
      <div
        className={cn(
          "max-w-[min(34rem,85%)] rounded-xl px-3 py-2",
          isOut ? "rounded-br-sm bg-bubble" : "rounded-bl-sm border bg-surface",
          hasFailed && "bg-danger-soft",
        )}
      >
        {message.campaign_id ? (
          <p className="mb-1 flex items-center gap-1.5 text-muted text-xs">
            <Megaphone aria-hidden className="size-3.5" />
            From a campaign
          </p>
        ) : null}
        <span className="sr-only">{isOut ? "You: " : "Customer: "}</span>
        <p
          dir="auto"
          className={cn("wrap-anywhere whitespace-pre-line", !message.text && "text-muted italic")}
        >
          {textOf(message)}
        </p>
        <p className="tabular mt-0.5 flex items-center justify-end gap-1 text-[0.6875rem] text-muted">
          <time dateTime={message.at}>{formatClock(message.at)}</time>
          {isOut && message.state ? <Ticks state={message.state} /> : null}
        </p>
      </div>
      {hasFailed ? (
        <p className="mt-1 max-w-[min(34rem,85%)] text-danger-text text-xs">
          Not delivered: {message.error ?? "WhatsApp gave no reason"}
          {message.error_code === null ? "" : ` (${message.error_code})`}
        </p>
      ) : null}
    </li>
  );
}

/** A message on its way to the API, shown at once. */
export function PendingBubble({ text }: { text: string }) {
  return (
    <li className="flex flex-col items-end">
      <div className="max-w-[min(34rem,85%)] rounded-xl rounded-br-sm bg-bubble px-3 py-2">
        <p dir="auto" className="wrap-anywhere whitespace-pre-line">
          {text}
        </p>
        <p className="mt-0.5 flex justify-end">
          <Ticks state="claimed" />
        </p>
      </div>
    </li>
  );
}

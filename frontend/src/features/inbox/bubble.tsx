/** One message of a thread: what it answers, what it says, how far it came, who reacted. */
import { Info, Megaphone, RotateCw, Trash2 } from "lucide-react";
import { lazy, type ReactNode, Suspense } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { formatClock } from "@/lib/format";
import type { Message } from "./api";
import { MessageBody } from "./message-body";
import type { Outgoing } from "./outbox";
import { RichText } from "./rich-text";
import { Ticks } from "./ticks";

// The menu is nobody's first need: it comes after the messages.
const MessageActions = lazy(() => import("./message-actions"));

const WIDTH = "max-w-[min(34rem,85%)]";

export interface BubbleActions {
  onReply: (message: Message) => void;
  onReact: (message: Message, emoji: string) => void;
}

/** WhatsApp knows a message that it took; one that is gone cannot be answered. */
export function canBeAnswered(message: Message): boolean {
  if (message.revoked_at || message.type === "system" || message.type === "reaction") return false;
  return (
    message.direction === "in" ||
    ["accepted", "held", "sent", "delivered", "read"].includes(message.state ?? "")
  );
}

export function Quotation({
  quoted,
  children,
}: {
  quoted: Pick<NonNullable<Message["quoted"]>, "direction" | "text">;
  children?: ReactNode;
}) {
  return (
    <div className="mb-1.5 flex items-start gap-2 rounded-control border-brand border-l-3 bg-sunken/80 py-1 pr-2 pl-2.5 text-xs">
      <div className="min-w-0 flex-1">
        <p className="font-medium text-brand-text">
          {quoted.direction === "in" ? "Customer" : quoted.direction === "out" ? "You" : "Earlier"}
        </p>
        <p dir="auto" className="line-clamp-2 wrap-anywhere text-muted">
          {quoted.text || "An earlier message"}
        </p>
      </div>
      {children}
    </div>
  );
}

/** What went wrong, whose matter it is, and what to do now. */
function Failed({ message }: { message: Message }) {
  const { failure } = message;
  if (message.state !== "failed" && message.state !== "unknown") return null;
  const isSure = message.state === "failed";
  const code = failure?.code ?? message.error_code;
  return (
    <div className={cn("mt-1 text-xs", WIDTH, isSure ? "text-danger-text" : "text-accent-text")}>
      <p>
        {isSure ? "Not delivered: " : "Not known whether it arrived: "}
        {failure?.title ?? message.error ?? "WhatsApp gave no reason"}
        {code === null ? "" : ` (${code})`}
      </p>
      {failure ? (
        <details>
          <summary className="min-h-6 cursor-pointer py-1 underline">Why, and what to do</summary>
          <p>{failure.cause}</p>
          <p className="mt-1 font-medium">{failure.next_step}</p>
          {failure.detail ? <p className="mt-1 text-muted">WhatsApp: {failure.detail}</p> : null}
        </details>
      ) : null}
    </div>
  );
}

function Reactions({ message }: { message: Message }) {
  if (message.reactions.length === 0) return null;
  return (
    <ul className="-mt-2 z-1 flex gap-1 px-2" aria-label="Reactions">
      {message.reactions.map(({ direction, emoji }) => (
        <li key={direction} className="rounded-full border bg-surface px-1.5 text-sm leading-6">
          {emoji}
          <span className="sr-only"> {direction === "in" ? "by the customer" : "by you"}</span>
        </li>
      ))}
    </ul>
  );
}

function SystemNotice({ message }: { message: Message }) {
  return (
    <li className="my-1 flex max-w-[85%] items-start gap-1.5 self-center rounded-control bg-sunken px-3 py-1.5 text-muted text-xs">
      <Info aria-hidden className="mt-0.5 size-3.5 shrink-0" />
      <span className="wrap-anywhere">{message.text || "The customer’s account changed."}</span>
    </li>
  );
}

export function Bubble({
  contactId,
  message,
  actions,
}: {
  contactId: string;
  message: Message;
  actions: BubbleActions | null;
}) {
  if (message.type === "system") return <SystemNotice message={message} />;
  const isOut = message.direction === "out";
  const isSticker = message.type === "sticker" && message.media?.state === "stored";
  return (
    <li className={cn("group flex flex-col", isOut ? "items-end" : "items-start")}>
      <div
        className={cn("flex w-full items-center gap-1", isOut ? "flex-row-reverse" : "flex-row")}
      >
        <div
          className={cn(
            "min-w-0 rounded-xl px-3 py-2",
            WIDTH,
            isOut ? "rounded-br-sm bg-bubble" : "rounded-bl-sm border bg-surface",
            isSticker && "border-0 bg-transparent",
            message.state === "failed" && "bg-danger-soft",
          )}
        >
          {message.campaign_id ? (
            <p className="mb-1 flex items-center gap-1.5 text-muted text-xs">
              <Megaphone aria-hidden className="size-3.5" />
              From a campaign
            </p>
          ) : null}
          <span className="sr-only">{isOut ? "You: " : "Customer: "}</span>
          {message.quoted ? <Quotation quoted={message.quoted} /> : null}
          <MessageBody contactId={contactId} message={message} />
          <p className="tabular mt-0.5 flex items-center justify-end gap-1 text-[0.6875rem] text-muted">
            {message.edited_at && !message.revoked_at ? <span>Edited</span> : null}
            <time dateTime={message.at}>{formatClock(message.at)}</time>
            {isOut && message.state ? <Ticks state={message.state} /> : null}
          </p>
        </div>
        {actions && canBeAnswered(message) ? (
          <Suspense>
            <MessageActions message={message} actions={actions} />
          </Suspense>
        ) : null}
      </div>
      <Reactions message={message} />
      <Failed message={message} />
    </li>
  );
}

/** A message on its way to the API, shown at once; or waiting until somebody tries again. */
export function PendingBubble({
  item,
  onRetry,
  onDiscard,
}: {
  item: Pick<Outgoing, "text" | "problem">;
  onRetry: () => void;
  onDiscard: () => void;
}) {
  return (
    <li className="flex flex-col items-end">
      <div className={cn("rounded-xl rounded-br-sm bg-bubble px-3 py-2", WIDTH)}>
        <RichText>{item.text}</RichText>
        <p className="mt-0.5 flex justify-end">
          <Ticks state="claimed" />
        </p>
      </div>
      {item.problem === null ? null : (
        <div role="alert" className={cn("mt-1 text-right text-danger-text text-xs", WIDTH)}>
          <p>Not sent yet. {item.problem}</p>
          <div className="mt-1 flex justify-end gap-2">
            <Button size="sm" onClick={onDiscard}>
              <Trash2 aria-hidden />
              Discard
            </Button>
            <Button size="sm" variant="primary" onClick={onRetry}>
              <RotateCw aria-hidden />
              Try again
            </Button>
          </div>
        </div>
      )}
    </li>
  );
}

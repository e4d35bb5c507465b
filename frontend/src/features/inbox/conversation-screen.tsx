/** One conversation: who it is, what was said, and the reply. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowLeft, CheckCircle2, RotateCcw } from "lucide-react";
import { type DragEvent, useEffect, useState } from "react";
import { toast } from "sonner";
import { Avatar } from "@/components/app/avatar";
import { useTitle } from "@/components/app/page";
import { Failure } from "@/components/app/states";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { ApiProblem, sentenceOf } from "@/lib/api/problem";
import { useCan } from "@/lib/permissions";
import {
  addressOf,
  type Conversation,
  conversationQuery,
  type Message,
  nameOf,
  useMarkRead,
  useUpdateConversation,
} from "./api";
import { Assignee } from "./assignee";
import { reactionBody } from "./compose";
import { Composer } from "./composer";
import { useOutboxOf } from "./outbox";
import { Thread } from "./thread";
import { useAttachment } from "./use-attachment";
import { replyWindow } from "./window";

function BackToList() {
  return (
    <Button asChild size="icon" variant="ghost" className="-ml-2 md:hidden">
      <Link to="/inbox" aria-label="Back to the conversations">
        <ArrowLeft aria-hidden />
      </Link>
    </Button>
  );
}

function Heading({
  conversation,
  update,
  canWrite,
}: {
  conversation: Conversation;
  update: ReturnType<typeof useUpdateConversation>;
  canWrite: boolean;
}) {
  const isOpen = conversation.state === "open";
  const name = nameOf(conversation);
  const address = addressOf(conversation);
  useTitle(`${name} · Inbox`);
  const change = () =>
    update.mutate(
      { state: isOpen ? "resolved" : "open" },
      {
        onSuccess: () => toast.success(isOpen ? "Resolved." : "Reopened."),
        onError: (error) => toast.error(sentenceOf(error)),
      },
    );
  return (
    <header className="flex h-14 shrink-0 items-center gap-3 border-b bg-surface px-4">
      <BackToList />
      <Avatar name={conversation.contact_name} seed={conversation.contact_id} className="size-9" />
      <div className="min-w-0 flex-1">
        <h2 className="truncate text-[0.9375rem] leading-5">{name}</h2>
        {address ? <p className="tabular truncate text-muted text-xs">{address}</p> : null}
      </div>
      <Assignee conversation={conversation} update={update} canWrite={canWrite} />
      {canWrite ? (
        <Button size="sm" isBusy={update.isPending && !!update.variables?.state} onClick={change}>
          {isOpen ? <CheckCircle2 aria-hidden /> : <RotateCcw aria-hidden />}
          {isOpen ? "Resolve" : "Reopen"}
        </Button>
      ) : null}
    </header>
  );
}

/** What was read here is read for the whole team; a role that may not write leaves it unread. */
function useMarkAsRead(
  conversation: Conversation | undefined,
  mutate: ReturnType<typeof useMarkRead>["mutate"],
  canWrite: boolean,
): void {
  const unread = conversation?.unread ?? 0;
  useEffect(() => {
    if (unread > 0 && canWrite && document.visibilityState === "visible") mutate();
  }, [unread, canWrite, mutate]);
}

/** The thread and the reply below it; a file may be dropped anywhere on the two. */
function Talk({ conversation, canWrite }: { conversation: Conversation; canWrite: boolean }) {
  const contactId = conversation.contact_id;
  const outbox = useOutboxOf(contactId);
  const box = useAttachment();
  const [replyTo, setReplyTo] = useState<Message | null>(null);
  const [isOver, setIsOver] = useState(false);
  const canAttach = useCan("media:write");
  const isOpen = replyWindow(conversation.window_closes_at, new Date()).isOpen && canWrite;
  const takesFiles = isOpen && canAttach;

  function onDrop(event: DragEvent) {
    event.preventDefault();
    setIsOver(false);
    const file = event.dataTransfer.files.item(0);
    if (event.dataTransfer.files.length > 1) toast.error("One file at a time.");
    else if (file && takesFiles) box.attach(file);
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button does the same
    <div
      className="relative flex min-h-0 flex-1 flex-col"
      onDragOver={(event) => {
        if (!takesFiles || !event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={onDrop}
    >
      <Thread
        contactId={contactId}
        outbox={outbox}
        actions={
          isOpen
            ? {
                onReply: setReplyTo,
                onReact: (message, emoji) =>
                  outbox.send(
                    reactionBody(message, emoji),
                    emoji ? `Reaction ${emoji}` : "Reaction taken back",
                    (error) => toast.error(sentenceOf(error)),
                  ),
              }
            : null
        }
      />
      <Composer
        conversation={conversation}
        outbox={outbox}
        box={box}
        replyTo={replyTo}
        onReplyTo={setReplyTo}
        canReply={canWrite}
      />
      {isOver ? (
        <div className="pointer-events-none absolute inset-2 z-10 grid place-content-center rounded-card border-2 border-brand border-dashed bg-surface/85 font-medium text-brand-text">
          Drop the file to attach it
        </div>
      ) : null}
    </div>
  );
}

export function ConversationScreen({ contactId }: { contactId: string }) {
  const query = useQuery(conversationQuery(contactId));
  const update = useUpdateConversation(contactId);
  const markRead = useMarkRead(contactId);
  const canWrite = useCan("conversations:write");
  useMarkAsRead(query.data, markRead.mutate, canWrite);

  if (!query.data) {
    if (query.error) {
      const isGone = query.error instanceof ApiProblem && query.error.status === 404;
      return (
        <div className="flex flex-1 flex-col justify-center">
          <div className="px-4 pt-3 md:hidden">
            <BackToList />
          </div>
          {isGone ? (
            <p className="px-6 text-center text-muted">
              There is no conversation with this contact.
            </p>
          ) : (
            <Failure error={query.error} onRetry={() => void query.refetch()} />
          )}
        </div>
      );
    }
    return (
      <div className="flex h-14 items-center gap-3 border-b bg-surface px-4" aria-busy>
        <Skeleton className="size-9 rounded-full" />
        <Skeleton className="h-4 w-40" />
      </div>
    );
  }
  return (
    <section aria-label="Conversation" className="flex min-h-0 min-w-0 flex-1 flex-col">
      <Heading conversation={query.data} update={update} canWrite={canWrite} />
      <Talk conversation={query.data} canWrite={canWrite} />
    </section>
  );
}

/** One conversation: who it is, what was said, and the reply. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowLeft, CheckCircle2, RotateCcw } from "lucide-react";
import { useEffect } from "react";
import { toast } from "sonner";
import { Avatar } from "@/components/app/avatar";
import { useTitle } from "@/components/app/page";
import { Failure } from "@/components/app/states";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { ApiProblem, sentenceOf } from "@/lib/api/problem";
import { useCan } from "@/lib/permissions";
import { type Conversation, conversationQuery, useSendMessage, useUpdateConversation } from "./api";
import { Composer } from "./composer";
import { Thread } from "./thread";

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
  const name = conversation.contact_name || conversation.contact_phone || "Without a name";
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
        {conversation.contact_name && conversation.contact_phone ? (
          <p className="tabular truncate text-muted text-xs">{conversation.contact_phone}</p>
        ) : null}
      </div>
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
  mutate: ReturnType<typeof useUpdateConversation>["mutate"],
  canWrite: boolean,
): void {
  const unread = conversation?.unread ?? 0;
  useEffect(() => {
    if (unread > 0 && canWrite && document.visibilityState === "visible") mutate({ unread: 0 });
  }, [unread, canWrite, mutate]);
}

export function ConversationScreen({ contactId }: { contactId: string }) {
  const query = useQuery(conversationQuery(contactId));
  const update = useUpdateConversation(contactId);
  const send = useSendMessage(contactId);
  const canWrite = useCan("conversations:write");
  useMarkAsRead(query.data, update.mutate, canWrite);

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
      <Thread contactId={contactId} pending={send.isPending ? send.variables : null} />
      <Composer conversation={query.data} send={send} canReply={canWrite} />
    </section>
  );
}
